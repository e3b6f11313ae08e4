//! What a partition's leader must know that the log says only as a whole, saved from time to time,
//! so that a restart reads the log's end alone.
//!
//! The bytes are described in `docs/formats/replica.md`.

mod codec;
mod store;

#[cfg(test)]
mod codec_test;

pub(crate) use codec::{ENCODED_PRODUCER_BYTES_MAX, encode};
pub use codec::{Snapshot, SnapshotFault};
pub use store::{STATE_PARTITION, SnapshotStore};
