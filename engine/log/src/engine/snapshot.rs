//! Checkpoints: what recovery starts from, so that the journal before it can be used again.

use super::Inner;
use super::state::State;
use crate::checkpoint::Checkpoint;
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::join::try_for_each;
use crate::journal::start::JournalStart;
use crate::options::{Flush, PartitionOptions};
use crate::partition::Partition;
use crate::partition_state::PartitionState;
use crate::segment::{Segment, files};
use crate::stored_options::StoredOptions;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{Buffer, Durability, File, IoError, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Segments that are synced at once.
pub(crate) const SYNCS_IN_FLIGHT_MAX: usize = 16;

impl Inner {
    /// Writes a checkpoint of everything that is settled, and frees the journal before it.
    ///
    /// The order is what makes it safe: state is taken at one moment; everything in it is made
    /// stable (the journal by waiting, the segments and indexes by a sync each); only then does the
    /// checkpoint exist, durably; and only then is journal space given up. Where any of that fails,
    /// the next checkpoint has all of it to do again.
    pub(crate) async fn checkpoint(&self) -> Result<()> {
        self.check_sound()?;
        let Some(mut taken) = self.take_checkpoint() else { return Ok(()) };
        if flaw::is_on(Flaw::RemoveEarly) {
            self.remove_doomed(&mut taken).await?;
        }
        let result = self.write_checkpoint(&taken).await;
        match result {
            Ok(()) => taken.dirty.clear(),
            Err(error) => {
                self.give_back(taken);
                return Err(error);
            }
        }
        let removed = self.remove_doomed(&mut taken).await;
        if removed.is_err() {
            self.give_back(taken);
        }
        removed
    }

    /// After a failed write or sync nobody knows what is on the disk, and a sync that succeeds
    /// later does not cover what that one lost: no checkpoint may vouch for it (F10).
    fn check_sound(&self) -> Result<()> {
        self.state.borrow().fault.clone().map_or(Ok(()), Err)
    }

    fn take_checkpoint(&self) -> Option<Taken> {
        let mut state = self.state.borrow_mut();
        let checkpoint = self.snapshot(&mut state)?;
        let dirty = take_dirty(&mut state);
        state.is_checkpoint_due = false;
        state.doomed_bytes = 0;
        Some(Taken {
            checkpoint,
            dirty,
            doomed: std::mem::take(&mut state.doomed),
            doomed_directories: std::mem::take(&mut state.doomed_directories),
            staged_sequence: state.staging.last_sequence(),
        })
    }

    async fn write_checkpoint(&self, taken: &Taken) -> Result<()> {
        if let Some(sequence) = taken.staged_sequence {
            self.stable_sequence(sequence).await?;
        }
        try_for_each(SYNCS_IN_FLIGHT_MAX, &taken.dirty, |dirty| self.sync_segment(dirty)).await?;
        let mut partitions: Vec<_> = taken.dirty.iter().map(|dirty| dirty.partition).collect();
        partitions.dedup();
        self.sync_names_of(partitions).await?;
        let bytes = taken.checkpoint.encode();
        let path = checkpoint_path(&self.directory, taken.checkpoint.generation);
        self.check_sound()?;
        self.with_reserve(async || write_whole(&self.io, &path, &bytes).await).await?;
        self.free_before(&taken.checkpoint, bytes.len());
        Ok(())
    }

    async fn remove_doomed(&self, taken: &mut Taken) -> Result<()> {
        self.remove_segments(taken.doomed.clone()).await?;
        taken.doomed.clear();
        while let Some(partition) = taken.doomed_directories.last().copied() {
            self.remove_partition_directory(partition).await?;
            taken.doomed_directories.pop();
        }
        Ok(())
    }

    /// What a checkpoint did not come to is for the next one.
    fn give_back(&self, taken: Taken) {
        let mut state = self.state.borrow_mut();
        state.is_checkpoint_due = true;
        state.doomed.extend(taken.doomed);
        state.doomed_directories.extend(taken.doomed_directories);
        for dirty in &taken.dirty {
            if let Some(segment) = state.segment_mut(dirty) {
                segment.is_dirty = true;
            }
        }
    }

    /// Gives up what only the checkpoint before the last one needed.
    fn free_before(&self, checkpoint: &Checkpoint, checkpoint_bytes: usize) {
        let mut state = self.state.borrow_mut();
        state.generation = checkpoint.generation;
        state.counters.checkpoints.add(1);
        state.counters.metadata_bytes.add(checkpoint_bytes as u64);
        let needed = checkpoint.journal.sequence;
        let mut older = std::mem::replace(&mut state.released_sequence, needed);
        if flaw::is_on(Flaw::ReleaseEarly) {
            older = state.ledger.stable_sequence();
        }
        state.ledger.forget(older);
        state.chunks.release(older);
        drop(state);
        self.work.notify();
        self.room.notify();
    }

    /// The durable part of the state as it is now, or `None` where there is no journal space to
    /// start from (it is about to be made).
    fn snapshot(&self, state: &mut State) -> Option<Checkpoint> {
        let settled = state.ledger.settled_sequence();
        let next_place = state.chunks.next_place(state.staging.region_position());
        let (sequence, place, previous_hash) = match (state.ledger.get(settled), next_place) {
            (Some(record), _) => (settled, record.place, record.previous_hash),
            (None, Some(place)) => (settled, place, state.ledger.last_hash()),
            (None, None) => {
                // The last chunk is full to its end, and only this checkpoint may free another: it
                // begins with the last frame, which is settled, so that its replay changes nothing.
                let last = settled.checked_sub(1)?;
                let record = state.ledger.get(last)?;
                (last, record.place, record.previous_hash)
            }
        };
        let mut partitions: Vec<_> = state.partitions.values().map(partition_state).collect();
        partitions.sort_unstable_by_key(|partition| partition.id);
        Some(Checkpoint {
            log_id: self.log_id,
            shard: self.shard,
            generation: state.generation + 1,
            journal: JournalStart {
                place,
                sequence,
                previous_hash,
                synced_upto: state.ledger.stable_sequence(),
                epoch: self.epoch,
                epoch_start: self.epoch_start,
            },
            next_partition: state.next_partition,
            partitions,
        })
    }

    /// Writes what the index files lack, durably: an older block would describe what an earlier
    /// life had put elsewhere.
    ///
    /// On a full disk they lack it for longer. Only where there are no blocks can there be no room
    /// for them, so the index then ends there, and whoever reads it makes the rest again.
    async fn write_index(&self, dirty: &Dirty) -> Result<()> {
        let (position, blocks) = {
            let owner = self.index_owner(dirty.partition, dirty.base);
            let mut state = self.state.borrow_mut();
            let segment = state.segment_mut(dirty);
            // As it is by now, which may be more than the checkpoint says; readers leave it out.
            segment.map_or((0, Vec::new()), |segment| segment.take_index_blocks(&owner))
        };
        if blocks.is_empty() {
            return Ok(());
        }
        let result = self.write_index_blocks(dirty, position, &blocks).await;
        let mut state = self.state.borrow_mut();
        if result.is_err()
            && let Some(segment) = state.segment_mut(dirty)
        {
            segment.put_index_blocks(position);
        }
        match result {
            Err(LogError::DiskFull) => {
                drop(state);
                self.note_full();
                return Ok(());
            }
            result => result?,
        }
        state.counters.metadata_bytes.add(blocks.len() as u64);
        if position == 0 {
            state.note_new_name(dirty.partition);
        }
        Ok(())
    }

    async fn write_index_blocks(&self, dirty: &Dirty, position: u64, blocks: &[u8]) -> Result<()> {
        let path = files::index_path(&self.directory, dirty.partition, dirty.base);
        let file = self.open_file(&path, OpenOptions::write_direct()).await?;
        reserve_length(&file, position + blocks.len() as u64).await?;
        let mut buffer = Buffer::unpooled(blocks.len());
        buffer.copy_from_slice(blocks);
        file.write_at(vec![buffer.freeze()], Position::new(position), Durability::Stable).await?;
        Ok(())
    }

    /// Makes durable what the checkpoint says of one segment. A sync that fails is final.
    async fn sync_segment(&self, dirty: &Dirty) -> Result<()> {
        self.write_index(dirty).await?;
        let file = self.segment_to_read(dirty.partition, dirty.base).await?;
        if !flaw::is_on(Flaw::NoSegmentSync) {
            file.sync_data().await.map_err(final_fault)?;
        }
        Ok(())
    }
}

/// A failed sync is final, also where the disk says that it is full, which otherwise passes: the
/// next one may succeed although what this one should have covered is lost (F10).
pub(crate) fn final_fault(error: IoError) -> LogError {
    LogError::Io(Arc::new(error))
}

/// What a checkpoint takes on itself.
struct Taken {
    checkpoint: Checkpoint,
    dirty: Vec<Dirty>,
    doomed: Vec<(PartitionId, Offset)>,
    doomed_directories: Vec<PartitionId>,
    /// The last frame that the state may rest on.
    staged_sequence: Option<u64>,
}

/// A segment that changed since the last checkpoint. What its index file gets is made when it is
/// written: a block for each of thousands of segments at once would be as many pages of memory.
struct Dirty {
    partition: PartitionId,
    base: Offset,
}

impl State {
    fn segment_mut(&mut self, dirty: &Dirty) -> Option<&mut Segment> {
        self.partitions.get_mut(&dirty.partition)?.segment_mut(dirty.base)
    }
}

fn take_dirty(state: &mut State) -> Vec<Dirty> {
    let mut dirty = Vec::new();
    for partition in state.partitions.values_mut() {
        let id = partition.id;
        for segment in partition.segments.iter_mut().filter(|segment| segment.is_dirty) {
            segment.is_dirty = false;
            dirty.push(Dirty { partition: id, base: segment.base });
        }
    }
    // Map order depends on ids only, but the disk likes neighbours, and people like sorted traces.
    dirty.sort_by_key(|entry| (entry.partition, entry.base));
    dirty
}

fn partition_state(partition: &Partition) -> PartitionState {
    let segments = partition.segments.iter().map(Segment::state);
    PartitionState {
        id: partition.id,
        name: partition.name.clone(),
        options: stored_options(&partition.options),
        // A trim may run ahead of settling. What it takes is then still replayed, and so is the
        // trim itself, since its frame comes behind all of that.
        start_offset: partition.start().min(partition.settled()),
        next_offset: partition.settled(),
        barrier_sequence: partition.barrier_sequence,
        segments: segments.collect(),
        quarantine: partition.quarantine.clone(),
        is_suspect: partition.is_suspect,
    }
}

/// Options as the disk has them.
pub(crate) fn stored_options(options: &PartitionOptions) -> StoredOptions {
    let to_i64 =
        |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok()).unwrap_or(-1);
    let retention_ms = options.retention.and_then(|time| u64::try_from(time.as_millis()).ok());
    StoredOptions {
        segment_bytes: options.segment_bytes,
        retention_bytes: to_i64(options.retention_bytes),
        retention_ms: to_i64(retention_ms),
        batch_bytes_max: u32::try_from(options.batch_bytes_max).unwrap_or(u32::MAX),
        flush: u8::from(options.flush == Flush::Relaxed),
    }
}

/// Options as the engine has them. What the disk says was checked when it was stored.
pub(crate) fn loaded_options(stored: &StoredOptions) -> PartitionOptions {
    let retention_ms = u64::try_from(stored.retention_ms).ok();
    PartitionOptions {
        flush: if stored.flush == 0 { Flush::Durable } else { Flush::Relaxed },
        segment_bytes: stored.segment_bytes,
        retention_bytes: u64::try_from(stored.retention_bytes).ok(),
        retention: retention_ms.map(Duration::from_millis),
        batch_bytes_max: stored.batch_bytes_max as usize,
    }
}

/// The two checkpoint files are written in turn, so that one is whole at every moment.
pub(crate) fn checkpoint_path(shard: &Path, generation: u64) -> PathBuf {
    shard.join(format!("checkpoint-{}", generation % 2))
}

/// Writes a file of whole blocks in place, durably.
pub(crate) async fn write_whole(io: &millstream_io::Io, path: &Path, bytes: &[u8]) -> Result<()> {
    assert!(bytes.len().is_multiple_of(BLOCK_BYTES), "whole blocks");
    let file: File = io.open(path, OpenOptions::write_direct()).await?;
    reserve_length(&file, bytes.len() as u64).await?;
    let mut buffer = Buffer::unpooled(bytes.len());
    buffer.copy_from_slice(bytes);
    file.write_at(vec![buffer.freeze()], Position::ZERO, Durability::Stable).await?;
    Ok(())
}

/// Makes a file so long, in blocks of its own: a write that finds the disk full ends short, and
/// nobody can tell that from a fault of the disk.
async fn reserve_length(file: &File, bytes: u64) -> Result<()> {
    if file.length_bytes().await? < bytes {
        file.allocate(Position::ZERO, bytes).await?;
    }
    Ok(())
}
