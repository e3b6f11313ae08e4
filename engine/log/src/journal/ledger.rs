//! The frames that were sealed: in flight, stable, and needed for recovery.

use crate::flaw::{self, Flaw};
use crate::journal::frame::{FrameHash, Place};
use crate::journal::staging::StagedBatch;
use crate::partition::TailItem;
use millstream_base::PartitionId;
use millstream_io::Slice;
use std::collections::VecDeque;
use std::task::Waker;

/// What is known of one sealed frame.
pub(crate) struct FrameRecord {
    pub(crate) place: Place,
    pub(crate) previous_hash: FrameHash,
    /// Memory that its batches and runs hold.
    pub(crate) memory_bytes: u64,
    /// Memory that all frames before it have held.
    pub(crate) memory_before_bytes: u64,
    /// Batches that only the journal holds.
    pub(crate) unsettled_count: u32,
    /// Partitions with batches or runs in it, for eviction and settling; may repeat.
    pub(crate) touched: Vec<PartitionId>,
    pub(crate) flight: Option<Flight>,
}

/// What a frame needs until it is stable.
pub(crate) struct Flight {
    pub(crate) is_written: bool,
    pub(crate) bytes: Slice,
    pub(crate) batches: Vec<StagedBatch>,
    pub(crate) runs: Vec<(PartitionId, TailItem)>,
    pub(crate) waiters: Vec<Waker>,
}

/// The sealed frames, oldest first, without a gap in their sequences.
pub(crate) struct Ledger {
    frames: VecDeque<FrameRecord>,
    first_sequence: u64,
    /// Every frame before it is stable.
    stable_sequence: u64,
    /// Every frame before it is out of memory.
    evicted_sequence: u64,
    /// Every frame before it is settled.
    settled_sequence: u64,
    last_hash: FrameHash,
    memory_bytes: u64,
    unsettled_memory_bytes: u64,
    /// Memory that frames ever held.
    total_memory_bytes: u64,
}

impl Ledger {
    /// No frames; the next sealed one has `next_sequence` and follows the one with `last_hash`.
    pub(crate) fn new(next_sequence: u64, last_hash: FrameHash) -> Self {
        Self {
            frames: VecDeque::new(),
            first_sequence: next_sequence,
            stable_sequence: next_sequence,
            evicted_sequence: next_sequence,
            settled_sequence: next_sequence,
            last_hash,
            memory_bytes: 0,
            unsettled_memory_bytes: 0,
            total_memory_bytes: 0,
        }
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.first_sequence + self.frames.len() as u64
    }

    /// Every frame before it is on stable media, with the runs that it names.
    pub(crate) fn stable_sequence(&self) -> u64 {
        self.stable_sequence
    }

    pub(crate) fn last_hash(&self) -> FrameHash {
        self.last_hash
    }

    /// Frames that were sealed and are not yet stable.
    pub(crate) fn in_flight_count(&self) -> u64 {
        self.next_sequence() - self.stable_sequence
    }

    /// Memory of frames that are not evicted, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Memory of frames that are not settled, in bytes.
    pub(crate) fn unsettled_memory_bytes(&self) -> u64 {
        self.unsettled_memory_bytes
    }

    /// Memory that frames ever held, in bytes: what was appended.
    pub(crate) fn total_memory_bytes(&self) -> u64 {
        self.total_memory_bytes
    }

    /// How far a frame lies behind the end of the log, in bytes of memory.
    pub(crate) fn lag_bytes(&self, sequence: u64) -> u64 {
        let before = self.get(sequence).map_or(0, |record| record.memory_before_bytes);
        self.total_memory_bytes - before
    }

    /// Adds a sealed frame.
    pub(crate) fn push(&mut self, sequence: u64, mut record: FrameRecord, hash: FrameHash) {
        assert_eq!(sequence, self.next_sequence(), "frames are sealed in order");
        record.memory_before_bytes = self.total_memory_bytes;
        self.total_memory_bytes += record.memory_bytes;
        self.memory_bytes += record.memory_bytes;
        self.unsettled_memory_bytes += record.memory_bytes;
        self.frames.push_back(record);
        self.last_hash = hash;
    }

    /// Adds a frame that recovery found, which is stable by then.
    pub(crate) fn push_recovered(&mut self, record: FrameRecord, hash: FrameHash) {
        assert_eq!(self.stable_sequence, self.next_sequence(), "nothing is in flight yet");
        self.push(self.next_sequence(), record, hash);
        self.stable_sequence += 1;
        self.advance_settled();
    }

    /// Goes on with frame `next_sequence`, behind frames that damage took. Everything before them
    /// is settled, and nothing of it is in memory.
    pub(crate) fn restart(&mut self, next_sequence: u64) {
        assert!(next_sequence > self.next_sequence(), "frames are lost, not won");
        assert_eq!(self.settled_sequence, self.next_sequence(), "what comes before is settled");
        let memory_bytes = self.memory_bytes;
        assert_eq!(memory_bytes, 0, "what is settled was evicted");
        *self = Self::new(next_sequence, FrameHash::NONE);
    }

    /// Says what the next frame follows, where that is not the last one that was replayed.
    pub(crate) fn set_last_hash(&mut self, hash: FrameHash) {
        self.last_hash = hash;
    }

    /// The oldest frame that is remembered.
    pub(crate) fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    pub(crate) fn get(&self, sequence: u64) -> Option<&FrameRecord> {
        let index = sequence.checked_sub(self.first_sequence)?;
        self.frames.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn get_mut(&mut self, sequence: u64) -> Option<&mut FrameRecord> {
        let index = sequence.checked_sub(self.first_sequence)?;
        self.frames.get_mut(usize::try_from(index).ok()?)
    }

    /// Notes that a frame is written with its runs, and gives the next one that is thereby stable;
    /// call [`Ledger::pop_stable`] until it gives nothing.
    pub(crate) fn mark_written(&mut self, sequence: u64) {
        if flaw::is_on(Flaw::OutOfOrder) {
            return self.mark_written_before(sequence + 1);
        }
        let record = self.get_mut(sequence).expect("a frame in flight is in the ledger");
        record.flight.as_mut().expect("written once").is_written = true;
    }

    fn mark_written_before(&mut self, end: u64) {
        let records = (self.stable_sequence..end).collect::<Vec<_>>();
        for sequence in records {
            let flight = self.get_mut(sequence).and_then(|record| record.flight.as_mut());
            flight.into_iter().for_each(|flight| flight.is_written = true);
        }
    }

    /// Moves the stable end over the next frame if it is written. In order: an acknowledgement
    /// means that everything before it is stable too, or recovery could not find it.
    pub(crate) fn pop_stable(&mut self) -> Option<(u64, Flight)> {
        let sequence = self.stable_sequence;
        let record = self.get_mut(sequence)?;
        if !record.flight.as_ref().is_some_and(|flight| flight.is_written) {
            return None;
        }
        let flight = record.flight.take();
        self.stable_sequence += 1;
        self.advance_settled();
        flight.map(|flight| (sequence, flight))
    }

    /// Notes that batches of a frame are in segments now, or gone.
    pub(crate) fn settle(&mut self, sequence: u64, count: u32) {
        let Some(record) = self.get_mut(sequence) else { return };
        assert!(record.unsettled_count >= count, "a batch is settled once");
        record.unsettled_count -= count;
        self.advance_settled();
    }

    fn advance_settled(&mut self) {
        while self.settled_sequence < self.stable_sequence {
            let record = self.get(self.settled_sequence).expect("between first and stable");
            if record.unsettled_count > 0 {
                break;
            }
            self.unsettled_memory_bytes -= record.memory_bytes;
            self.settled_sequence += 1;
        }
    }

    /// The oldest frame that recovery needs for its batches.
    pub(crate) fn settled_sequence(&self) -> u64 {
        self.settled_sequence
    }

    /// The next frame whose memory can be given up, with its partitions.
    pub(crate) fn evict_next(&mut self) -> Option<(u64, Vec<PartitionId>)> {
        if self.evicted_sequence >= self.settled_sequence {
            return None;
        }
        let sequence = self.evicted_sequence;
        let record = self.get_mut(sequence).expect("not yet forgotten");
        let touched = std::mem::take(&mut record.touched);
        let memory_bytes = std::mem::take(&mut record.memory_bytes);
        self.memory_bytes -= memory_bytes;
        self.evicted_sequence += 1;
        Some((sequence, touched))
    }

    /// Forgets frames before `sequence` that are out of memory.
    pub(crate) fn forget(&mut self, sequence: u64) {
        while self.first_sequence < sequence.min(self.evicted_sequence) {
            self.frames.pop_front();
            self.first_sequence += 1;
        }
    }

    /// All waiters, when nothing will ever be stable again.
    pub(crate) fn take_waiters(&mut self) -> Vec<Waker> {
        let flights = self.frames.iter_mut().filter_map(|record| record.flight.as_mut());
        flights.flat_map(|flight| std::mem::take(&mut flight.waiters)).collect()
    }
}
