//! The sixteen attribute bits of a batch.

use crate::codec::Compression;
use crate::error::BatchError;

//= Kafka protocol guide, "Record Batch": bits 0-2 compression, 3 timestamp type,
//= 4 transactional, 5 control (KIP-98), 6 delete horizon (KIP-534), others unused.
const COMPRESSION_MASK: i16 = 0b111;
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;
const DELETE_HORIZON: i16 = 1 << 6;
const KNOWN_MASK: i16 =
    COMPRESSION_MASK | LOG_APPEND_TIME | TRANSACTIONAL | CONTROL | DELETE_HORIZON;

/// The attribute bits as they came; any value is possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(i16);

/// Whose clock a batch's timestamps come from (KIP-32).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's, record by record.
    #[default]
    Create,
    /// The broker's, one for the whole batch: its maximum timestamp.
    LogAppend,
}

impl Attributes {
    /// Takes the bits as they are.
    #[must_use]
    pub const fn new(bits: i16) -> Self {
        Self(bits)
    }

    /// The bits as they are.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }

    /// The codec of the payload.
    ///
    /// # Errors
    /// [`BatchError::UnknownCompression`] for the codes 5 to 7.
    pub const fn compression(self) -> Result<Compression, BatchError> {
        let code = (self.0 & COMPRESSION_MASK) as u8;
        match Compression::from_code(code) {
            Some(compression) => Ok(compression),
            None => Err(BatchError::UnknownCompression { got: code }),
        }
    }

    /// Whose clock the timestamps come from.
    #[must_use]
    pub const fn timestamp_type(self) -> TimestampType {
        if self.0 & LOG_APPEND_TIME == 0 { TimestampType::Create } else { TimestampType::LogAppend }
    }

    /// Whether the records belong to a transaction (KIP-98).
    #[must_use]
    pub const fn is_transactional(self) -> bool {
        self.0 & TRANSACTIONAL != 0
    }

    /// Whether the batch holds a control record, which no consumer sees (KIP-98).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 & CONTROL != 0
    }

    /// Whether the base timestamp is the time until which compaction keeps tombstones (KIP-534).
    #[must_use]
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & DELETE_HORIZON != 0
    }

    /// Whether all bits that are set have a meaning.
    ///
    /// # Errors
    /// [`BatchError::UnknownAttributes`] or [`BatchError::UnknownCompression`].
    pub const fn check(self) -> Result<(), BatchError> {
        if self.0 & !KNOWN_MASK != 0 {
            return Err(BatchError::UnknownAttributes { got: self.0 });
        }
        match self.compression() {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The same with another codec.
    #[must_use]
    pub const fn with_compression(self, compression: Compression) -> Self {
        Self(self.0 & !COMPRESSION_MASK | compression.code() as i16)
    }

    /// The same with the timestamps of another clock.
    #[must_use]
    pub const fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        self.with(LOG_APPEND_TIME, matches!(timestamp_type, TimestampType::LogAppend))
    }

    /// The same, in a transaction or not.
    #[must_use]
    pub const fn with_transactional(self, is_transactional: bool) -> Self {
        self.with(TRANSACTIONAL, is_transactional)
    }

    /// The same, a control batch or not.
    #[must_use]
    pub const fn with_control(self, is_control: bool) -> Self {
        self.with(CONTROL, is_control)
    }

    const fn with(self, bit: i16, is_set: bool) -> Self {
        if is_set { Self(self.0 | bit) } else { Self(self.0 & !bit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_has_its_meaning() {
        let attributes = Attributes::new(0b111_1100);
        assert_eq!(attributes.compression(), Ok(Compression::Zstd));
        assert_eq!(attributes.timestamp_type(), TimestampType::LogAppend);
        assert!(attributes.is_transactional() && attributes.is_control());
        assert!(attributes.has_delete_horizon());
        assert_eq!(attributes.check(), Ok(()));
        let none = Attributes::new(0);
        assert_eq!(none.timestamp_type(), TimestampType::Create);
        assert!(!none.is_transactional() && !none.is_control() && !none.has_delete_horizon());
    }

    #[test]
    fn setters_touch_their_bits_alone() {
        let all = Attributes::new(0b111_1111);
        assert_eq!(all.with_compression(Compression::Gzip).get(), 0b111_1001);
        assert_eq!(all.with_timestamp_type(TimestampType::Create).get(), 0b111_0111);
        assert_eq!(all.with_transactional(false).get(), 0b110_1111);
        assert_eq!(all.with_control(false).get(), 0b101_1111);
        let made = Attributes::default()
            .with_compression(Compression::Lz4)
            .with_timestamp_type(TimestampType::LogAppend)
            .with_transactional(true)
            .with_control(true);
        assert_eq!(made.get(), 0b11_1011);
    }

    #[test]
    fn bits_without_a_meaning_are_refused() {
        for bit in 7..16 {
            let bits = 1_i16 << bit;
            let expected = Err(BatchError::UnknownAttributes { got: bits });
            assert_eq!(Attributes::new(bits).check(), expected);
        }
        for code in 5..8 {
            let expected = Err(BatchError::UnknownCompression { got: code });
            assert_eq!(Attributes::new(i16::from(code)).check(), expected);
        }
    }
}
