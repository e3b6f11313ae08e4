//! The vocabulary that all rooms of Millstream share: ids, offsets, limits, time, randomness,
//! checksums, counters.
//!
//! ```
//! use millstream_base::{Offset, Random, crc};
//!
//! let next = Offset::new(41).checked_add(1);
//! assert_eq!(next, Some(Offset::new(42)));
//!
//! let crc = crc::crc32c(b"123456789");
//! assert_eq!(crc::crc32c_append(crc::crc32c(b"1234"), b"56789"), crc);
//!
//! assert_eq!(Random::new(7).next_u64(), Random::new(7).next_u64());
//! ```
//!
//! # Invariants worth naming
//!
//! - Nothing here does I/O, reads a clock, asks the system for randomness, or suspends: two runs
//!   with the same calls do the same.
//! - Nothing here is shared between threads: no lock, no atomic, no `Arc`.
//! - What crosses a crate is a newtype; an [`Offset`] (log) cannot be given where a [`Position`]
//!   (file) is wanted, nor a [`Timestamp`] (wall) for an [`Instant`] (machine).
//! - Limits are proven against each other at compile time ([`limits`]).

#![forbid(unsafe_code)]

pub mod counter;
pub mod crc;
mod crc_combine;
pub mod hash;
pub mod histogram;
pub mod ids;
pub mod latencies;
pub mod limits;
mod newtype;
pub mod offsets;
pub mod random;
pub mod time;
pub mod uuid;

pub use counter::Counter;
pub use histogram::Histogram;
pub use ids::{
    LeaderEpoch, NodeId, PartitionId, PartitionIndex, ProducerEpoch, ProducerId, Sequence, ShardId,
};
pub use latencies::{LATENCY_BOUNDS_US, Latencies};
pub use offsets::{Offset, Position};
pub use random::Random;
pub use time::{Instant, Timestamp};
pub use uuid::{TopicId, Uuid};
