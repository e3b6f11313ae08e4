//! Settling: batches move from the tail, where only the journal holds them, to their segments.

use super::Inner;
use crate::error::{LogError, Result};
use crate::partition::{Partition, TailItem, room_bytes};
use crate::run::STRETCH_BYTES;
use crate::segment::index::{IndexEntry, stretch_seed};
use crate::segment::{Segment, account_runs};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_batch::checksum;
use millstream_io::{Buffer, Durability, File, copy_nontemporal};
use std::ops::Range;

/// One gathered write: consecutive batches for one segment.
struct Span {
    partition: PartitionId,
    segment: Offset,
    position: u64,
    items: Vec<TailItem>,
    length_bytes: u64,
    /// Where the run behind this span begins, if it is in the same segment. What is between is
    /// zeroed: recycled space may hold what could be taken for the next batch there.
    run_position: Option<u64>,
}

impl Inner {
    /// Moves what is stable of a partition by now to its segments. Does nothing if somebody else is
    /// at it. What becomes stable meanwhile waits until it is worth a write of its own.
    ///
    /// On an error everything stays as it was, in the tail and in the journal.
    pub(crate) async fn settle(&self, id: PartitionId) -> Result<()> {
        let end = match self.state.borrow_mut().partitions.get_mut(&id) {
            Some(partition) if !partition.is_settling => {
                partition.is_settling = true;
                partition.unsettled_bytes = 0;
                partition.stable()
            }
            _ => return Ok(()),
        };
        let result = self.settle_spans(id, end).await;
        if let Some(partition) = self.state.borrow_mut().partitions.get_mut(&id) {
            partition.is_settling = false;
        }
        self.room.notify();
        self.work.notify();
        result
    }

    async fn settle_spans(&self, id: PartitionId, end: Offset) -> Result<()> {
        loop {
            self.load_last_index(id).await?;
            let span = {
                let state = self.state.borrow();
                let Some(partition) = state.partitions.get(&id) else { return Ok(()) };
                if partition.settled() >= end {
                    return Ok(());
                }
                plan_span(partition)
            };
            let Some(span) = span else { return Ok(()) };
            let end = span.position + span.length_bytes.next_multiple_of(BLOCK_BYTES as u64);
            let file = self.segment_to_settle(id, span.segment, span.position..end).await?;
            let entries = self.write_span(&file, &span).await?;
            self.commit_span(&span, entries);
        }
    }

    /// Only what must be settled for something else may draw on the reserve: what a truncation
    /// waits for, and what is replayed.
    async fn segment_to_settle(
        &self,
        id: PartitionId,
        base: Offset,
        room: Range<u64>,
    ) -> Result<File> {
        let (is_needed, is_full) = {
            let state = self.state.borrow();
            let partition = state.partitions.get(&id);
            let is_cutting = partition.is_some_and(|partition| partition.truncation_count > 0);
            (is_cutting || state.is_recovering, state.is_disk_full)
        };
        if is_needed {
            let writable = async || self.segment_to_write(id, base, room.clone()).await;
            return self.with_reserve(writable).await;
        }
        // Or it would take the blocks that the reserve gave up.
        if is_full { Err(LogError::DiskFull) } else { self.segment_to_write(id, base, room).await }
    }

    /// Writes a span through buffers of one region each, and says what the index gets.
    async fn write_span(&self, file: &File, span: &Span) -> Result<Vec<IndexEntry>> {
        let mut indexer = Indexer::new(span);
        let mut position = span.position;
        let mut left_bytes = span.length_bytes;
        let mut gather = Gather { items: &span.items, item: 0, within: 0 };
        let mut pending = None;
        while left_bytes > 0 {
            let piece_bytes = left_bytes.min(REGION_BYTES as u64);
            let piece_usize = usize::try_from(piece_bytes).expect("at most a region");
            let mut buffer = self.settle_buffer(piece_usize).await?;
            gather.fill(&mut buffer[..piece_usize]);
            buffer[piece_usize..].fill(0);
            let write =
                file.write_at(vec![buffer.freeze()], Position::new(position), Durability::Written);
            // Two in flight: one is copied while the other is written.
            if let Some(previous) = pending.replace(write) {
                previous.await?;
            }
            position += piece_bytes;
            left_bytes -= piece_bytes;
        }
        for item in &span.items {
            indexer.push(item);
        }
        if let Some(last) = pending {
            last.await?;
        }
        if let Some(run_position) = span.run_position {
            let end = position.next_multiple_of(BLOCK_BYTES as u64);
            self.zero_gap(file, end, run_position).await?;
        }
        let written = span.length_bytes.next_multiple_of(BLOCK_BYTES as u64);
        self.state.borrow_mut().counters.settled_bytes.add(written);
        Ok(indexer.finish())
    }

    /// Writes zeros between two writes to a segment that do not touch.
    pub(crate) async fn zero_gap(&self, file: &File, start: u64, end: u64) -> Result<()> {
        let mut position = start;
        while position < end {
            let length = (end - position).min(REGION_BYTES as u64);
            let length_usize = usize::try_from(length).expect("at most a region");
            let mut zeros = self.settle_buffer(length_usize).await?;
            zeros.fill(0);
            let write = vec![zeros.freeze()];
            file.write_at(write, Position::new(position), Durability::Written).await?;
            self.state.borrow_mut().counters.settled_bytes.add(length);
            position += length;
        }
        Ok(())
    }

    /// A buffer rounded up to blocks. The tail may hold the whole pool; then memory of its own is
    /// taken, since settling is what frees the pool.
    async fn settle_buffer(&self, bytes: usize) -> Result<Buffer> {
        let rounded = bytes.next_multiple_of(BLOCK_BYTES);
        match self.io.buffers().buffer(rounded) {
            Ok(buffer) => Ok(buffer),
            Err(_) => Ok(Buffer::unpooled(rounded)),
        }
    }

    fn commit_span(&self, span: &Span, entries: Vec<IndexEntry>) {
        let mut guard = self.state.borrow_mut();
        let state = &mut *guard;
        let Some(partition) = state.partitions.get_mut(&span.partition) else { return };
        assert_eq!(
            partition.settled(),
            span.items[0].first_offset,
            "nothing moves a partition's settled end while it is being settled"
        );
        if partition.segments.last().is_none_or(|last| last.base != span.segment) {
            partition.segments.push(Segment::new(span.segment));
        }
        let segment = partition.segments.last_mut().expect("pushed above if need be");
        entries.into_iter().for_each(|entry| segment.push(entry));
        let is_behind_runs = partition.placement.run_end.is_none();
        for item in &span.items {
            state.ledger.settle(item.sequence, 1);
            if is_behind_runs {
                let room = room_bytes(item.bytes.len());
                partition.placement.unsettled_room_bytes -= room;
            }
        }
        let next = span.items.last().expect("a span has items").next_offset;
        partition.set_settled(next);
        account_runs(partition, &mut state.ledger);
        state.is_checkpoint_due = true;
    }
}

/// Finds the next span of a partition: stable batches up to the next run, as far as they fit into
/// the segment that they belong to.
fn plan_span(partition: &Partition) -> Option<Span> {
    let mut waiting = partition.tail.from(partition.settled()).peekable();
    let first = waiting.peek()?;
    assert!(first.run.is_none(), "runs are accounted for as soon as they can be");
    let first_offset = first.first_offset;
    let mut items: Vec<TailItem> = Vec::new();
    let mut next_run = None;
    for item in waiting {
        if item.run.is_some() {
            next_run = item.run;
            break;
        }
        items.push(item.clone());
    }
    let last = partition.segments.last();
    let (mut segment, mut position) =
        last.map_or((first_offset, 0), |last| (last.base, last.end_bytes()));
    // A run ahead in this segment, stable or not, was placed so that all before it fits; segments
    // may have been told to be smaller since.
    let placed = next_run.map(|run| run.segment);
    let placed = placed.or(partition.placement.gaps.front().map(|gap| gap.segment));
    if let Some(placed) = placed.filter(|placed| *placed > segment) {
        // An earlier life had rolled before the run: so must this one, at the same offset.
        if first_offset >= placed {
            (segment, position) = (placed, 0);
        } else {
            items.retain(|item| item.first_offset < placed);
        }
    }
    let is_bound = placed == Some(segment);
    let total: u64 = items.iter().map(|item| item.bytes.len() as u64).sum();
    let is_over = position + total > partition.options.segment_bytes;
    if is_over && !is_bound {
        let room = partition.options.segment_bytes.saturating_sub(position);
        let fitting = fitting_count(&items, room);
        if fitting == 0 && position > 0 {
            (segment, position) = (first_offset, 0);
        }
        let room = partition.options.segment_bytes.saturating_sub(position);
        items.truncate(fitting_count(&items, room).max(1));
    }
    let length_bytes = items.iter().map(|item| item.bytes.len() as u64).sum();
    let end = items.last().map(|item| item.next_offset);
    let gap = partition.placement.gaps.front();
    let gap = gap.filter(|gap| Some(gap.first_offset) == end && gap.segment == segment);
    let run_position = gap.map(|gap| gap.position);
    Some(Span { partition: partition.id, segment, position, items, length_bytes, run_position })
}

fn fitting_count(items: &[TailItem], room_bytes: u64) -> usize {
    let mut sum = 0;
    items
        .iter()
        .take_while(|item| {
            sum += item.bytes.len() as u64;
            sum <= room_bytes
        })
        .count()
}

/// Copies items one behind the other into buffers that end where they end.
struct Gather<'s> {
    items: &'s [TailItem],
    item: usize,
    within: usize,
}

impl Gather<'_> {
    fn fill(&mut self, mut into: &mut [u8]) {
        while !into.is_empty() {
            let bytes = &self.items[self.item].bytes[self.within..];
            let count = bytes.len().min(into.len());
            let (front, rest) = into.split_at_mut(count);
            copy_nontemporal(&bytes[..count], front);
            into = rest;
            self.within += count;
            if count == bytes.len() {
                self.item += 1;
                self.within = 0;
            }
        }
    }
}

/// Gathers items into stretches for the index.
struct Indexer {
    partition: PartitionId,
    segment: Offset,
    position: u64,
    open: Option<IndexEntry>,
    entries: Vec<IndexEntry>,
}

impl Indexer {
    fn new(span: &Span) -> Self {
        let Span { partition, segment, position, .. } = *span;
        Self { partition, segment, position, open: None, entries: Vec::new() }
    }

    fn push(&mut self, item: &TailItem) {
        let length_bytes = u32::try_from(item.bytes.len()).expect("a batch is below 4 GiB");
        let position = Position::new(self.position);
        let entry = self.open.get_or_insert_with(|| IndexEntry {
            first_offset: item.first_offset,
            next_offset: item.first_offset,
            position,
            length_bytes: 0,
            max_timestamp: item.max_timestamp,
            crc: stretch_seed(self.partition, self.segment, position),
        });
        entry.next_offset = item.next_offset;
        entry.length_bytes += length_bytes;
        entry.max_timestamp = entry.max_timestamp.max(item.max_timestamp);
        entry.crc = checksum::extend(entry.crc, &item.bytes);
        self.position += u64::from(length_bytes);
        if entry.length_bytes as usize >= STRETCH_BYTES {
            self.entries.extend(self.open.take());
        }
    }

    fn finish(mut self) -> Vec<IndexEntry> {
        self.entries.extend(self.open.take());
        self.entries
    }
}

/// Whether settling should be tried again later rather than stop the engine.
pub(crate) fn is_passing(error: &LogError) -> bool {
    matches!(error, LogError::DiskFull | LogError::Busy)
}
