//! The engine of one shard: everything durable that the shard owns.

mod append;
mod change;
mod disk_read;
mod flush;
mod gather;
mod housekeeping;
mod index;
mod journal_files;
mod open;
mod read;
mod read_ahead;
mod read_cache;
mod read_window;
mod recover;
mod replay;
mod replay_entry;
mod segments;
mod settle;
mod settle_pace;
pub(crate) mod snapshot;
mod space;
mod stable;
pub(crate) mod state;
mod sweep;
mod tail_demand;
mod truncate;

pub(crate) use gather::Gathering;
pub(crate) use truncate::Cut;

pub use append::{AppendOptions, Appended};
pub use read::{Fetched, ReadLimit};
pub use read_ahead::Reader;
pub use stable::Ticket;
pub use state::Counters;

use crate::error::{LogError, Result};
use crate::identity::LogId;
use crate::name::PartitionName;
use crate::options::{EngineOptions, PartitionOptions};
use crate::signal::Signal;
use millstream_base::{Latencies, Offset, PartitionId, ShardId};
use millstream_io::{Crowd, File, Io};
use read_window::ReadWindow;
use state::State;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// The log of one shard, for code that runs on that shard. Cheap to clone; never leaves the shard.
///
/// Appends take their place at once and synchronously; waiting for stable media is a step of its
/// own ([`Engine::stable`]), so that a caller can have any number of appends under way. All
/// appends of a tick share one durable write, whatever the number of partitions.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Rc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) io: Io,
    pub(crate) directory: PathBuf,
    /// The shard's own, beside that of the whole directory: held by the ring that writes here.
    lock: Option<File>,
    pub(crate) log_id: LogId,
    pub(crate) shard: ShardId,
    /// Which opening this is.
    pub(crate) epoch: u32,
    /// The first frame of this opening.
    pub(crate) epoch_start: u64,
    pub(crate) options: EngineOptions,
    pub(crate) state: RefCell<State>,
    /// Whether the open frame should wait for more.
    pub(crate) gathering: Gathering,
    /// Where threads sleep that wait for appends; parts with each frame.
    pub(crate) crowd: Crowd,
    /// There is something to write, or room to write it.
    pub(crate) work: Signal,
    /// The background may have something to do.
    pub(crate) background: Signal,
    /// Reads from segments, which leave the disk to the frames.
    pub(crate) read_window: Rc<ReadWindow>,
    /// Something ended that somebody waits for: settling, room, closing.
    pub(crate) room: Signal,
}

/// Where a partition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Watermarks {
    /// The first offset that the log still has.
    pub start: Offset,
    /// Everything before it is in segment files.
    pub settled: Offset,
    /// Everything before it is on stable media and can be read.
    pub stable: Offset,
    /// The offset that the next record gets.
    pub next: Offset,
}

/// What a partition is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PartitionInfo {
    /// Its id, which is never used again after it is deleted.
    pub id: PartitionId,
    /// Its name.
    pub name: PartitionName,
    /// How it behaves.
    pub options: PartitionOptions,
    /// Where it stands.
    pub watermarks: Watermarks,
    /// Bytes in segment files.
    pub segments_bytes: u64,
    /// Bytes of batches that can be read and are not in segments yet.
    pub unsettled_bytes: u64,
    /// Segment files.
    pub segment_count: usize,
    /// Damaged ranges of offsets, from the first to behind the last.
    pub quarantine: Vec<(Offset, Offset)>,
    /// Whether records may be missing at its end.
    pub is_suspect: bool,
}

impl Engine {
    /// The id of a partition by its name.
    #[must_use]
    pub fn find(&self, name: &PartitionName) -> Option<PartitionId> {
        self.inner.state.borrow().names.get(name).copied()
    }

    /// The ids of all partitions, by name.
    #[must_use]
    pub fn partitions(&self) -> Vec<PartitionId> {
        self.inner.state.borrow().names.values().copied().collect()
    }

    /// Where a partition stands.
    ///
    /// # Errors
    /// [`crate::LogError::UnknownPartition`].
    pub fn watermarks(&self, partition: PartitionId) -> Result<Watermarks> {
        let state = self.inner.state.borrow();
        let partition = state.partition(partition)?;
        Ok(Watermarks {
            start: partition.start(),
            settled: partition.settled(),
            stable: partition.stable(),
            next: partition.next(),
        })
    }

    /// What a partition is.
    ///
    /// # Errors
    /// [`crate::LogError::UnknownPartition`].
    pub fn describe(&self, partition: PartitionId) -> Result<PartitionInfo> {
        let watermarks = self.watermarks(partition)?;
        let state = self.inner.state.borrow();
        let partition = state.partition(partition)?;
        Ok(PartitionInfo {
            id: partition.id,
            name: partition.name.clone(),
            options: partition.options,
            watermarks,
            segments_bytes: partition.segments_bytes(),
            unsettled_bytes: partition.tail.bytes_from(partition.settled()),
            segment_count: partition.segments.len(),
            quarantine: partition.quarantine.clone(),
            is_suspect: partition.is_suspect,
        })
    }

    /// What the engine has done since it was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.state.borrow().counters
    }

    /// How long the disk took to make each frame durable since the engine was opened: from its
    /// submission, with all that must be durable beside it.
    #[must_use]
    pub fn commit_latencies(&self) -> Latencies {
        self.inner.state.borrow().commits.clone()
    }

    /// Why the engine takes no appends any more, until it is opened again; `None` while it does.
    #[must_use]
    pub fn fault(&self) -> Option<LogError> {
        self.inner.state.borrow().fault.clone()
    }

    /// Whether appends are refused since the disk is full. It ends by itself when there is room.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        self.inner.state.borrow().is_disk_full
    }

    /// The shard that the engine belongs to.
    #[must_use]
    pub fn io(&self) -> &Io {
        &self.inner.io
    }
}
