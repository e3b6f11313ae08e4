//! The 61 bytes before the records: their layout, a view on them, and how they are written.

use core::fmt;

use millstream_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::attributes::Attributes;
use crate::error::BatchError;

/// Size of a batch's header; the records follow.
pub const HEADER_BYTES: usize = 61;
/// Base offset and length: what the declared length does not count.
pub const PREFIX_BYTES: usize = 12;
/// The only format we read and write.
pub const MAGIC: i8 = 2;

//= Kafka protocol guide, "Record Batch" (KIP-98): all fields big-endian, in this order.
const BASE_OFFSET: usize = 0;
const LENGTH: usize = 8;
const LEADER_EPOCH: usize = 12;
pub(crate) const MAGIC_AT: usize = 16;
pub(crate) const CRC: usize = 17;
/// The first byte under the CRC: what a broker sets on append lies before it.
pub(crate) const CRC_COVERED: usize = 21;
const ATTRIBUTES: usize = 21;
const LAST_OFFSET_DELTA: usize = 23;
const BASE_TIMESTAMP: usize = 27;
const MAX_TIMESTAMP: usize = 35;
const PRODUCER_ID: usize = 43;
const PRODUCER_EPOCH: usize = 51;
const BASE_SEQUENCE: usize = 53;
const RECORD_COUNT: usize = 57;

/// A view on bytes that *may* be a batch header: reads each field, vouches for none.
///
/// Checked headers come as [`CheckedBatch`](crate::CheckedBatch).
#[derive(Clone, Copy)]
pub struct HeaderView<'a> {
    bytes: &'a [u8; HEADER_BYTES],
}

impl<'a> HeaderView<'a> {
    /// Views the first bytes of `bytes`, which may go on.
    ///
    /// # Errors
    /// [`BatchError::Truncated`] for fewer than [`HEADER_BYTES`].
    pub fn new(bytes: &'a [u8]) -> Result<Self, BatchError> {
        match bytes.first_chunk() {
            Some(bytes) => Ok(Self { bytes }),
            None => {
                Err(BatchError::Truncated { expected_bytes: HEADER_BYTES, got_bytes: bytes.len() })
            }
        }
    }

    /// Size of the whole batch by its declared length, header included.
    ///
    /// # Errors
    /// [`BatchError::Length`] where that cannot hold a header.
    pub fn batch_bytes(&self) -> Result<usize, BatchError> {
        let got = i32::from_be_bytes(self.field::<LENGTH, 4>());
        usize::try_from(got)
            .ok()
            .map(|length| length + PREFIX_BYTES)
            .filter(|batch_bytes| *batch_bytes >= HEADER_BYTES)
            .ok_or(BatchError::Length { got, expected_min: LENGTH_MIN })
    }

    /// The offset of the first record; whatever the producer wrote before it is appended.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        Offset::new(i64::from_be_bytes(self.field::<BASE_OFFSET, 8>()))
    }

    /// The epoch of the leader that appended it.
    #[must_use]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        LeaderEpoch::new(i32::from_be_bytes(self.field::<LEADER_EPOCH, 4>()))
    }

    /// The format.
    #[must_use]
    pub fn magic(&self) -> i8 {
        i8::from_be_bytes(self.field::<MAGIC_AT, 1>())
    }

    /// The CRC-32C that the bytes from the attributes to the end should have.
    #[must_use]
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(self.field::<CRC, 4>())
    }

    /// The attribute bits.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        Attributes::new(i16::from_be_bytes(self.field::<ATTRIBUTES, 2>()))
    }

    /// Offset of the last record, from the base offset.
    #[must_use]
    pub fn last_offset_delta(&self) -> i32 {
        i32::from_be_bytes(self.field::<LAST_OFFSET_DELTA, 4>())
    }

    /// The time that the records' deltas count from.
    #[must_use]
    pub fn base_timestamp(&self) -> Timestamp {
        Timestamp::new(i64::from_be_bytes(self.field::<BASE_TIMESTAMP, 8>()))
    }

    /// The latest time of a record, or the time of the append.
    #[must_use]
    pub fn max_timestamp(&self) -> Timestamp {
        Timestamp::new(i64::from_be_bytes(self.field::<MAX_TIMESTAMP, 8>()))
    }

    /// The producer, if it is idempotent.
    #[must_use]
    pub fn producer_id(&self) -> ProducerId {
        ProducerId::new(i64::from_be_bytes(self.field::<PRODUCER_ID, 8>()))
    }

    /// The epoch of the producer id.
    #[must_use]
    pub fn producer_epoch(&self) -> ProducerEpoch {
        ProducerEpoch::new(i16::from_be_bytes(self.field::<PRODUCER_EPOCH, 2>()))
    }

    /// The sequence of the first record.
    #[must_use]
    pub fn base_sequence(&self) -> Sequence {
        Sequence::new(i32::from_be_bytes(self.field::<BASE_SEQUENCE, 4>()))
    }

    /// How many records follow.
    #[must_use]
    pub fn record_count(&self) -> i32 {
        i32::from_be_bytes(self.field::<RECORD_COUNT, 4>())
    }

    fn field<const AT: usize, const SIZE: usize>(&self) -> [u8; SIZE] {
        *self.bytes[AT..].first_chunk().expect("all fields lie within the header")
    }
}

impl fmt::Debug for HeaderView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HeaderView")
            .field("base_offset", &self.base_offset().get())
            .field("batch_bytes", &self.batch_bytes())
            .field("leader_epoch", &self.leader_epoch().get())
            .field("magic", &self.magic())
            .field("attributes", &self.attributes().get())
            .field("last_offset_delta", &self.last_offset_delta())
            .field("max_timestamp", &self.max_timestamp().get())
            .field("producer_id", &self.producer_id().get())
            .field("record_count", &self.record_count())
            .finish_non_exhaustive()
    }
}

/// The declared length of a batch without records.
#[expect(clippy::cast_possible_truncation, reason = "49")]
const LENGTH_MIN: i32 = (HEADER_BYTES - PREFIX_BYTES) as i32;

/// All fields that a builder decides; length and CRC follow from the bytes.
pub(crate) struct HeaderFields {
    pub(crate) base_offset: Offset,
    pub(crate) leader_epoch: LeaderEpoch,
    pub(crate) attributes: Attributes,
    pub(crate) last_offset_delta: i32,
    pub(crate) base_timestamp: Timestamp,
    pub(crate) max_timestamp: Timestamp,
    pub(crate) producer_id: ProducerId,
    pub(crate) producer_epoch: ProducerEpoch,
    pub(crate) base_sequence: Sequence,
    pub(crate) record_count: i32,
}

impl HeaderFields {
    /// Writes the header of `batch`, whose records are in place, and seals it with its CRC.
    ///
    /// `batch` must hold a header and at most `i32::MAX` bytes.
    pub(crate) fn write(&self, batch: &mut [u8]) {
        put(batch, BASE_OFFSET, self.base_offset.get().to_be_bytes());
        put(batch, LEADER_EPOCH, self.leader_epoch.get().to_be_bytes());
        put(batch, ATTRIBUTES, self.attributes.get().to_be_bytes());
        put(batch, LAST_OFFSET_DELTA, self.last_offset_delta.to_be_bytes());
        put(batch, BASE_TIMESTAMP, self.base_timestamp.get().to_be_bytes());
        put(batch, MAX_TIMESTAMP, self.max_timestamp.get().to_be_bytes());
        put(batch, PRODUCER_ID, self.producer_id.get().to_be_bytes());
        put(batch, PRODUCER_EPOCH, self.producer_epoch.get().to_be_bytes());
        put(batch, BASE_SEQUENCE, self.base_sequence.get().to_be_bytes());
        put(batch, RECORD_COUNT, self.record_count.to_be_bytes());
        seal(batch);
    }
}

/// Puts length, magic and CRC into their places in `batch`, which must hold a header and at most
/// `i32::MAX` bytes.
pub(crate) fn seal(batch: &mut [u8]) {
    let length = batch.len().checked_sub(PREFIX_BYTES).and_then(|rest| i32::try_from(rest).ok());
    let length = length.expect("a builder reserves the header and has a limit");
    put(batch, LENGTH, length.to_be_bytes());
    put(batch, MAGIC_AT, MAGIC.to_be_bytes());
    write_crc(batch);
}

pub(crate) fn write_base_offset(batch: &mut [u8], base_offset: Offset) {
    put(batch, BASE_OFFSET, base_offset.get().to_be_bytes());
}

pub(crate) fn write_leader_epoch(batch: &mut [u8], leader_epoch: LeaderEpoch) {
    put(batch, LEADER_EPOCH, leader_epoch.get().to_be_bytes());
}

pub(crate) fn write_attributes(batch: &mut [u8], attributes: Attributes) {
    put(batch, ATTRIBUTES, attributes.get().to_be_bytes());
}

pub(crate) fn write_max_timestamp(batch: &mut [u8], max_timestamp: Timestamp) {
    put(batch, MAX_TIMESTAMP, max_timestamp.get().to_be_bytes());
}

pub(crate) fn write_producer(batch: &mut [u8], producer: crate::Producer) {
    put(batch, PRODUCER_ID, producer.id.get().to_be_bytes());
    put(batch, PRODUCER_EPOCH, producer.epoch.get().to_be_bytes());
    put(batch, BASE_SEQUENCE, producer.base_sequence.get().to_be_bytes());
}

/// Puts the CRC-32C of the bytes from the attributes to the end into its place.
pub(crate) fn write_crc(batch: &mut [u8]) {
    let crc = millstream_base::crc::crc32c(&batch[CRC_COVERED..]);
    put(batch, CRC, crc.to_be_bytes());
}

fn put<const SIZE: usize>(batch: &mut [u8], at: usize, value: [u8; SIZE]) {
    batch[at..at + SIZE].copy_from_slice(&value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_needs_a_whole_header() {
        let bytes = [0; HEADER_BYTES];
        for got_bytes in 0..HEADER_BYTES {
            let error = HeaderView::new(&bytes[..got_bytes]).expect_err("too short");
            assert_eq!(error, BatchError::Truncated { expected_bytes: 61, got_bytes });
        }
        assert!(HeaderView::new(&bytes).is_ok());
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let mut bytes = [0; HEADER_BYTES];
        for (length, expected) in [
            (i32::MIN, None),
            (-1, None),
            (0, None),
            (48, None),
            (49, Some(61)),
            (i32::MAX, Some(0x8000_000b)),
        ] {
            put(&mut bytes, LENGTH, length.to_be_bytes());
            let batch_bytes = HeaderView::new(&bytes).expect("61 bytes").batch_bytes();
            let error = BatchError::Length { got: length, expected_min: 49 };
            assert_eq!(batch_bytes, expected.ok_or(error));
        }
    }

    #[test]
    fn what_is_written_is_viewed() {
        let fields = HeaderFields {
            base_offset: Offset::new(0x0102_0304_0506_0708),
            leader_epoch: LeaderEpoch::new(9),
            attributes: Attributes::new(0x14),
            last_offset_delta: 10,
            base_timestamp: Timestamp::new(11),
            max_timestamp: Timestamp::new(12),
            producer_id: ProducerId::new(13),
            producer_epoch: ProducerEpoch::new(14),
            base_sequence: Sequence::new(15),
            record_count: 16,
        };
        let mut batch = vec![0xee; HEADER_BYTES + 3];
        fields.write(&mut batch);
        let view = HeaderView::new(&batch).expect("a whole header");
        assert_eq!(view.base_offset(), fields.base_offset);
        assert_eq!(view.batch_bytes(), Ok(64));
        assert_eq!(view.leader_epoch(), fields.leader_epoch);
        assert_eq!(view.magic(), 2);
        assert_eq!(view.crc(), millstream_base::crc::crc32c(&batch[21..]));
        assert_eq!(view.attributes(), fields.attributes);
        assert_eq!(view.last_offset_delta(), 10);
        assert_eq!(view.base_timestamp(), fields.base_timestamp);
        assert_eq!(view.max_timestamp(), fields.max_timestamp);
        assert_eq!(view.producer_id(), fields.producer_id);
        assert_eq!(view.producer_epoch(), fields.producer_epoch);
        assert_eq!(view.base_sequence(), fields.base_sequence);
        assert_eq!(view.record_count(), 16);
    }
}
