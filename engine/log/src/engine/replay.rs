//! The carrying out of a recovery plan, frame by frame.

use super::Inner;
use super::replay_entry::Late;
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::journal::chunks;
use crate::journal::entry::Entry;
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameHeader, Payload, Place};
use crate::journal::ledger::FrameRecord;
use crate::journal::plan::{Plan, Step};
use crate::journal::run_place::RunPlace;
use crate::segment::index::stretch_crc;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{Buffer, File, Slice};
use std::collections::{BTreeMap, BTreeSet};

/// The carrying out of a plan.
pub(super) struct Replay<'s> {
    inner: &'s Inner,
    files: &'s BTreeMap<u32, (File, u64)>,
    /// The region of the journal that is in memory, and from which position on.
    region: Option<(u32, u32, Slice)>,
    replayed: Replayed,
}

/// What recovery must make stable.
#[derive(Default)]
pub(super) struct Replayed {
    /// The chunks that hold what was replayed, in order, each with its last frame.
    pub(super) used: Vec<(u32, u64)>,
    /// The segments of runs that nothing proves to have been stable, with their names.
    pub(super) unproven_runs: BTreeSet<(PartitionId, Offset)>,
}

impl<'s> Replay<'s> {
    pub(super) fn new(inner: &'s Inner, files: &'s BTreeMap<u32, (File, u64)>) -> Self {
        Self { inner, files, region: None, replayed: Replayed::default() }
    }

    pub(super) fn into_replayed(self) -> Replayed {
        self.replayed
    }

    /// Carries the steps out; gives the frame before which the plan is to be cut, if a run that was
    /// never acknowledged turns out to be torn.
    pub(super) async fn run(&mut self, plan: &Plan) -> Result<Option<u64>> {
        for step in &plan.steps {
            match step {
                Step::Replay(header) => {
                    let is_proven = header.sequence < plan.proven_synced;
                    if !self.replay_frame(header, is_proven).await? {
                        return Ok(Some(header.sequence));
                    }
                }
                Step::Rot { last_sequence, header, .. } => {
                    self.pass_rot(*last_sequence).await?;
                    if let Some(header) = header {
                        self.note_used(header);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Damage took frames that had been acknowledged. Which partitions they spoke of is unknown:
    /// every one is under suspicion until a later frame shows where it went on.
    async fn pass_rot(&mut self, last_sequence: u64) -> Result<()> {
        // How many frames are lost is what one of them says: no memory is taken by that number.
        // What comes before them is settled, and the frames are counted on from behind them.
        self.inner.settle_all().await?;
        self.inner.evict_to(0);
        let mut state = self.inner.state.borrow_mut();
        for partition in state.partitions.values_mut() {
            partition.is_suspect = true;
        }
        state.ledger.restart(last_sequence + 1);
        state.is_checkpoint_due = true;
        Ok(())
    }

    fn note_used(&mut self, header: &FrameHeader) {
        let used = &mut self.replayed.used;
        match used.last_mut() {
            Some((chunk, sequence)) if *chunk == header.place.chunk => *sequence = header.sequence,
            _ => used.push((header.place.chunk, header.sequence)),
        }
    }

    /// `false` if the frame is torn after all, and nothing of it was replayed.
    async fn replay_frame(&mut self, header: &FrameHeader, is_proven: bool) -> Result<bool> {
        let bytes = self.frame_bytes(header).await?;
        let payload_bytes = bytes.slice(FRAME_HEADER_BYTES..bytes.len());
        let Ok(payload) = header.check_payload(&payload_bytes) else {
            // It was right a moment ago, when the survey read it: the disk cannot be trusted.
            return Err(self.refuse(header, "a frame changed while it was read; check the disk"));
        };
        if !is_proven && !self.are_runs_whole(&payload, header.sequence).await? {
            // The frame reached the disk, but a run that it names did not: it was never
            // acknowledged, and neither was anything behind it.
            return Ok(false);
        }
        let late = self.replay_payload(header, &payload, &payload_bytes);
        self.note_used(header);
        self.inner.replay_late(late).await?;
        self.inner.relieve_memory().await?;
        Ok(true)
    }

    fn refuse(&self, header: &FrameHeader, reason: &'static str) -> LogError {
        let journal = self.inner.directory.join("journal");
        LogError::NotALog { path: chunks::chunk_path(&journal, header.place.chunk), reason }
    }

    fn replay_payload(
        &self,
        header: &FrameHeader,
        payload: &Payload<'_>,
        payload_bytes: &Slice,
    ) -> Vec<Late> {
        let mut guard = self.inner.state.borrow_mut();
        let state = &mut *guard;
        // First the frame with all of its batches, then the batches, each of which may turn out to
        // be known already, or to be gone before the frame ends.
        state.ledger.push_recovered(record(header, payload), header.hash());
        let mut late = Vec::new();
        let mut entries = payload.entries();
        while let Some(entry) = entries.next() {
            let entry = entry.expect("the survey read them all");
            let bytes = || payload_bytes.slice(entries.position());
            state.replay(&entry, bytes, header.sequence, &mut late);
        }
        late
    }

    /// The frame's bytes within a region of memory that mirrors the region on disk.
    async fn frame_bytes(&mut self, header: &FrameHeader) -> Result<Slice> {
        let Place { chunk, position } = header.place;
        let region_bytes = u32::try_from(REGION_BYTES).expect("a region is below 4 GiB");
        let region = position / region_bytes * region_bytes;
        let cached = matches!(&self.region, Some((c, r, _)) if (*c, *r) == (chunk, region));
        if !cached {
            self.region = None;
            let buffer = self.inner.region_for_recovery().await?;
            let (file, _) = &self.files[&chunk];
            let (result, buffer) = file.read_at(buffer, Position::new(u64::from(region))).await;
            result?;
            self.region = Some((chunk, region, buffer.freeze()));
        }
        let (_, _, bytes) = self.region.as_ref().expect("read above");
        let start = (position - region) as usize;
        Ok(bytes.slice(start..start + header.frame_bytes as usize))
    }

    /// Compares the checksums of the runs that a frame names, as far as they matter still.
    ///
    /// The files of a partition that is deleted, trimmed or cut go with the checkpoint that says
    /// so, and a run that is missing for this reason must not cut the journal: what lies behind it
    /// may be acknowledged.
    async fn are_runs_whole(&mut self, payload: &Payload<'_>, sequence: u64) -> Result<bool> {
        let runs: Vec<(PartitionId, RunPlace)> = {
            let state = self.inner.state.borrow();
            let entries = payload.entries().flatten();
            let runs = entries.filter_map(|entry| match entry {
                Entry::Run { partition, run } => Some((partition, run)),
                _ => None,
            });
            runs.filter(|(id, run)| state.needs_run(*id, run, sequence)).collect()
        };
        if flaw::is_on(Flaw::NoRunCheck) {
            return Ok(true);
        }
        for (partition, run) in runs {
            if !self.inner.is_run_whole(partition, &run).await? {
                return Ok(false);
            }
            self.replayed.unproven_runs.insert((partition, run.segment));
        }
        Ok(true)
    }
}

/// What the ledger gets of a frame: all of its batches, and none of them settled.
fn record(header: &FrameHeader, payload: &Payload<'_>) -> FrameRecord {
    let mut unsettled_count = 0;
    let mut touched = Vec::new();
    for entry in payload.entries().flatten() {
        if let Entry::Batch { partition, .. } | Entry::Run { partition, .. } = entry {
            unsettled_count += 1;
            touched.push(partition);
        }
    }
    touched.dedup();
    FrameRecord {
        place: header.place,
        previous_hash: header.previous_hash,
        memory_bytes: u64::from(header.frame_bytes),
        memory_before_bytes: 0,
        unsettled_count,
        touched,
        flight: None,
    }
}

impl Inner {
    async fn is_run_whole(&self, partition: PartitionId, run: &RunPlace) -> Result<bool> {
        let file = match self.segment_to_read(partition, run.segment).await {
            Ok(file) => file,
            Err(LogError::Io(error)) if error.is_not_found() => return Ok(false),
            Err(error) => return Err(error),
        };
        let block = BLOCK_BYTES as u64;
        let start = run.position.get() / block * block;
        let end = (run.position.get() + u64::from(run.length_bytes)).next_multiple_of(block);
        let Ok(length) = usize::try_from(end - start) else { return Ok(false) };
        let (result, buffer) = file.read_at(Buffer::unpooled(length), Position::new(start)).await;
        let count = result?;
        let within = usize::try_from(run.position.get() - start).expect("below a block");
        let bytes = buffer[..count].get(within..within + run.length_bytes as usize);
        Ok(bytes.is_some_and(|bytes| {
            stretch_crc(partition, run.segment, run.position, bytes) == run.crc
        }))
    }

    /// A region to read the journal into; what is replayed already is settled to make room.
    async fn region_for_recovery(&self) -> Result<Buffer> {
        loop {
            match self.io.buffers().region() {
                Ok(region) => return Ok(region),
                Err(_) => {
                    self.settle_all().await?;
                    let before = self.state.borrow().ledger.memory_bytes();
                    self.evict_to(0);
                    if self.state.borrow().ledger.memory_bytes() == before {
                        return Ok(Buffer::unpooled(REGION_BYTES));
                    }
                }
            }
        }
    }

    /// Keeps the replayed tail within the memory that there is: a journal may be larger. Nobody
    /// reads yet, so what readers may pin is the tail's too. The less often all is settled, the
    /// fewer writes it takes, and what need not be settled here is the background's.
    async fn relieve_memory(&self) -> Result<()> {
        let limit = self.options.tail_bytes_max + self.options.pinned_bytes_max;
        let unsettled_bytes = self.state.borrow().ledger.unsettled_memory_bytes();
        if unsettled_bytes > limit || self.are_buffers_short() {
            self.settle_all().await?;
            self.evict_to(self.options.tail_bytes_max / 8 * 3);
        }
        Ok(())
    }
}
