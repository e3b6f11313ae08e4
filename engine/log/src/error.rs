//! What can go wrong with a log, as one type: what, where, and what to do.

use crate::checkpoint::CheckpointFault;
use crate::identity::IdentityFault;
use crate::name::NameFault;
use millstream_base::{Offset, PartitionId};
use millstream_batch::BatchError;
use millstream_io::IoError;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The crate's result.
pub type Result<T> = std::result::Result<T, LogError>;

/// A fault of the world or of the caller. Cheap to clone, since a poisoned log gives the same
/// answer to everybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogError {
    /// The disk, the kernel or memory.
    Io(Arc<IoError>),
    /// The log stopped taking appends: a write or sync of its journal failed, and what the failed
    /// operation left on the disk is unknown until the log is opened again.
    Poisoned(Arc<IoError>),
    /// The disk is full. Nothing was appended; the log resumes by itself when there is room.
    DiskFull,
    /// More is waiting for the disk than the log's memory may hold: wait for
    /// [`crate::Engine::room`] and try again. Nothing was appended.
    Busy,
    /// The data directory is used by another process, or by another log of this one.
    InUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// The directory holds something that is not, or no longer wholly, a data directory.
    NotALog {
        /// The file or directory at fault.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The identity file is unreadable or not of this version.
    Identity {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: IdentityFault,
    },
    /// The data directory has another number of shards than asked for.
    ShardCount {
        /// What the directory was made with.
        expected: u16,
        /// What was asked for.
        got: u16,
    },
    /// Neither checkpoint can be used. Restore them from a copy; nothing was written.
    Checkpoint {
        /// The directory of the shard.
        path: PathBuf,
        /// What is wrong with the newer one.
        fault: CheckpointFault,
    },
    /// A file was written by a newer version. Nothing was written.
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The version found.
        version: u16,
    },
    /// A file of a known version holds what only a newer program writes. Nothing was written.
    NewerContent {
        /// The file.
        path: PathBuf,
        /// What is unknown.
        what: &'static str,
    },
    /// No partition has this id.
    UnknownPartition(PartitionId),
    /// There is a partition of this name.
    PartitionExists(PartitionId),
    /// The name cannot be a partition's.
    Name(NameFault),
    /// The batch breaks the record format.
    Batch(BatchError),
    /// The batch is larger than the partition takes.
    BatchTooLarge {
        /// The partition's limit in bytes.
        bytes_max: usize,
        /// The batch's size in bytes.
        got_bytes: usize,
    },
    /// The offset lies outside of the log.
    OutOfRange {
        /// The offset that was asked for.
        offset: Offset,
        /// The first offset that the log still has.
        start_offset: Offset,
        /// The offset behind the last one that can be read.
        end_offset: Offset,
    },
    /// The bytes of this range are damaged. They are never served and never cut off silently:
    /// restore them from a copy, or give them up with [`crate::Engine::trim`].
    Quarantined {
        /// The partition.
        partition: PartitionId,
        /// The first damaged offset.
        first_offset: Offset,
        /// The offset behind the last damaged one.
        next_offset: Offset,
    },
    /// Damage in the journal may have taken acknowledged records from the end of this partition;
    /// it takes no appends until [`crate::Engine::accept_loss`] says so.
    SuspectEnd {
        /// The partition.
        partition: PartitionId,
        /// The end of what is left.
        next_offset: Offset,
    },
    /// An option lies outside of what it may be.
    Option {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// What was to be written went to a writer of the caller's, and that failed.
    Output(Arc<std::io::Error>),
    /// The log is closed, or its shard is gone.
    Closed,
}

impl LogError {
    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Busy)
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Poisoned(cause) => {
                write!(f, "the log takes no appends since this failed: {cause}; open it again")
            }
            Self::DiskFull => f.write_str("the disk is full; free space and appends resume"),
            Self::Busy => f.write_str("too much waits for the disk; try again"),
            Self::InUse { directory } => {
                write!(f, "{} is in use by another log; stop that one first", directory.display())
            }
            Self::NotALog { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Identity { path, fault } => write!(f, "{}: {fault}", path.display()),
            Self::ShardCount { expected, got } => write!(
                f,
                "the directory was made with {expected} shards, {got} were asked for; \
                 open it with {expected}"
            ),
            Self::Checkpoint { path, fault } => {
                write!(f, "{}: no usable checkpoint: {fault}; restore it", path.display())
            }
            Self::NewerFormat { path, version } => write!(
                f,
                "{}: format version {version} is newer than this program; use a newer one",
                path.display()
            ),
            Self::NewerContent { path, what } => write!(
                f,
                "{}: {what} of a newer version than this program knows; use a newer one",
                path.display()
            ),
            Self::UnknownPartition(id) => write!(f, "there is no partition {id}"),
            Self::PartitionExists(id) => write!(f, "the name belongs to partition {id}"),
            Self::Name(fault) => write!(f, "{fault}"),
            Self::Batch(error) => write!(f, "{error}"),
            Self::BatchTooLarge { bytes_max, got_bytes } => {
                write!(f, "a batch of {got_bytes} bytes; the partition takes {bytes_max}")
            }
            Self::OutOfRange { offset, start_offset, end_offset } => {
                write!(f, "offset {offset} is not within {start_offset}..{end_offset}")
            }
            Self::Quarantined { partition, first_offset, next_offset } => write!(
                f,
                "partition {partition}: offsets {first_offset}..{next_offset} are damaged on \
                 disk; restore them from a copy or trim them"
            ),
            Self::SuspectEnd { partition, next_offset } => write!(
                f,
                "partition {partition}: damage in the journal may have taken records behind \
                 offset {next_offset}; restore them or accept the loss"
            ),
            Self::Option { name, expected } => write!(f, "{name} must be {expected}"),
            Self::Output(error) => write!(f, "the output: {error}"),
            Self::Closed => f.write_str("the log is closed"),
        }
    }
}

impl std::error::Error for LogError {}

impl From<IoError> for LogError {
    fn from(error: IoError) -> Self {
        match error {
            IoError::Closed => Self::Closed,
            IoError::BuffersSpent { .. } => Self::Busy,
            error if error.is_no_space() => Self::DiskFull,
            error => Self::Io(Arc::new(error)),
        }
    }
}

impl From<BatchError> for LogError {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

impl From<NameFault> for LogError {
    fn from(fault: NameFault) -> Self {
        Self::Name(fault)
    }
}
