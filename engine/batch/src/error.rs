//! What can be wrong with a batch, and where.

use core::fmt;

use millstream_base::{Offset, ProducerEpoch, ProducerId, Sequence};

use crate::codec::Compression;

/// Why bytes are not a batch, a batch not readable, or a record not to be added to one.
///
/// Never carries payload bytes, so it may be logged as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes end before the batch does.
    Truncated {
        /// The least that would have been needed.
        expected_bytes: usize,
        /// What was there.
        got_bytes: usize,
    },
    /// The bytes go on after the one batch they should hold.
    TrailingBytes {
        /// Size of the batch.
        expected_bytes: usize,
        /// What was there.
        got_bytes: usize,
    },
    /// The declared length cannot hold a header.
    Length {
        /// The declared length.
        got: i32,
        /// The length of a batch without records.
        expected_min: i32,
    },
    /// The batch is larger than its reader permits.
    TooLarge {
        /// Size of the batch as declared or built.
        got_bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Not the format v2: 0 and 1 are Kafka's formats before 0.11, others unknown.
    Magic {
        /// The magic byte; 2 was expected.
        got: i8,
    },
    /// The bytes are not those that were sent.
    Checksum {
        /// The sum over the bytes that came.
        got: u32,
        /// The sum in the header.
        expected: u32,
    },
    /// Attribute bits without a meaning are set.
    UnknownAttributes {
        /// All sixteen bits.
        got: i16,
    },
    /// A codec that does not exist.
    UnknownCompression {
        /// The code in the attributes; 0 to 4 have a meaning.
        got: u8,
    },
    /// The base offset is negative, or the batch would end beyond the greatest offset.
    BaseOffset {
        /// The base offset.
        got: Offset,
        /// The delta of the last record.
        last_offset_delta: i32,
    },
    /// The last offset delta does not agree with the number of records.
    LastOffsetDelta {
        /// The delta of the last record.
        got: i32,
        /// How many records are declared.
        record_count: i32,
    },
    /// The number of records is impossible.
    RecordCount {
        /// The declared number.
        got: i32,
        /// The least permitted.
        expected_min: i32,
        /// The most that the payload's bytes can hold.
        expected_max: i32,
    },
    /// A producer id without its epoch or sequence, or a negative one other than -1.
    Producer {
        /// The producer id.
        id: ProducerId,
        /// Its epoch.
        epoch: ProducerEpoch,
        /// Its sequence.
        sequence: Sequence,
    },
    /// A transactional batch without a producer id.
    TransactionWithoutProducer,
    /// A control batch from a client: only a coordinator writes them.
    ControlFromProducer,
    /// A delete horizon from a client: only compaction sets it.
    DeleteHorizonFromProducer,
    /// The payload does not decompress.
    Codec {
        /// By which codec.
        compression: Compression,
        /// Why.
        fault: CodecFault,
    },
    /// The payload is not a run of as many records as declared.
    Record {
        /// Which record, from 0.
        index: u32,
        /// Where in the decompressed payload.
        position_bytes: usize,
        /// Why.
        fault: RecordFault,
    },
    /// The record does not fit any more: finish the batch and begin another.
    Full {
        /// Size of the batch with the record.
        needed_bytes: usize,
        /// The builder's limit.
        bytes_max: usize,
    },
    /// The record can never be in a batch: too many headers, or a time too far from the first.
    Unencodable {
        /// Which record, from 0.
        index: u32,
    },
    /// A batch of no records has nothing to say.
    Empty,
}

/// Why a payload does not decompress, or compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecFault {
    /// Not what the codec writes.
    Malformed,
    /// Ends too early.
    Truncated,
    /// Goes on after its end.
    TrailingBytes,
    /// Valid so far, but expands beyond the cap.
    OverLimit {
        /// The cap.
        bytes_max: usize,
    },
    /// A part of the codec's format that Kafka's clients do not write, and we do not read.
    Unsupported,
    /// The codec refused to compress.
    Compress,
}

/// Why a payload is not a run of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordFault {
    /// The payload, or the record's declared length, ends inside a field.
    Truncated,
    /// A variable-length integer has more bits than its type.
    Varint,
    /// A negative length that does not mean null, or a negative count.
    NegativeLength {
        /// The length or count.
        got: i32,
    },
    /// More headers than bytes to hold them.
    HeaderCount {
        /// The declared number.
        got: i32,
        /// The most that the record's rest can hold.
        expected_max: usize,
    },
    /// The record's fields end before its declared length does.
    UnusedBytes {
        /// How many bytes are left.
        count: usize,
    },
    /// The offset delta does not follow the one before, or goes beyond the last.
    OffsetDelta {
        /// The delta.
        got: i32,
        /// The least that was possible here.
        expected_min: u32,
        /// The most that was possible here.
        expected_max: u32,
    },
    /// The timestamp does not fit 64 bits.
    Timestamp,
    /// The payload goes on after the last record.
    TrailingBytes {
        /// How many bytes are left.
        count: usize,
    },
}

impl core::error::Error for BatchError {}

impl fmt::Display for BatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { expected_bytes, got_bytes } => {
                write!(formatter, "batch ends at {got_bytes} bytes, needs {expected_bytes}")
            }
            Self::TrailingBytes { expected_bytes, got_bytes } => {
                write!(formatter, "batch of {expected_bytes} bytes in {got_bytes} bytes")
            }
            Self::TooLarge { got_bytes, bytes_max } => {
                write!(formatter, "batch of {got_bytes} bytes, at most {bytes_max} permitted")
            }
            Self::Full { needed_bytes, bytes_max } => write!(
                formatter,
                "batch would be {needed_bytes} bytes, at most {bytes_max} permitted: finish it"
            ),
            Self::Codec { compression, fault } => write!(formatter, "{compression}: {fault}"),
            Self::Record { index, position_bytes, fault } => {
                write!(formatter, "record {index} at byte {position_bytes}: {fault}")
            }
            Self::Unencodable { index } => {
                write!(formatter, "record {index} has too many headers or too odd a timestamp")
            }
            Self::Empty => write!(formatter, "batch without records"),
            header => fmt_header(header, formatter),
        }
    }
}

/// The second half of `Display`: what a header can get wrong.
fn fmt_header(error: &BatchError, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match error {
        BatchError::Length { got, expected_min } => {
            write!(formatter, "declared length {got}, at least {expected_min} expected")
        }
        BatchError::Magic { got } => write!(formatter, "magic {got}, 2 expected"),
        BatchError::Checksum { got, expected } => {
            write!(formatter, "CRC-32C is {got:#010x}, header says {expected:#010x}")
        }
        BatchError::UnknownAttributes { got } => {
            write!(formatter, "unknown attribute bits in {got:#018b}")
        }
        BatchError::UnknownCompression { got } => write!(formatter, "unknown codec {got}"),
        BatchError::BaseOffset { got, last_offset_delta } => {
            write!(formatter, "base offset {got} with last offset delta {last_offset_delta}")
        }
        BatchError::LastOffsetDelta { got, record_count } => {
            write!(formatter, "last offset delta {got} with {record_count} records")
        }
        BatchError::RecordCount { got, expected_min, expected_max } => {
            write!(formatter, "{got} records declared, {expected_min} to {expected_max} possible")
        }
        BatchError::Producer { id, epoch, sequence } => {
            write!(formatter, "producer id {id} with epoch {epoch} and sequence {sequence}")
        }
        BatchError::TransactionWithoutProducer => {
            write!(formatter, "transactional batch without a producer id")
        }
        BatchError::ControlFromProducer => write!(formatter, "control batch from a producer"),
        BatchError::DeleteHorizonFromProducer => {
            write!(formatter, "delete horizon from a producer")
        }
        rest => write!(formatter, "{rest:?}"),
    }
}

impl fmt::Display for CodecFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(formatter, "malformed"),
            Self::Truncated => write!(formatter, "ends too early"),
            Self::TrailingBytes => write!(formatter, "goes on after its end"),
            Self::OverLimit { bytes_max } => {
                write!(formatter, "expands to more than {bytes_max} bytes")
            }
            Self::Unsupported => write!(formatter, "uses a feature that Kafka's clients do not"),
            Self::Compress => write!(formatter, "refused to compress"),
        }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(formatter, "ends inside a field"),
            Self::Varint => write!(formatter, "variable-length integer is too long"),
            Self::NegativeLength { got } => write!(formatter, "length or count {got}"),
            Self::HeaderCount { got, expected_max } => {
                write!(formatter, "{got} headers where {expected_max} fit")
            }
            Self::UnusedBytes { count } => write!(formatter, "{count} bytes after its fields"),
            Self::OffsetDelta { got, expected_min, expected_max } => write!(
                formatter,
                "offset delta {got} where {expected_min} to {expected_max} was expected"
            ),
            Self::Timestamp => write!(formatter, "timestamp does not fit"),
            Self::TrailingBytes { count } => {
                write!(formatter, "{count} bytes after the last record")
            }
        }
    }
}
