//! Why a replica refuses, one variant for each of Kafka's errors or more.

use crate::producer::ProducerFault;
use core::fmt;
use millstream_base::{LeaderEpoch, Offset, Timestamp};
use millstream_batch::{BatchError, Compression};
use millstream_log::LogError;

/// Why a batch is not appended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProduceError {
    /// `CORRUPT_MESSAGE`: the bytes are not what the client sealed.
    Corrupt(BatchError),
    /// `INVALID_RECORD`: the client sealed what no batch of a client may be.
    Invalid(BatchError),
    /// `INVALID_RECORD`: there is no batch.
    Empty,
    /// `INVALID_RECORD`: a client's batch begins at offset 0.
    BaseOffset {
        /// What it says.
        got: Offset,
    },
    /// `INVALID_RECORD` with these records: in a compacted topic each has a key (KIP-467).
    Keyless {
        /// The records' places in the batch, from 0; the first of them where there are too many.
        indexes: Vec<u32>,
    },
    /// `INVALID_RECORD`: the transaction that it belongs to is none that is known here.
    Transactional,
    /// `MESSAGE_TOO_LARGE`.
    TooLarge {
        /// The size of the batch as it would be stored.
        got_bytes: usize,
        /// The topic's limit.
        bytes_max: usize,
    },
    /// `UNSUPPORTED_COMPRESSION_TYPE`: not in this version of the request.
    Compression(Compression),
    /// `INVALID_TIMESTAMP` with these records.
    Timestamp {
        /// The records' places in the batch, from 0; empty where the header alone says it.
        indexes: Vec<u32>,
        /// The first time that is out of bounds.
        got: Timestamp,
        /// The earliest that is in bounds.
        min: Timestamp,
        /// The latest that is in bounds.
        max: Timestamp,
    },
    /// `INVALID_TIMESTAMP`: a producer says that the times of its records are the broker's.
    AppendTime,
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER` or `INVALID_PRODUCER_EPOCH`.
    Producer(ProducerFault),
    /// `NOT_ENOUGH_REPLICAS`.
    NotEnoughReplicas {
        /// How many must be in sync.
        expected_min: u32,
        /// How many are.
        got: u32,
    },
    /// The engine's: it decides which error that is.
    Log(LogError),
}

/// Why a reader gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// `OFFSET_OUT_OF_RANGE`
    OutOfRange {
        /// What was asked for.
        offset: Offset,
        /// The first offset that is still there.
        log_start: Offset,
        /// The offset behind the last.
        log_end: Offset,
    },
    /// `FENCED_LEADER_EPOCH`: the reader knows an older leader.
    Fenced {
        /// The leader's epoch.
        expected: LeaderEpoch,
        /// What the reader knows.
        got: LeaderEpoch,
    },
    /// `UNKNOWN_LEADER_EPOCH`: the reader knows a newer leader.
    Unknown {
        /// The leader's epoch.
        expected: LeaderEpoch,
        /// What the reader knows.
        got: LeaderEpoch,
    },
}

impl ProduceError {
    /// The records of the batch that are at fault, where it is known (KIP-467).
    #[must_use]
    pub fn records(&self) -> &[u32] {
        match self {
            Self::Keyless { indexes } | Self::Timestamp { indexes, .. } => indexes,
            _ => &[],
        }
    }
}

impl From<BatchError> for ProduceError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::TooLarge { got_bytes, bytes_max } => {
                Self::TooLarge { got_bytes, bytes_max }
            }
            // A flipped bit, or a frame that was cut: the client may send the same again.
            BatchError::Checksum { .. }
            | BatchError::Truncated { .. }
            | BatchError::Length { .. }
            | BatchError::Codec { .. } => Self::Corrupt(error),
            error => Self::Invalid(error),
        }
    }
}

impl From<LogError> for ProduceError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::BatchTooLarge { bytes_max, got_bytes } => {
                Self::TooLarge { got_bytes, bytes_max }
            }
            error => Self::Log(error),
        }
    }
}

impl core::error::Error for ProduceError {}

impl fmt::Display for ProduceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(error) | Self::Invalid(error) => write!(formatter, "{error}"),
            Self::Empty => formatter.write_str("a partition's part of a request is one batch"),
            Self::BaseOffset { got } => {
                write!(formatter, "a batch that is sent begins at offset 0, not at {got}")
            }
            Self::Keyless { .. } => {
                formatter.write_str("each record of a compacted topic has a key")
            }
            Self::Transactional => {
                formatter.write_str("the batch belongs to a transaction that is not open here")
            }
            Self::TooLarge { got_bytes, bytes_max } => {
                write!(formatter, "a batch of {got_bytes} bytes; the topic takes {bytes_max}")
            }
            Self::Compression(compression) => {
                write!(formatter, "this version of the request knows no {compression}")
            }
            Self::Timestamp { got, min, max, .. } => {
                write!(formatter, "the time {got} of a record is not from {min} to {max}")
            }
            Self::AppendTime => {
                formatter.write_str("only a broker gives records the time of their append")
            }
            Self::Producer(fault) => write!(formatter, "{fault}"),
            Self::NotEnoughReplicas { expected_min, got } => {
                write!(formatter, "{got} replicas are in sync, {expected_min} must be")
            }
            Self::Log(error) => write!(formatter, "{error}"),
        }
    }
}

impl core::error::Error for FetchError {}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { offset, log_start, log_end } => {
                write!(formatter, "offset {offset} is not from {log_start} to {log_end}")
            }
            Self::Fenced { expected, got } | Self::Unknown { expected, got } => {
                write!(formatter, "the leader's epoch is {expected}, not {got}")
            }
        }
    }
}
