//! Batches assembled by hand, so that every field can lie.

use millstream_base::crc::crc32c;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Random, Timestamp};
use millstream_batch::{
    BatchBuilder, BatchError, BuilderOptions, CheckOptions, Compression, Origin, RecordHeader,
};

pub(crate) const PRODUCER: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Producer };
pub(crate) const LOG: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };

/// Every field of a batch; length and CRC are right unless said otherwise.
#[derive(Clone)]
pub(crate) struct Assembly {
    pub(crate) base_offset: i64,
    pub(crate) length: Option<i32>,
    pub(crate) leader_epoch: i32,
    pub(crate) magic: i8,
    pub(crate) crc: Option<u32>,
    pub(crate) attributes: i16,
    pub(crate) last_offset_delta: i32,
    pub(crate) base_timestamp: i64,
    pub(crate) max_timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
    pub(crate) record_count: i32,
    pub(crate) payload: Vec<u8>,
}

impl Default for Assembly {
    /// One record without key, value or headers.
    fn default() -> Self {
        Self {
            base_offset: 0,
            length: None,
            leader_epoch: -1,
            magic: 2,
            crc: None,
            attributes: 0,
            last_offset_delta: 0,
            base_timestamp: 1000,
            max_timestamp: 1000,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 1,
            payload: record(&[0, 0, 0, 1, 1, 0]),
        }
    }
}

impl Assembly {
    /// `records` one behind the other, counted as dense.
    pub(crate) fn of_records(records: &[Vec<u8>]) -> Self {
        let record_count = i32::try_from(records.len()).expect("a few");
        Self {
            record_count,
            last_offset_delta: record_count - 1,
            payload: records.concat(),
            ..Self::default()
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut covered = Vec::new();
        covered.extend(self.attributes.to_be_bytes());
        covered.extend(self.last_offset_delta.to_be_bytes());
        covered.extend(self.base_timestamp.to_be_bytes());
        covered.extend(self.max_timestamp.to_be_bytes());
        covered.extend(self.producer_id.to_be_bytes());
        covered.extend(self.producer_epoch.to_be_bytes());
        covered.extend(self.base_sequence.to_be_bytes());
        covered.extend(self.record_count.to_be_bytes());
        covered.extend(&self.payload);
        let length = i32::try_from(covered.len() + 9).expect("small");
        let mut bytes = Vec::new();
        bytes.extend(self.base_offset.to_be_bytes());
        bytes.extend(self.length.unwrap_or(length).to_be_bytes());
        bytes.extend(self.leader_epoch.to_be_bytes());
        bytes.extend(self.magic.to_be_bytes());
        bytes.extend(self.crc.unwrap_or_else(|| crc32c(&covered)).to_be_bytes());
        bytes.extend(covered);
        bytes
    }

    pub(crate) fn check(&self, options: CheckOptions) -> Result<(), BatchError> {
        millstream_batch::check(&self.bytes(), options).map(|_| ())
    }
}

/// A record of the body's true length, which must be below 64 bytes.
pub(crate) fn record(body: &[u8]) -> Vec<u8> {
    let size = u8::try_from(body.len() * 2).expect("one byte of zigzag");
    assert!(size < 0x80);
    [&[size], body].concat()
}

/// A plain record: deltas must be below 64.
pub(crate) fn simple_record(timestamp_delta: u8, offset_delta: u8) -> Vec<u8> {
    record(&[0, timestamp_delta * 2, offset_delta * 2, 1, 1, 0])
}

/// A batch of `record_count` records with keys, headers, nulls and noise.
pub(crate) fn sample(compression: Compression, record_count: u32) -> Vec<u8> {
    let options =
        BuilderOptions { compression, batch_bytes_max: BATCH_BYTES_MAX, ..Default::default() };
    let mut builder = BatchBuilder::new(options);
    let mut random = Random::new(u64::from(record_count));
    for index in 0..record_count {
        let mut noise = [0; 8];
        random.fill(&mut noise);
        let value = [&noise, b"repeated, repeated, repeated".as_slice()].concat();
        let headers = [
            RecordHeader { key: b"trace", value: Some(&noise) },
            RecordHeader { key: b"trace", value: None },
        ];
        let timestamp = Timestamp::new(1_700_000_000_000 + i64::from(index) * 3);
        let key = (index % 3 != 0).then_some(b"key".as_slice());
        let value = (index % 4 != 0).then_some(&*value);
        let headers = &headers[..usize::from(index % 2 == 0) * 2];
        builder.append(timestamp, key, value, headers).expect("fits");
    }
    builder.finish().expect("not empty").to_vec()
}
