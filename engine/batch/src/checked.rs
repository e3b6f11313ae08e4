//! A batch that the checker has let through.

use core::fmt;

use millstream_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::attributes::{Attributes, TimestampType};
use crate::codec::{Compression, DecompressLimit, Scratch, decompress};
use crate::error::BatchError;
use crate::header::{HEADER_BYTES, HeaderView};
use crate::records::Records;

/// Exactly one batch, whose header is sound and whose bytes have their CRC; comes only out of
/// [`check`](crate::check()) and [`split_first`](crate::split_first). Borrows the bytes.
///
/// The payload is known to be what its writer sealed, not that it is sensible:
/// [`records`](Self::records) and [`check_deep`](crate::check_deep) find that out.
#[derive(Clone, Copy)]
pub struct CheckedBatch<'a> {
    bytes: &'a [u8],
    header: HeaderView<'a>,
}

impl<'a> CheckedBatch<'a> {
    /// For the checker alone.
    pub(crate) fn new(bytes: &'a [u8], header: HeaderView<'a>) -> Self {
        assert_eq!(header.batch_bytes(), Ok(bytes.len()), "checked for exactly these bytes");
        Self { bytes, header }
    }

    /// The whole batch.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The records, still compressed.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }

    /// Offset of the first record, or of the first there was before compaction. What a producer
    /// wrote, until the batch is appended.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        self.header.base_offset()
    }

    /// From the base offset to the last record's, or the last there was before compaction.
    #[must_use]
    pub fn last_offset_delta(&self) -> u32 {
        self.header.last_offset_delta().cast_unsigned()
    }

    /// Offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> Offset {
        self.offset_at(i64::from(self.last_offset_delta()))
    }

    /// Offset at which the next batch may begin.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.offset_at(i64::from(self.next_offset_delta()))
    }

    /// How many offsets the batch takes.
    #[must_use]
    pub fn next_offset_delta(&self) -> u32 {
        self.last_offset_delta() + 1
    }

    /// How many records the header declares.
    #[must_use]
    pub fn record_count(&self) -> u32 {
        self.header.record_count().cast_unsigned()
    }

    /// The epoch of the leader that appended it.
    #[must_use]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.header.leader_epoch()
    }

    /// The CRC-32C over all but base offset, length, leader epoch and magic.
    #[must_use]
    pub fn crc(&self) -> u32 {
        self.header.crc()
    }

    /// The attribute bits, all with a meaning.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        self.header.attributes()
    }

    /// The codec of the payload.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.attributes().compression().expect("checked")
    }

    /// Whose clock the timestamps come from.
    #[must_use]
    pub fn timestamp_type(&self) -> TimestampType {
        self.attributes().timestamp_type()
    }

    /// Whether the records belong to a transaction (KIP-98).
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes().is_transactional()
    }

    /// Whether the batch holds control records (KIP-98).
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes().is_control()
    }

    /// Until when compaction keeps the batch's tombstones (KIP-534).
    #[must_use]
    pub fn delete_horizon(&self) -> Option<Timestamp> {
        self.attributes().has_delete_horizon().then(|| self.header.base_timestamp())
    }

    /// The time that the records' deltas count from.
    #[must_use]
    pub fn base_timestamp(&self) -> Timestamp {
        self.header.base_timestamp()
    }

    /// The latest time of a record as the writer declares it, or the time of the append.
    #[must_use]
    pub fn max_timestamp(&self) -> Timestamp {
        self.header.max_timestamp()
    }

    /// The producer, if it is idempotent.
    #[must_use]
    pub fn producer_id(&self) -> ProducerId {
        self.header.producer_id()
    }

    /// The producer's epoch; not negative if there is a producer id.
    #[must_use]
    pub fn producer_epoch(&self) -> ProducerEpoch {
        self.header.producer_epoch()
    }

    /// The sequence of the first record; not negative if there is a producer id and the batch is
    /// not a control batch.
    #[must_use]
    pub fn base_sequence(&self) -> Sequence {
        self.header.base_sequence()
    }

    /// The sequence of the last record, [`Sequence::NONE`] if the first has none.
    #[must_use]
    pub fn last_sequence(&self) -> Sequence {
        let base_sequence = self.base_sequence();
        if base_sequence.get() < 0 {
            return Sequence::NONE;
        }
        base_sequence.advance(self.last_offset_delta())
    }

    /// The records. A compressed payload is unpacked into `scratch`, an uncompressed one read in
    /// place.
    ///
    /// # Errors
    /// [`BatchError::Codec`] if it does not unpack within `limit`.
    pub fn records<'s>(
        &self,
        limit: DecompressLimit,
        scratch: &'s mut Scratch,
    ) -> Result<Records<'s>, BatchError>
    where
        'a: 's,
    {
        let payload = match self.compression() {
            Compression::None => self.payload(),
            compression => decompress(compression, self.payload(), limit, scratch)?,
        };
        Ok(Records::new(self, payload))
    }

    fn offset_at(&self, delta: i64) -> Offset {
        self.base_offset().checked_add(delta).expect("the checker proved that it exists")
    }
}

impl fmt::Debug for CheckedBatch<'_> {
    /// The header, never the payload.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CheckedBatch").field(&self.header).finish()
    }
}
