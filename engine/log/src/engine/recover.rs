//! Recovery: checkpoint and journal in, running state out. The decisions are the planner's
//! ([`crate::journal::plan`]); [`super::replay`] carries them out.

use super::Inner;
use super::journal_files::{ChunkFiles, check_entries, open_chunks, survey_all};
use super::read_cache::ReadCache;
use super::read_window::ReadWindow;
use super::replay::{Replay, Replayed};
use super::settle_pace::SettlePace;
use super::snapshot::{SYNCS_IN_FLIGHT_MAX, checkpoint_path, write_whole};
use super::state::{Counters, Spares, State};
use super::tail_demand::TailDemand;
use crate::checkpoint::Checkpoint;
use crate::engine::snapshot::loaded_options;
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::join::try_for_each;
use crate::journal::chunks::Chunks;
use crate::journal::ledger::Ledger;
use crate::journal::plan::{Plan, plan};
use crate::journal::staging::Staging;
use crate::options::EngineOptions;
use crate::partition::Partition;
use crate::segment::Segment;
use crate::segment::files::Files;
use crate::signal::Signal;
use millstream_base::hash::Map;
use millstream_base::limits::{JOURNAL_CHUNK_BYTES, REGION_BYTES};
use millstream_base::{Latencies, Offset, PartitionId};
use millstream_io::{File, Io};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// Opens a shard's files and replays its journal.
pub(crate) async fn recover(
    io: &Io,
    path: &Path,
    checkpoint: Checkpoint,
    options: EngineOptions,
) -> Result<Inner> {
    let chunk_files = open_chunks(io, path, &checkpoint).await?;
    let sightings = survey_all(io, &chunk_files, &checkpoint, path).await?;
    let start = checkpoint.journal;
    let mut plan = plan(&start, &sightings);
    check_entries(&sightings, &plan, path)?;
    let written = sightings.iter().map(|sighting| sighting.header.place.chunk).collect();
    drop(sightings);
    let state = State::at_checkpoint(&checkpoint, &options, io)?;
    let mut inner = Inner {
        io: io.clone(),
        directory: path.to_owned(),
        lock: None,
        log_id: checkpoint.log_id,
        shard: checkpoint.shard,
        epoch: plan.next_epoch,
        epoch_start: 0,
        options,
        state: RefCell::new(state),
        work: Signal::default(),
        background: Signal::default(),
        gathering: super::Gathering::new(),
        crowd: millstream_io::Crowd::new(),
        read_window: ReadWindow::new(io.clone()),
        room: Signal::default(),
    };
    let mut replay = Replay::new(&inner, &chunk_files);
    let torn = replay.run(&plan).await?;
    let Replayed { used, unproven_runs } = replay.into_replayed();
    if let Some(sequence) = torn {
        plan.cut(sequence);
    }
    inner.epoch_start = plan.next_sequence;
    inner.make_stable(&used, unproven_runs, &chunk_files).await?;
    inner.resume(&plan, used, chunk_files, &written)?;
    inner.name_opening(checkpoint, &plan).await?;
    inner.state.borrow_mut().is_recovering = false;
    Ok(inner)
}

impl State {
    /// The state that a checkpoint describes, before any of the journal.
    fn at_checkpoint(checkpoint: &Checkpoint, options: &EngineOptions, io: &Io) -> Result<Self> {
        let start = checkpoint.journal;
        let mut state = Self {
            partitions: Map::default(),
            names: BTreeMap::new(),
            next_partition: checkpoint.next_partition,
            staging: Staging::new(start.sequence, 0, io.buffers())?,
            sealing_waiters: Vec::new(),
            ledger: Ledger::new(start.sequence, start.previous_hash),
            chunks: Chunks::new(options.journal_bytes_max),
            files: Files::default(),
            fault: None,
            is_closing: false,
            truncation_count: 0,
            is_disk_full: false,
            reserve_use_count: 0,
            is_recovering: true,
            settle_first: VecDeque::new(),
            settle_pace: SettlePace::default(),
            tail_demand: TailDemand::default(),
            read_cache: ReadCache::new(options.read_cache_bytes_max),
            hot_count: 0,
            generation: checkpoint.generation,
            released_sequence: start.sequence,
            is_checkpointing: false,
            new_names: BTreeMap::new(),
            creating: BTreeSet::new(),
            name_count: 0,
            doomed: Vec::new(),
            doomed_bytes: 0,
            doomed_directories: Vec::new(),
            spares: Spares::default(),
            is_checkpoint_due: false,
            counters: Counters::default(),
            commits: Latencies::new(),
        };
        for stored in &checkpoint.partitions {
            let options = loaded_options(&stored.options);
            let mut partition = Partition::new(stored.id, stored.name.clone(), options);
            partition.set_start(stored.start_offset);
            partition.segments = stored.segments.iter().map(Segment::load).collect();
            partition.reset_end(stored.next_offset, stored.next_offset);
            partition.quarantine.clone_from(&stored.quarantine);
            partition.is_suspect = stored.is_suspect;
            partition.barrier_sequence = stored.barrier_sequence;
            state.names.insert(stored.name.clone(), stored.id);
            state.partitions.insert(stored.id, partition);
        }
        Ok(state)
    }
}
impl Inner {
    /// What was replayed may have been only in the device's cache when the last process died. It is
    /// about to be served, so it must be stable before. What was settled meanwhile need not be: the
    /// journal has it.
    async fn make_stable(
        &self,
        used: &[(u32, u64)],
        unproven_runs: BTreeSet<(PartitionId, Offset)>,
        files: &ChunkFiles,
    ) -> Result<()> {
        if flaw::is_on(Flaw::ServeUnsynced) {
            return Ok(());
        }
        let chunks = used.iter().map(|(chunk, _)| files[chunk].0.clone());
        let sync_chunk = async |chunk: File| chunk.sync_data().await.map_err(LogError::from);
        try_for_each(SYNCS_IN_FLIGHT_MAX, chunks, sync_chunk).await?;
        let mut partitions: Vec<_> =
            unproven_runs.iter().map(|(partition, _)| *partition).collect();
        partitions.dedup();
        let sync_run = async |(partition, base)| {
            let file = self.segment_to_read(partition, base).await?;
            file.sync_data().await.map_err(LogError::from)
        };
        try_for_each(SYNCS_IN_FLIGHT_MAX, unproven_runs, sync_run).await?;
        self.sync_names_of(partitions).await
    }

    /// Goes on behind the last good frame.
    fn resume(
        &self,
        plan: &Plan,
        used: Vec<(u32, u64)>,
        files: ChunkFiles,
        written: &BTreeSet<u32>,
    ) -> Result<()> {
        let next = plan.next_place.filter(|place| files.contains_key(&place.chunk));
        let region_position = next.map_or(0, |place| place.position as usize % REGION_BYTES);
        let mut guard = self.state.borrow_mut();
        let state = &mut *guard;
        for (chunk, (file, length_bytes)) in files {
            let zeroed_bytes = match next {
                // Behind the last frame of the first turn nothing was ever written.
                Some(place) if place.chunk == chunk => {
                    u64::from(place.position).next_multiple_of(REGION_BYTES as u64)
                }
                _ if written.contains(&chunk) && length_bytes >= CHUNK_BYTES => CHUNK_BYTES,
                _ => 0,
            };
            state.chunks.add(chunk, file, zeroed_bytes);
        }
        state.chunks.resume(used, next);
        state.staging = Staging::new(plan.next_sequence, region_position, self.io.buffers())?;
        state.ledger.set_last_hash(plan.previous_hash);
        Ok(())
    }

    /// Writes the checkpoint that names this opening. It says of the partitions what the last one
    /// said, so there is nothing that must be made stable before it: what was replayed is in the
    /// journal still. The background writes the next one, in its own time.
    async fn name_opening(&self, mut checkpoint: Checkpoint, plan: &Plan) -> Result<()> {
        checkpoint.generation += 1;
        checkpoint.journal.epoch = self.epoch;
        checkpoint.journal.epoch_start = self.epoch_start;
        checkpoint.journal.synced_upto = plan.next_sequence;
        let bytes = checkpoint.encode();
        let path = checkpoint_path(&self.directory, checkpoint.generation);
        self.with_reserve(async || write_whole(&self.io, &path, &bytes).await).await?;
        let mut state = self.state.borrow_mut();
        state.generation = checkpoint.generation;
        state.is_checkpoint_due |= !plan.steps.is_empty();
        state.counters.checkpoints.add(1);
        state.counters.metadata_bytes.add(bytes.len() as u64);
        Ok(())
    }
}

const CHUNK_BYTES: u64 = JOURNAL_CHUNK_BYTES as u64;
