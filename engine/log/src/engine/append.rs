//! Appending: the place in the log is fixed here, at once; the disk comes later.

use super::{Engine, Ticket};
use crate::engine::state::State;
use crate::error::{LogError, Result};
use crate::journal::entry::entry_bytes;
use crate::journal::staging::{FRAMED_BATCH_BYTES_MAX, StagedBatch};
use crate::options::{EngineOptions, Flush};
use crate::partition::room_bytes;
use crate::run;
use millstream_base::{LeaderEpoch, Offset, PartitionId, Timestamp};
use millstream_batch::{CheckedBatch, patch};
use millstream_io::Pool;

/// What the log writes into a batch when it takes it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AppendOptions {
    /// The leader epoch to record in the batch.
    pub leader_epoch: LeaderEpoch,
    /// Replaces the timestamps of all records: Kafka's `LogAppendTime`.
    pub append_time: Option<Timestamp>,
}

impl AppendOptions {
    /// Sets the leader epoch.
    #[must_use]
    pub fn leader_epoch(self, leader_epoch: LeaderEpoch) -> Self {
        Self { leader_epoch, ..self }
    }

    /// Sets the append time.
    #[must_use]
    pub fn append_time(self, append_time: Timestamp) -> Self {
        Self { append_time: Some(append_time), ..self }
    }
}

/// An append that has its place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an append is acknowledged only when its ticket is stable"]
pub struct Appended {
    /// The offset of the batch's first record.
    pub first_offset: Offset,
    /// The offset behind its last record.
    pub next_offset: Offset,
    /// What to wait for with [`Engine::stable`].
    pub ticket: Ticket,
}

impl Engine {
    /// Appends one batch: assigns its offsets and copies it, once, to where it is written from.
    ///
    /// Never waits. The batch is in the log when this returns, readable when it is stable, and
    /// gone after a crash before that. With [`Flush::Relaxed`] the ticket is stable at once.
    ///
    /// # Errors
    /// Nothing was appended after any of: [`LogError::Busy`], [`LogError::DiskFull`] (both
    /// retriable), [`LogError::BatchTooLarge`], [`LogError::UnknownPartition`],
    /// [`LogError::SuspectEnd`], [`LogError::Poisoned`], [`LogError::Closed`].
    pub fn append(
        &self,
        partition: PartitionId,
        batch: &CheckedBatch<'_>,
        options: AppendOptions,
    ) -> Result<Appended> {
        let inner = &self.inner;
        let mut state = inner.state.borrow_mut();
        let appended =
            state.append(&inner.options, inner.io.buffers(), partition, batch, options)?;
        drop(state);
        inner.gathering.arrive();
        inner.work.notify();
        Ok(appended)
    }
}

impl State {
    fn append(
        &mut self,
        engine: &EngineOptions,
        pool: &Pool,
        id: PartitionId,
        batch: &CheckedBatch<'_>,
        options: AppendOptions,
    ) -> Result<Appended> {
        self.check_appendable(engine, id, batch.bytes().len())?;
        let length_bytes = batch.bytes().len();
        let is_run = self.choose_run(engine, id, length_bytes);
        let next = self.partitions[&id].next();
        let delta = i64::from(batch.next_offset_delta());
        let next_offset = next.checked_add(delta).ok_or(LogError::OutOfRange {
            offset: next,
            start_offset: Offset::ZERO,
            end_offset: Offset::MAX,
        })?;
        let max_timestamp = options.append_time.unwrap_or(batch.max_timestamp());
        let staged = StagedBatch {
            partition: id,
            first_offset: next,
            next_offset,
            max_timestamp,
            start: 0,
            length_bytes: 0,
        };
        let (sequence, bytes) = if is_run {
            run::stage(self, pool, staged, batch.bytes())?
        } else {
            let frame = self.staging.frame(entry_bytes(length_bytes), pool)?;
            (frame.sequence, frame.push_batch(staged, batch.bytes()))
        };
        patch::assign(bytes, next, options.leader_epoch);
        if let Some(append_time) = options.append_time {
            patch::assign_append_time(bytes, append_time);
        }
        let partition = self.partitions.get_mut(&id).expect("checked above");
        partition.set_next(next_offset);
        // The frame may be a new one, since the last was full: what was decided holds for it too.
        partition.placement.tick_sequence = sequence;
        if !is_run {
            partition.placement.unsettled_room_bytes += room_bytes(length_bytes);
        }
        self.counters.batches.add(1);
        self.counters.appended_bytes.add(length_bytes as u64);
        let is_relaxed = partition.options.flush == Flush::Relaxed;
        let ticket = Ticket::new(sequence, is_relaxed);
        Ok(Appended { first_offset: next, next_offset, ticket })
    }

    fn check_appendable(
        &self,
        engine: &EngineOptions,
        id: PartitionId,
        got_bytes: usize,
    ) -> Result<()> {
        self.check_writable()?;
        let partition = self.partition(id)?;
        if partition.is_suspect {
            let next_offset = partition.next();
            return Err(LogError::SuspectEnd { partition: id, next_offset });
        }
        let bytes_max = partition.options.batch_bytes_max;
        if got_bytes > bytes_max {
            return Err(LogError::BatchTooLarge { bytes_max, got_bytes });
        }
        // Before all that passes sooner: whoever waits for that would wait for the disk.
        if self.is_disk_full {
            return Err(LogError::DiskFull);
        }
        let waiting = self.ledger.unsettled_memory_bytes() + self.staging.staged_bytes() as u64;
        let has_room = waiting <= engine.tail_bytes_max && self.has_disk_room();
        if has_room && partition.truncation_count == 0 { Ok(()) } else { Err(LogError::Busy) }
    }

    /// Whether the batch goes straight to its segment. Decided anew at the partition's first batch
    /// in a frame, from what its last frame held, and kept for the frame, so that within one frame
    /// a partition's batches are all of one kind and their order is plain.
    fn choose_run(&mut self, engine: &EngineOptions, id: PartitionId, length_bytes: usize) -> bool {
        let sequence = self.staging.next_sequence();
        if length_bytes > FRAMED_BATCH_BYTES_MAX {
            // What follows in this frame must be runs too: a frame's runs come behind its batches.
            let partition = self.partitions.get_mut(&id).expect("checked by the caller");
            let placement = &mut partition.placement;
            self.hot_count += usize::from(!placement.is_hot);
            placement.is_hot = true;
            placement.tick_bytes = length_bytes;
            placement.tick_sequence = sequence;
            return true;
        }
        let partition = self.partitions.get_mut(&id).expect("checked by the caller");
        let placement = &mut partition.placement;
        if placement.tick_sequence != sequence {
            let wants_runs = placement.tick_bytes >= engine.run_bytes_min;
            let was_hot = placement.is_hot;
            let has_room = was_hot || self.hot_count < HOT_PARTITIONS_MAX;
            placement.is_hot = wants_runs && has_room;
            if placement.is_hot && placement.unsettled_room_bytes > 0 {
                // The runs to come are accounted for only when what lies before them is settled.
                self.settle_first.push_front(id);
            }
            match (was_hot, placement.is_hot) {
                (false, true) => self.hot_count += 1,
                (true, false) => {
                    self.hot_count -= 1;
                    placement.run_buffer = None;
                }
                _ => {}
            }
            placement.tick_sequence = sequence;
            placement.tick_bytes = 0;
        }
        placement.tick_bytes += length_bytes;
        placement.is_hot
    }
}

/// Partitions that may gather runs in regions of their own at once.
const HOT_PARTITIONS_MAX: usize = 16;
