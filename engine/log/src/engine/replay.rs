//! Replaying: the steps of a plan carried out, frame by frame.

use super::Inner;
use super::state::State;
use crate::engine::snapshot::loaded_options;
use crate::error::{LogError, Result};
use crate::journal::chunks;
use crate::journal::entry::Entry;
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameHash, FrameHeader, Payload, Place};
use crate::journal::ledger::FrameRecord;
use crate::journal::plan::{Plan, Step};
use crate::journal::run_place::RunPlace;
use crate::partition::{Partition, Placement, RunSpot, TailItem, room_bytes};
use crate::segment::index::stretch_crc;
use crate::segment::{Segment, account_runs};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_batch::HeaderView;
use millstream_io::{Buffer, File, Slice};
use std::collections::BTreeMap;

/// The carrying out of a plan.
pub(super) struct Replay<'s> {
    inner: &'s Inner,
    files: &'s BTreeMap<u32, (File, u64)>,
    /// The region of the journal that is in memory, and from which position on.
    region: Option<(u32, u32, Slice)>,
    /// The chunks that hold what was replayed, in order, each with its last frame.
    used: Vec<(u32, u64)>,
}

impl<'s> Replay<'s> {
    pub(super) fn new(inner: &'s Inner, files: &'s BTreeMap<u32, (File, u64)>) -> Self {
        Self { inner, files, region: None, used: Vec::new() }
    }

    /// The chunks that hold what was replayed, in order, each with its last frame.
    pub(super) fn into_used(self) -> Vec<(u32, u64)> {
        self.used
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
                Step::Rot { first_sequence, last_sequence, header, .. } => {
                    self.pass_rot(*first_sequence, *last_sequence);
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
    fn pass_rot(&mut self, first_sequence: u64, last_sequence: u64) {
        let mut state = self.inner.state.borrow_mut();
        for partition in state.partitions.values_mut() {
            partition.is_suspect = true;
        }
        let place = Place { chunk: 0, position: 0 };
        for _ in first_sequence..=last_sequence {
            state.ledger.push_recovered(FrameRecord::lost(place), FrameHash::NONE);
        }
        state.is_checkpoint_due = true;
    }

    fn note_used(&mut self, header: &FrameHeader) {
        match self.used.last_mut() {
            Some((chunk, sequence)) if *chunk == header.place.chunk => *sequence = header.sequence,
            _ => self.used.push((header.place.chunk, header.sequence)),
        }
    }

    /// `false` if the frame is torn after all, and nothing of it was replayed.
    async fn replay_frame(&mut self, header: &FrameHeader, is_proven: bool) -> Result<bool> {
        let bytes = self.frame_bytes(header).await?;
        let payload_bytes = bytes.slice(FRAME_HEADER_BYTES..bytes.len());
        let Ok(payload) = header.check_payload(&payload_bytes) else {
            // It was right a moment ago, when the survey read it: the disk cannot be trusted.
            return Err(LogError::NotALog {
                path: chunks::chunk_path(&self.inner.directory.join("journal"), header.place.chunk),
                reason: "a frame changed while it was read; check the disk",
            });
        };
        if !is_proven && !self.are_runs_whole(&payload).await? {
            // The frame reached the disk, but a run that it names did not: it was never
            // acknowledged, and neither was anything behind it.
            return Ok(false);
        }
        let mut record = FrameRecord {
            place: header.place,
            previous_hash: header.previous_hash,
            memory_bytes: u64::from(header.frame_bytes),
            unsettled_count: 0,
            touched: Vec::new(),
            flight: None,
        };
        let mut late = Vec::new();
        {
            let mut state = self.inner.state.borrow_mut();
            let mut entries = payload.entries();
            while let Some(entry) = entries.next() {
                let entry = entry.map_err(|_| LogError::NotALog {
                    path: chunks::chunk_path(
                        &self.inner.directory.join("journal"),
                        header.place.chunk,
                    ),
                    reason: "a frame with a right checksum holds entries that nobody writes",
                })?;
                let range = entries.position();
                let bytes = || payload_bytes.slice(range.clone());
                state.replay(&entry, bytes, header.sequence, &mut record, &mut late);
            }
            state.ledger.push_recovered(record, header.hash());
        }
        self.note_used(header);
        self.inner.replay_late(late).await?;
        self.inner.relieve_memory().await?;
        Ok(true)
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

    /// Compares the checksums of the runs that a frame names.
    async fn are_runs_whole(&self, payload: &Payload<'_>) -> Result<bool> {
        let mut runs: Vec<(PartitionId, RunPlace)> = Vec::new();
        for entry in payload.entries().flatten() {
            if let Entry::Run { partition, run } = entry {
                runs.push((partition, run));
            }
        }
        for (partition, run) in runs {
            if !self.inner.is_run_whole(partition, &run).await? {
                return Ok(false);
            }
        }
        Ok(true)
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
        result?;
        let within = usize::try_from(run.position.get() - start).expect("below a block");
        let bytes = &buffer[within..within + run.length_bytes as usize];
        Ok(stretch_crc(partition, run.segment, run.position, bytes) == run.crc)
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

    /// Keeps the replayed tail within its limit: a journal may be larger than the memory.
    async fn relieve_memory(&self) -> Result<()> {
        let limit = self.options.tail_bytes_max / 4 * 3;
        if self.state.borrow().ledger.unsettled_memory_bytes() > limit {
            self.settle_all().await?;
            self.evict_to(limit / 2);
        }
        Ok(())
    }

    /// Replays what the tail cannot take as it is: a run, whose bytes are in its segment and not in
    /// memory, and what lies behind a hole that damage left. What comes before is settled first; a
    /// hole is quarantined, and the log goes on behind it in a new segment.
    async fn replay_late(&self, late: Vec<Late>) -> Result<()> {
        for Late { partition: id, item, run_end } in late {
            self.settle(id).await?;
            if let Some(run) = item.run {
                self.zero_before(id, run).await?;
            }
            let mut guard = self.state.borrow_mut();
            let state = &mut *guard;
            let Some(partition) = state.partitions.get_mut(&id) else { continue };
            assert_eq!(partition.settled(), partition.next(), "nothing else is under way");
            partition.tail.clear();
            let (next, first) = (partition.next(), item.first_offset);
            if next < first {
                partition.add_quarantine(next, first);
                partition.reset_end(first, first);
                partition.placement = Placement::default();
                if item.run.is_none() {
                    partition.segments.push(Segment::new(first));
                }
            }
            let is_run = item.run.is_some();
            state.replay_item(id, item, run_end);
            if is_run && let Some(partition) = state.partitions.get_mut(&id) {
                partition.tail.clear();
            }
        }
        Ok(())
    }

    /// Zeroes what lies between the end of a segment and a run in it.
    async fn zero_before(&self, id: PartitionId, run: RunSpot) -> Result<()> {
        let end = {
            let state = self.state.borrow();
            let last = state.partitions.get(&id).and_then(|partition| partition.segments.last());
            last.filter(|last| last.base == run.segment).map(Segment::end_bytes)
        };
        let block = BLOCK_BYTES as u64;
        match end {
            Some(end) if end < run.position / block * block => {
                let file = self.segment_to_read(id, run.segment).await?;
                self.zero_gap(&file, end, run.position / block * block).await
            }
            _ => Ok(()),
        }
    }
}

/// Batches that are replayed only after what comes before them is settled.
struct Late {
    partition: PartitionId,
    item: TailItem,
    run_end: Option<(Offset, u64)>,
}

impl State {
    fn replay(
        &mut self,
        entry: &Entry<'_>,
        bytes: impl FnOnce() -> Slice,
        sequence: u64,
        record: &mut FrameRecord,
        late: &mut Vec<Late>,
    ) {
        if self.is_replayed(entry, sequence) {
            return;
        }
        match entry {
            Entry::Batch { partition, .. } => {
                let bytes = bytes();
                // The frame's checksum vouches for the bytes, and only checked batches go in.
                let header = HeaderView::new(&bytes).expect("a batch that was checked");
                let first_offset = header.base_offset();
                let count = i64::from(header.last_offset_delta()) + 1;
                let next_offset = first_offset.checked_add(count).expect("assigned by the log");
                let max_timestamp = header.max_timestamp();
                let item = TailItem {
                    first_offset,
                    next_offset,
                    max_timestamp,
                    bytes,
                    sequence,
                    run: None,
                };
                self.replay_batch(*partition, item, None, record, late);
            }
            Entry::Run { partition, run } => {
                let item = TailItem {
                    first_offset: run.first_offset,
                    next_offset: run.next_offset,
                    max_timestamp: run.max_timestamp,
                    bytes: Slice::from(&[][..]),
                    sequence,
                    run: Some(RunSpot {
                        segment: run.segment,
                        position: run.position.get(),
                        length_bytes: run.length_bytes,
                        crc: run.crc,
                    }),
                };
                let end = run.position.get() + u64::from(run.length_bytes);
                let end = end.next_multiple_of(BLOCK_BYTES as u64);
                self.replay_batch(*partition, item, Some((run.segment, end)), record, late);
            }
            Entry::Create { partition, name, options } => {
                let options = loaded_options(options);
                let created = Partition::new(*partition, name.clone(), options);
                self.partitions.insert(*partition, created);
                self.names.insert(name.clone(), *partition);
                self.next_partition = self.next_partition.max(partition.get() + 1);
            }
            Entry::Delete { partition } => self.remove_partition(*partition),
            Entry::Truncate { .. } => {}
            Entry::Trim { partition, start_offset } => self.apply_trim(*partition, *start_offset),
            Entry::Configure { partition, options } => {
                if let Some(partition) = self.partitions.get_mut(partition) {
                    partition.options = loaded_options(options);
                }
            }
        }
    }

    /// Whether the checkpoint knows the outcome of an entry already.
    fn is_replayed(&self, entry: &Entry<'_>, sequence: u64) -> bool {
        let id = entry.partition();
        match (entry, self.partitions.get(&id)) {
            (_, Some(partition)) => {
                sequence < partition.barrier_sequence || matches!(entry, Entry::Create { .. })
            }
            // Deleted since, or else about to be made.
            (Entry::Create { .. }, None) => id.get() < self.next_partition,
            (_, None) => true,
        }
    }

    fn replay_batch(
        &mut self,
        id: PartitionId,
        item: TailItem,
        run_end: Option<(Offset, u64)>,
        record: &mut FrameRecord,
        late: &mut Vec<Late>,
    ) {
        let partition = self.partitions.get_mut(&id).expect("asked by is_replayed");
        let waits = |late: &&Late| late.partition == id;
        let last_late = late.iter().rev().find(waits);
        let next = last_late.map_or(partition.next(), |late| late.item.next_offset);
        if item.next_offset <= next {
            return;
        }
        // The log goes on here, so nothing of it was lost before.
        partition.is_suspect = false;
        record.unsettled_count += 1;
        if record.touched.last() != Some(&id) {
            record.touched.push(id);
        }
        if last_late.is_none() && item.run.is_none() && item.first_offset == next {
            self.replay_item(id, item, run_end);
        } else {
            late.push(Late { partition: id, item, run_end });
        }
    }

    fn replay_item(&mut self, id: PartitionId, item: TailItem, run_end: Option<(Offset, u64)>) {
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        let next_offset = item.next_offset;
        match run_end {
            Some(run_end) => {
                partition.placement.run_end = Some(run_end);
                partition.placement.unsettled_room_bytes = 0;
            }
            None => partition.placement.unsettled_room_bytes += room_bytes(item.bytes.len()),
        }
        partition.set_next(next_offset);
        partition.tail.push(item);
        partition.set_stable(next_offset);
        account_runs(partition, &mut self.ledger);
    }
}
