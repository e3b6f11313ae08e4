//! Recovery: checkpoint and journal in, running state out. The decisions are the planner's
//! ([`crate::journal::plan`]); [`super::replay`] carries them out.

use super::Inner;
use super::journal_files::{check_entries, open_chunks, survey_all};
use super::replay::Replay;
use super::state::{Counters, Spares, State};
use super::tail_demand::TailDemand;
use crate::checkpoint::Checkpoint;
use crate::engine::snapshot::loaded_options;
use crate::error::Result;
use crate::flaw::{self, Flaw};
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
        room: Signal::default(),
    };
    let mut replay = Replay::new(&inner, &chunk_files);
    let torn = replay.run(&plan).await?;
    let used = replay.into_used();
    if let Some(sequence) = torn {
        plan.cut(sequence);
    }
    inner.epoch_start = plan.next_sequence;
    inner.resume(&plan, used, chunk_files, &written).await?;
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
            tail_demand: TailDemand::default(),
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
    /// Goes on behind the last good frame: a new epoch, on stable ground.
    async fn resume(
        &self,
        plan: &Plan,
        used: Vec<(u32, u64)>,
        files: BTreeMap<u32, (File, u64)>,
        written: &BTreeSet<u32>,
    ) -> Result<()> {
        // What was replayed may have been only in the device's cache when the last process died.
        // It is about to be served, so it must be stable before.
        for (chunk, _) in used.iter().filter(|_| !flaw::is_on(Flaw::ServeUnsynced)) {
            files[chunk].0.sync_data().await?;
        }
        let next = plan.next_place.filter(|place| files.contains_key(&place.chunk));
        let region_position = next.map_or(0, |place| place.position as usize % REGION_BYTES);
        {
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
        }
        self.checkpoint_alone().await?;
        self.state.borrow_mut().is_recovering = false;
        Ok(())
    }
}

const CHUNK_BYTES: u64 = JOURNAL_CHUNK_BYTES as u64;
