//! A durable, replayable log per core that embeds.
//!
//! # Invariants worth naming
//!
//! - Bytes from a disk are of another type than what was checked, and every decoder is total: no
//!   input panics, and none takes memory by a size that it merely declares.

#![forbid(unsafe_code)]

pub mod checkpoint;
mod cursor;
mod directory;
mod engine;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod handle;
pub mod identity;
pub mod inspect;
mod join;
pub mod journal;
pub mod name;
mod options;
mod partition;
pub mod partition_state;
mod run;
pub mod segment;
mod signal;
pub mod stored_options;

pub use directory::Directory;
pub use engine::{
    AppendOptions, Appended, Counters, Engine, Fetched, PartitionInfo, ReadLimit, Reader, Ticket,
    Watermarks,
};
pub use error::{LogError, Result};
pub use handle::{
    Chunk, Log, LogOptions, LogRecord, NewRecord, Partition, Pending, Replay, records,
};
pub use millstream_base::{Offset, PartitionId, Timestamp};
pub use name::PartitionName;
pub use options::{EngineOptions, Flush, PartitionOptions};
