//! Building a batch record by record.

use core::fmt;

use millstream_base::limits::{BATCH_BYTES_MAX_DEFAULT, RECORD_HEADERS_MAX};
use millstream_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::attributes::{Attributes, TimestampType};
use crate::codec::{Compression, Scratch, compress};
use crate::error::BatchError;
use crate::header::{HEADER_BYTES, HeaderFields};
use crate::record_header::RecordHeader;
use crate::varint;

/// What a batch says besides its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuilderOptions {
    /// Most bytes of a batch, header included, before and after compression; at most `i32::MAX`.
    pub batch_bytes_max: usize,
    /// The codec; where it does not make the payload smaller, the batch stays uncompressed.
    pub compression: Compression,
    /// The one time of all records, if it is that of the append rather than each record's own.
    pub append_time: Option<Timestamp>,
    /// The offset of the first record, where whoever builds decides it.
    pub base_offset: Offset,
    /// The leader epoch, where whoever builds decides it.
    pub leader_epoch: LeaderEpoch,
    /// Who sends it, if an idempotent producer.
    pub producer: Option<Producer>,
    /// Whether the records belong to a transaction; needs a producer.
    pub is_transactional: bool,
    /// Whether these are control records.
    pub is_control: bool,
}

/// An idempotent producer and where it stands (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer {
    /// Its id; not negative.
    pub id: ProducerId,
    /// Its epoch; not negative.
    pub epoch: ProducerEpoch,
    /// The sequence of the batch's first record; [`Sequence::NONE`] for control batches.
    pub base_sequence: Sequence,
}

/// Builds batches one after the other in the same memory.
///
/// What [`finish`](Self::finish) returns passes [`check`](crate::check()) with the same limit.
pub struct BatchBuilder {
    options: BuilderOptions,
    /// A header's place, and the records as they are added.
    plain: Vec<u8>,
    /// A header's place, and the compressed records.
    packed: Vec<u8>,
    scratch: Scratch,
    record_count: u32,
    base_timestamp: Timestamp,
    max_timestamp: Timestamp,
}

impl Default for BuilderOptions {
    /// Uncompressed, without a producer, of at most Kafka's default size.
    fn default() -> Self {
        Self {
            batch_bytes_max: BATCH_BYTES_MAX_DEFAULT,
            compression: Compression::None,
            append_time: None,
            base_offset: Offset::ZERO,
            leader_epoch: LeaderEpoch::NONE,
            producer: None,
            is_transactional: false,
            is_control: false,
        }
    }
}

impl BatchBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(options: BuilderOptions) -> Self {
        let mut builder = Self {
            options,
            plain: Vec::new(),
            packed: Vec::new(),
            scratch: Scratch::new(),
            record_count: 0,
            base_timestamp: Timestamp::NONE,
            max_timestamp: Timestamp::NONE,
        };
        builder.restart(options);
        builder
    }

    /// Forgets all records and begins the next batch, in the same memory.
    pub fn restart(&mut self, options: BuilderOptions) {
        assert!(
            options.batch_bytes_max <= i32::MAX as usize,
            "a batch declares its size as an i32"
        );
        assert!(options.base_offset.get() >= 0, "no batch begins before offset 0");
        assert!(
            options.producer.is_some() || !options.is_transactional,
            "a transaction has a producer"
        );
        if let Some(producer) = options.producer {
            let has_sequence = producer.base_sequence.get() >= 0 || options.is_control;
            assert!(
                producer.id.is_some() && producer.epoch.get() >= 0 && has_sequence,
                "a producer has an id, an epoch and a sequence"
            );
        }
        self.options = options;
        self.plain.clear();
        self.plain.resize(HEADER_BYTES, 0);
        self.record_count = 0;
    }

    /// Adds a record. `None` and empty are kept apart, headers in their order.
    ///
    /// # Errors
    /// [`BatchError::Full`] where it does not fit: finish this batch and begin another, unless it
    /// is still empty: then the record fits none. [`BatchError::Unencodable`] for more headers
    /// than the limit, or a timestamp too far from the first record's. Either way the batch is
    /// as before.
    pub fn append(
        &mut self,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), BatchError> {
        let index = self.record_count;
        let base_timestamp = if index == 0 { timestamp } else { self.base_timestamp };
        let unencodable = BatchError::Unencodable { index };
        let timestamp_delta =
            timestamp.checked_sub_ms(base_timestamp).ok_or_else(|| unencodable.clone())?;
        if headers.len() > RECORD_HEADERS_MAX || index >= i32::MAX.cast_unsigned() {
            return Err(unencodable);
        }
        let body_bytes = body_bytes(timestamp_delta, index, key, value, headers);
        let record_bytes = body_bytes.saturating_add(varint::size_bytes(as_i64(body_bytes)));
        let needed_bytes = self.plain.len().saturating_add(record_bytes);
        let bytes_max = self.options.batch_bytes_max;
        if needed_bytes > bytes_max {
            return Err(BatchError::Full { needed_bytes, bytes_max });
        }
        varint::write(&mut self.plain, as_i64(body_bytes));
        self.plain.push(0);
        varint::write(&mut self.plain, timestamp_delta);
        varint::write(&mut self.plain, i64::from(index));
        write_nullable(&mut self.plain, key);
        write_nullable(&mut self.plain, value);
        varint::write(&mut self.plain, as_i64(headers.len()));
        for header in headers {
            write_nullable(&mut self.plain, Some(header.key));
            write_nullable(&mut self.plain, header.value);
        }
        assert_eq!(self.plain.len(), needed_bytes, "the size was computed before");
        self.base_timestamp = base_timestamp;
        self.max_timestamp = if index == 0 { timestamp } else { self.max_timestamp.max(timestamp) };
        self.record_count += 1;
        Ok(())
    }

    /// How many records were added.
    #[must_use]
    pub const fn record_count(&self) -> u32 {
        self.record_count
    }

    /// Whether no record was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.record_count == 0
    }

    /// Size of the batch so far, header included, before compression; it is never finished larger.
    #[must_use]
    pub const fn estimated_bytes(&self) -> usize {
        self.plain.len()
    }

    /// The finished batch, in the builder's memory; [`restart`](Self::restart) begins the next.
    ///
    /// # Errors
    /// [`BatchError::Empty`] without records, [`BatchError::Codec`] where the codec refuses.
    pub fn finish(&mut self) -> Result<&[u8], BatchError> {
        if self.is_empty() {
            return Err(BatchError::Empty);
        }
        let compression = self.pack()?;
        let fields = self.fields(compression);
        let batch =
            if compression == Compression::None { &mut self.plain } else { &mut self.packed };
        fields.write(batch);
        Ok(batch)
    }

    /// Compresses, and says which codec it was worth.
    fn pack(&mut self) -> Result<Compression, BatchError> {
        let compression = self.options.compression;
        if compression == Compression::None {
            return Ok(compression);
        }
        self.packed.clear();
        self.packed.resize(HEADER_BYTES, 0);
        compress(compression, &self.plain[HEADER_BYTES..], &mut self.scratch, &mut self.packed)?;
        let is_worth_it = self.packed.len() < self.plain.len();
        Ok(if is_worth_it { compression } else { Compression::None })
    }

    fn fields(&self, compression: Compression) -> HeaderFields {
        let options = &self.options;
        let timestamp_type = match options.append_time {
            None => TimestampType::Create,
            Some(_) => TimestampType::LogAppend,
        };
        let record_count = self.record_count.cast_signed();
        HeaderFields {
            base_offset: options.base_offset,
            leader_epoch: options.leader_epoch,
            attributes: Attributes::default()
                .with_compression(compression)
                .with_timestamp_type(timestamp_type)
                .with_transactional(options.is_transactional)
                .with_control(options.is_control),
            last_offset_delta: record_count - 1,
            base_timestamp: self.base_timestamp,
            max_timestamp: options.append_time.unwrap_or(self.max_timestamp),
            producer_id: options.producer.map_or(ProducerId::NONE, |producer| producer.id),
            producer_epoch: options.producer.map_or(ProducerEpoch::NONE, |producer| producer.epoch),
            base_sequence: options.producer.map_or(Sequence::NONE, |it| it.base_sequence),
            record_count,
        }
    }
}

impl fmt::Debug for BatchBuilder {
    /// The state, never the payload.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BatchBuilder")
            .field("options", &self.options)
            .field("record_count", &self.record_count)
            .field("estimated_bytes", &self.estimated_bytes())
            .finish_non_exhaustive()
    }
}

/// Size of a record behind its length. Saturates, and so is refused as too large.
fn body_bytes(
    timestamp_delta: i64,
    offset_delta: u32,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: &[RecordHeader<'_>],
) -> usize {
    let fixed_bytes = 1
        + varint::size_bytes(timestamp_delta)
        + varint::size_bytes(i64::from(offset_delta))
        + varint::size_bytes(as_i64(headers.len()));
    headers
        .iter()
        .map(|header| nullable_bytes(Some(header.key)).saturating_add(nullable_bytes(header.value)))
        .chain([nullable_bytes(key), nullable_bytes(value)])
        .fold(fixed_bytes, usize::saturating_add)
}

fn nullable_bytes(bytes: Option<&[u8]>) -> usize {
    match bytes {
        None => varint::size_bytes(-1),
        Some(bytes) => varint::size_bytes(as_i64(bytes.len())) + bytes.len(),
    }
}

fn write_nullable(buffer: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::write(buffer, -1),
        Some(bytes) => {
            varint::write(buffer, as_i64(bytes.len()));
            buffer.extend_from_slice(bytes);
        }
    }
}

/// No slice is longer than `isize::MAX`; a saturated sum becomes a size that fits no batch.
fn as_i64(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
