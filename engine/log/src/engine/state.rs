//! What a shard's engine knows, in one place.

use crate::engine::read_cache::ReadCache;
use crate::engine::settle_pace::SettlePace;
use crate::engine::tail_demand::TailDemand;
use crate::error::{LogError, Result};
use crate::journal::chunks::Chunks;
use crate::journal::ledger::Ledger;
use crate::journal::staging::Staging;
use crate::name::PartitionName;
use crate::partition::Partition;
use crate::segment::files::Files;
use millstream_base::hash::Map;
use millstream_base::{Counter, Latencies, Offset, PartitionId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::Waker;

/// The state of an engine. Borrowed for the length of a synchronous step, never across a wait.
pub(crate) struct State {
    pub(crate) partitions: Map<PartitionId, Partition>,
    pub(crate) names: BTreeMap<PartitionName, PartitionId>,
    pub(crate) next_partition: u64,
    pub(crate) staging: Staging,
    pub(crate) ledger: Ledger,
    /// Those who wait for the frame that the flusher has taken and not sealed yet.
    pub(crate) sealing_waiters: Vec<Waker>,
    pub(crate) chunks: Chunks,
    pub(crate) files: Files,
    /// Why nothing more is written, if so.
    pub(crate) fault: Option<LogError>,
    pub(crate) is_closing: bool,
    /// The disk refused something, and has not had room since.
    pub(crate) is_disk_full: bool,
    /// Steps that use what the reserve gave up.
    pub(crate) reserve_use_count: usize,
    /// Whether the journal is still being replayed.
    pub(crate) is_recovering: bool,
    /// Truncations that keep appends waiting, of all partitions.
    pub(crate) truncation_count: usize,
    /// Partitions that should be settled before others: they want to write runs, or have enough for
    /// a large write.
    pub(crate) settle_first: VecDeque<PartitionId>,
    pub(crate) settle_pace: SettlePace,
    pub(crate) tail_demand: TailDemand,
    pub(crate) read_cache: ReadCache,
    /// Partitions with runs gathered in buffers of their own.
    pub(crate) hot_count: usize,
    pub(crate) generation: u64,
    /// The first frame that the checkpoint before the newest needs: should the newest rot, recovery
    /// goes on from there.
    pub(crate) released_sequence: u64,
    pub(crate) is_checkpointing: bool,
    /// Partitions whose directory has names that are not durable yet, and how many were made.
    pub(crate) new_names: BTreeMap<PartitionId, u64>,
    /// Segments whose files are being made or opened.
    pub(crate) creating: BTreeSet<(PartitionId, Offset)>,
    /// How many names were made in this life.
    pub(crate) name_count: u64,
    /// Segments without an owner, whose files go with the next checkpoint.
    pub(crate) doomed: Vec<(PartitionId, Offset)>,
    /// What they hold.
    pub(crate) doomed_bytes: u64,
    /// Deleted partitions, whose directories go with the next checkpoint.
    pub(crate) doomed_directories: Vec<PartitionId>,
    pub(crate) spares: Spares,
    /// Whether anything changed that only the journal knows.
    pub(crate) is_checkpoint_due: bool,
    pub(crate) counters: Counters,
    /// How long the disk took to make each frame durable, with the runs beside it.
    pub(crate) commits: Latencies,
}

/// Files of removed segments that wait to be used again.
#[derive(Default)]
pub(crate) struct Spares {
    /// Their numbers and sizes.
    pub(crate) ready: VecDeque<(u64, u64)>,
    pub(crate) bytes: u64,
    next_number: u64,
}

impl Spares {
    /// Makes room for one more and gives its number; it joins `ready` when it has its name.
    pub(crate) fn add(&mut self, bytes: u64) -> u64 {
        self.bytes += bytes;
        self.next_number += 1;
        self.next_number
    }

    /// Takes over one that was there before.
    pub(crate) fn adopt(&mut self, number: u64, bytes: u64) {
        self.bytes += bytes;
        self.next_number = self.next_number.max(number);
        self.ready.push_back((number, bytes));
    }

    pub(crate) fn take(&mut self) -> Option<(u64, u64)> {
        let (number, bytes) = self.ready.pop_front()?;
        self.bytes -= bytes;
        Some((number, bytes))
    }
}

/// What the engine has done, for those who watch it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Batches appended.
    pub batches: Counter,
    /// Bytes appended, as batches.
    pub appended_bytes: Counter,
    /// Frames written to the journal.
    pub frames: Counter,
    /// Bytes written to the journal.
    pub journal_bytes: Counter,
    /// Bytes written straight to segments, with padding.
    pub run_bytes: Counter,
    /// Bytes moved from the tail to segments, with padding.
    pub settled_bytes: Counter,
    /// Bytes of indexes and checkpoints written.
    pub metadata_bytes: Counter,
    /// Checkpoints written.
    pub checkpoints: Counter,
    /// Bytes read from segments.
    pub read_bytes: Counter,
}

impl Counters {
    /// Bytes given to the device per byte appended; 0 before the first append.
    #[must_use]
    pub fn write_amplification(&self) -> f64 {
        let device_bytes = self.journal_bytes.get()
            + self.run_bytes.get()
            + self.settled_bytes.get()
            + self.metadata_bytes.get();
        match self.appended_bytes.get() {
            0 => 0.0,
            #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
            appended_bytes => device_bytes as f64 / appended_bytes as f64,
        }
    }
}

impl State {
    /// A file of the partition has a name that may not be durable yet.
    pub(crate) fn note_new_name(&mut self, partition: PartitionId) {
        self.name_count += 1;
        self.new_names.insert(partition, self.name_count);
    }

    pub(crate) fn partition(&self, id: PartitionId) -> Result<&Partition> {
        self.partitions.get(&id).ok_or(LogError::UnknownPartition(id))
    }

    pub(crate) fn partition_mut(&mut self, id: PartitionId) -> Result<&mut Partition> {
        self.partitions.get_mut(&id).ok_or(LogError::UnknownPartition(id))
    }

    /// Whether the engine still takes changes.
    pub(crate) fn check_writable(&self) -> Result<()> {
        match &self.fault {
            Some(fault) => Err(fault.clone()),
            None if self.is_closing => Err(LogError::Closed),
            None => Ok(()),
        }
    }
}
