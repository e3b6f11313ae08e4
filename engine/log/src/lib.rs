//! A durable, replayable log that embeds: open a directory, append, and read back, in order, what
//! was appended; also after a crash or a power cut.
//!
//! ```
//! use millstream_log::{Log, Offset};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("millstream-doc-front-{}", std::process::id()));
//! let log = Log::open(&path)?;
//! let orders = log.partition("orders")?;
//! let offset = orders.append("one espresso").wait()?;
//! // Here it is on stable media.
//! let first = orders.replay(offset).next().expect("it is there")?;
//! assert_eq!(first.value.as_deref(), Some(b"one espresso".as_slice()));
//! # drop((orders, log));
//! # std::fs::remove_dir_all(&path)?;
//! # Ok(())
//! # }
//! ```
//!
//! It runs on Linux, through io_uring. Where the kernel forbids that, [`Log::open`] says which
//! setting does.
//!
//! # What a log is
//!
//! A [`Log`] is a directory. In it are **partitions**, each an ordered sequence of **records**. A
//! record has a key, a value, headers and a time, and gets an [`Offset`]: 0, 1, 2 and so on.
//! Records are never changed. They leave a partition at its front, when [`Partition::trim`] or
//! retention ([`PartitionOptions`]) says so, and at its end by [`Partition::truncate`] alone.
//!
//! Records go in and lie on disk as **batches**, in the format of Kafka's clients, so what one of
//! those has built can be appended as it is ([`Partition::append_batch`]). A batch is there wholly
//! or not at all.
//!
//! # Durability
//!
//! An append is answered when its bytes are on stable media, not before. What was answered is not
//! lost, doubled, reordered or changed by a crash or a power cut, and the next opening needs
//! nobody's help. What was not answered is there wholly or not at all.
//!
//! All appends of a moment, of all partitions of a shard, share one durable write. So the way to be
//! fast is to have many under way: from many threads, or from one that waits later (each call gives
//! a [`Pending`]). [`Flush::Relaxed`] answers without waiting for the disk, for partitions whose
//! last moments may be lost with the power; [`Log::flush`] then says when all is safe.
//!
//! # Shards and threads
//!
//! A log has one shard or more ([`LogOptions`]), each with a thread, a ring and a journal of its
//! own; a partition lives on one. [`Log`] and [`Partition`] are handles that any thread may use and
//! clone; they send requests to the shards. The answer to whatever concerns records is a
//! [`Pending`]: a future for any executor, or [`Pending::wait`] for a plain thread. No runtime is
//! started and none is needed.
//!
//! The log closes when the last handle is dropped, or by [`Log::close`], which also says how it
//! went. Nothing depends on it: a process that dies closes its log well enough.
//!
//! Code that runs on a shard itself uses [`Engine`] without any hop: it appends synchronously, and
//! reads its newest batches by reference.
//!
//! # Reading
//!
//! [`Partition::replay`] gives record by record, from any offset. [`Partition::read`] gives whole
//! batches as they are stored, for who passes them on. [`Partition::find_timestamp`] finds where a
//! time begins, and [`Partition::wait_beyond`] answers when there is more: together with a replay
//! that is a follower. Reading removes nothing, and any number of readers may be at any place.
//!
//! # Failures
//!
//! Everything that the world can do is a [`LogError`] that says what, where, and what to do.
//! [`LogError::is_retriable`] tells which pass by themselves.
//!
//! - **A write or sync fails.** Nothing is acknowledged any more ([`LogError::Poisoned`]) until the
//!   log is opened again; a failed sync is never taken for a success later.
//! - **The disk is full.** Appends are refused, the rest works, and appends resume by themselves. A
//!   reserve of 24 MiB for each shard lets through what frees space.
//! - **Bytes have rotted.** Every batch that is read has had its checksum compared. A damaged range
//!   is answered with [`LogError::Quarantined`], and everything around it is served.
//! - **The journal's end is torn** by a power cut: it was never acknowledged, and is cut off. **Its
//!   middle has rotted**: it is never cut off; the partitions of which it may have spoken take no
//!   appends ([`LogError::SuspectEnd`]) until somebody accepts the loss.
//! - **Two want one directory.** The second is refused ([`LogError::InUse`]).
//!
//! [`inspect`] looks into a directory without opening it: a check of everything, and a dump of any
//! file.
//!
//! # Invariants worth naming
//!
//! - Order is fixed in one place, synchronously, when [`Engine::append`] copies a batch to where it
//!   is written from. It is not copied again on its way to the disk, nor on that to a reader at the
//!   tail.
//! - Acknowledgements leave in the order of the journal. Whatever is acknowledged has everything
//!   before it on stable media.
//! - `start ≤ settled ≤ stable ≤ next` for each partition, each with one setter.
//! - No write touches a block with bytes that are still needed, but for the older checkpoint and an
//!   index's last block: of the one there is a newer, and the other can be made again.
//! - Recovery decides in a pure function; it can be killed and begun anew, and comes to the same
//!   end.
//! - Bytes from a disk are of another type than what was checked, and every decoder is total: no
//!   input panics, and none takes memory by a size that it merely declares.
//! - Payload reaches no log line, no error and no `Debug`.
//! - There is no global state, no clock, no randomness and no thread here that the simulator does
//!   not own, and no unsafe code.
//! - There is no second way to the journal: whatever must be durable is an entry of a frame, or the
//!   checkpoint.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod checkpoint;
mod cursor;
mod directory;
mod engine;
mod error;
#[doc(hidden)]
pub mod flaw;
#[doc(hidden)]
pub mod fuzzing;
mod handle;
#[doc(hidden)]
pub mod identity;
pub mod inspect;
mod join;
#[doc(hidden)]
pub mod journal;
pub mod name;
mod options;
mod partition;
#[doc(hidden)]
pub mod partition_state;
mod run;
#[doc(hidden)]
pub mod segment;
mod signal;
#[doc(hidden)]
pub mod stored_options;

pub use checkpoint::CheckpointFault;
pub use directory::Directory;
pub use engine::{
    AppendOptions, Appended, Counters, Engine, Fetched, PartitionInfo, ReadLimit, Reader, Ticket,
    Watermarks,
};
pub use error::{LogError, Result};
pub use handle::{
    Chunk, Log, LogOptions, LogRecord, NewRecord, Partition, Pending, Replay, records,
};
pub use identity::{Identity, IdentityFault, LogId};
pub use millstream_base::{Offset, PartitionId, Timestamp};
pub use millstream_batch::BatchError;
pub use millstream_io::{IoError, Slice};
pub use name::PartitionName;
pub use options::{EngineOptions, Flush, PartitionOptions};
