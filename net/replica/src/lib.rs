//! One partition's life on the shard that owns it: who may append what, in which epoch, and how far
//! readers see.
//!
//! Replication is not here yet: a partition has one replica, which leads, and what is on its stable
//! media is what readers see.
//!
//! A [`Leader`] is state beside the engine's, driven by calls that never suspend:
//!
//! 1. [`Leader::recover`], once, before anything is appended; with the snapshot that
//!    [`SnapshotStore::load`] gives.
//! 2. [`Leader::produce`] for each batch; then whoever produced waits for [`Produced::ack`], tells
//!    [`Leader::advance`] of the engine's watermarks, and answers.
//! 3. [`Leader::fetch`] for each reader, which reads from the engine, or waits there for more.
//! 4. In the background: [`Leader::snapshot`] where [`Leader::wants_save`], which goes to
//!    [`SnapshotStore::save`] when its end is stable, and [`Leader::expire_producers`].
//!
//! # Invariants worth naming
//!
//! - `log start ≤ high watermark ≤ log end`; each has one setter, and none goes back.
//! - Readers see nothing beyond the high watermark, and that is nothing that is not stable.
//! - A batch is appended at most once for each producer id, epoch and sequence, as long as the
//!   producer is remembered; a duplicate is answered as the first was, and not before it.
//! - Nothing is remembered of a batch that did not get its place in the log.
//! - What is remembered is bounded, whatever clients send, and never forgotten by a jump of the
//!   wall's clock.
//! - A snapshot speaks only of what is stable. Snapshot and headers behind it give the same state
//!   as all headers.
//! - A batch is stored as it came, but for base offset, leader epoch and the time of the append;
//!   only where a configuration demands another codec, or its writer left its latest time out, is
//!   it packed anew. Records are parsed only then, and where a configuration speaks of keys or of
//!   times in the past.
//! - Nothing here knows of sockets, topics' names or other shards.

#![forbid(unsafe_code)]

mod epochs;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod leader;
mod options;
pub mod producer;
mod snapshot;

pub use epochs::{EpochEnd, EpochStart, LeaderEpochs};
pub use error::{FetchError, ProduceError};
pub use leader::{
    Ack, Acks, Clock, FetchPoint, FetchRequest, Isolation, Leader, ListedOffset, OffsetLookup,
    OffsetQuery, OffsetSpec, ProduceRequest, Produced, SavedState, check_epoch,
};
pub use options::ReplicaOptions;
pub use producer::{ProducerBatch, ProducerFault, ProducerState, Verdict};
pub use snapshot::{STATE_PARTITION, Snapshot, SnapshotFault, SnapshotStore};
