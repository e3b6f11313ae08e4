//! Segments: the files in which the batches of a partition settle.

pub(crate) mod files;
pub mod index;
pub(crate) mod span;
pub(crate) mod sparse;
pub mod walk;

use crate::engine::Cut;
use crate::journal::ledger::Ledger;
use crate::partition::{Gap, Partition};
use crate::partition_state::SegmentState;
use index::{IndexEntry, IndexOwner};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, Position, Timestamp};
use sparse::SparseIndex;

/// One segment file, as far as it is settled.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The offset of its first record, after which the file is named.
    pub(crate) base: Offset,
    pub(crate) next: Offset,
    /// The end of its last stretch. The file may be longer.
    pub(crate) length_bytes: u64,
    pub(crate) max_timestamp: Timestamp,
    /// The whole index, once it was needed.
    pub(crate) index: Option<SparseIndex>,
    /// Whether segment or index have changed since the last checkpoint.
    pub(crate) is_dirty: bool,
}

impl Segment {
    /// An empty segment.
    pub(crate) fn new(base: Offset) -> Self {
        Self {
            base,
            next: base,
            length_bytes: 0,
            max_timestamp: Timestamp::new(i64::MIN),
            index: Some(SparseIndex::new()),
            is_dirty: false,
        }
    }

    /// A segment as a checkpoint has it; its index is loaded when it is needed.
    pub(crate) fn load(state: &SegmentState) -> Self {
        Self {
            base: state.base_offset,
            next: state.next_offset,
            length_bytes: state.length_bytes,
            max_timestamp: state.max_timestamp,
            index: None,
            is_dirty: false,
        }
    }

    /// What the checkpoint says of it.
    pub(crate) fn state(&self) -> SegmentState {
        SegmentState {
            base_offset: self.base,
            next_offset: self.next,
            length_bytes: self.end_bytes(),
            max_timestamp: self.max_timestamp,
        }
    }

    /// The index blocks that are not on disk yet, and where they go.
    pub(crate) fn take_index_blocks(&mut self, owner: &IndexOwner) -> (u64, Vec<u8>) {
        self.index.as_mut().map_or((0, Vec::new()), |index| index.take_unwritten(owner))
    }

    /// The index blocks from this position of the file on were not written after all.
    pub(crate) fn put_index_blocks(&mut self, position: u64) {
        self.is_dirty = true;
        if let Some(index) = &mut self.index {
            index.put_unwritten(position);
        }
    }

    /// Cuts the segment at the border of a batch.
    pub(crate) fn cut(&mut self, cut: &Cut) {
        if self.next <= cut.end {
            return;
        }
        let index = self.index.as_mut().expect("loaded to find the cut");
        let first_gone = cut.shortened.map_or(cut.end, |shortened| shortened.first_offset);
        index.cut(index.find_from(first_gone), cut.shortened);
        self.next = cut.end;
        self.length_bytes = index.end_bytes();
        self.is_dirty = true;
    }

    /// Adds a stretch that is on disk. Segment, index and partition then agree on its place.
    pub(crate) fn push(&mut self, entry: IndexEntry) {
        assert_eq!(self.next, entry.first_offset, "a segment has no gap in its offsets");
        let end = entry.position.get() + u64::from(entry.length_bytes);
        assert!(self.length_bytes <= entry.position.get(), "stretches do not overlap");
        self.next = entry.next_offset;
        self.length_bytes = end;
        self.max_timestamp = self.max_timestamp.max(entry.max_timestamp);
        self.is_dirty = true;
        if let Some(index) = &mut self.index {
            index.push(entry);
        }
    }

    /// Where the next write begins: each begins a block.
    pub(crate) fn end_bytes(&self) -> u64 {
        self.length_bytes.next_multiple_of(BLOCK_BYTES as u64)
    }
}

/// Takes runs over into the segments that they were written to, as far as everything before them is
/// settled.
pub(crate) fn account_runs(partition: &mut Partition, ledger: &mut Ledger) {
    loop {
        let settled = partition.settled();
        let Some(item) = partition.tail.from(settled).next() else { break };
        let Some(run) = item.run else { break };
        let entry = IndexEntry {
            first_offset: item.first_offset,
            next_offset: item.next_offset,
            position: Position::new(run.position),
            length_bytes: run.length_bytes,
            max_timestamp: item.max_timestamp,
            crc: run.crc,
        };
        let sequence = item.sequence;
        let is_front = |gap: &Gap| gap.first_offset == entry.first_offset;
        if partition.placement.gaps.front().is_some_and(is_front) {
            partition.placement.gaps.pop_front();
        }
        let is_new = partition.segments.last().is_none_or(|last| last.base != run.segment);
        if is_new {
            partition.segments.push(Segment::new(run.segment));
        }
        let segment = partition.segments.last_mut().expect("pushed above if need be");
        segment.push(entry);
        if partition.placement.run_end == Some((run.segment, segment.end_bytes())) {
            partition.placement.run_end = None;
        }
        partition.set_settled(entry.next_offset);
        ledger.settle(sequence, 1);
    }
}
