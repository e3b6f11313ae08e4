//! What a shard's partitions are, by checkpoint and journal: what must be there, and what may.

use crate::checkpoint::{Checkpoint, PartitionState, SegmentState};
use crate::journal::entry::Entry;
use millstream_base::{Offset, PartitionId};
use std::collections::{BTreeMap, BTreeSet};

/// All partitions of a shard, as the next opening will find them.
pub(super) struct Expected {
    pub(super) partitions: BTreeMap<PartitionId, ExpectedPartition>,
    /// Segments that somebody spoke of: no strangers, whether or not they are still needed.
    pub(super) known: BTreeSet<(PartitionId, Offset)>,
    next_partition: u64,
}

/// One partition.
pub(super) struct ExpectedPartition {
    pub(super) start: Offset,
    /// Everything before it is in segments.
    pub(super) settled: Offset,
    pub(super) next: Offset,
    pub(super) segments: Vec<SegmentState>,
    pub(super) quarantine: Vec<(Offset, Offset)>,
    pub(super) is_suspect: bool,
    barrier_sequence: u64,
}

impl Expected {
    pub(super) fn at_checkpoint(checkpoint: &Checkpoint) -> Self {
        let partitions = checkpoint.partitions.iter();
        let segments = checkpoint.partitions.iter().flat_map(|partition| {
            partition.segments.iter().map(|segment| (partition.id, segment.base_offset))
        });
        Self {
            partitions: partitions.map(|partition| (partition.id, at_rest(partition))).collect(),
            known: segments.collect(),
            next_partition: checkpoint.next_partition,
        }
    }

    /// Bytes that the segments take.
    pub(super) fn segments_bytes(&self) -> u64 {
        let segments = self.partitions.values().flat_map(|partition| &partition.segments);
        segments.fold(0, |sum, segment| sum.saturating_add(segment.length_bytes))
    }

    /// Whether the checkpoint knows the outcome of an entry already: the rule of recovery.
    pub(super) fn is_settled(&self, entry: &Entry<'_>, sequence: u64) -> bool {
        let id = entry.partition();
        match (entry, self.partitions.get(&id)) {
            (_, Some(partition)) => {
                sequence < partition.barrier_sequence || matches!(entry, Entry::Create { .. })
            }
            (Entry::Create { .. }, None) => id.get() < self.next_partition,
            (_, None) => true,
        }
    }

    /// Does again what an entry other than a batch or run did.
    pub(super) fn change(&mut self, entry: &Entry<'_>) {
        let id = entry.partition();
        match entry {
            Entry::Create { .. } => {
                self.partitions.insert(id, ExpectedPartition::new());
                self.next_partition = self.next_partition.max(id.get().saturating_add(1));
            }
            Entry::Delete { .. } => drop(self.partitions.remove(&id)),
            Entry::Trim { start_offset, .. } => {
                if let Some(partition) = self.partitions.get_mut(&id) {
                    partition.trim(*start_offset);
                }
            }
            _ => {}
        }
    }

    /// Appends what takes these offsets; gives the offsets that are missing before it, and whether
    /// any of it is new.
    pub(super) fn append(
        &mut self,
        id: PartitionId,
        first_offset: Offset,
        next_offset: Offset,
    ) -> (Option<(Offset, Offset)>, bool) {
        let Some(partition) = self.partitions.get_mut(&id) else { return (None, false) };
        let end = partition.next;
        if next_offset <= end {
            return (None, false);
        }
        partition.next = next_offset;
        // The log goes on here, so nothing was lost at its end.
        partition.is_suspect = false;
        ((end < first_offset).then_some((end, first_offset)), true)
    }
}

impl ExpectedPartition {
    fn new() -> Self {
        Self {
            start: Offset::ZERO,
            settled: Offset::ZERO,
            next: Offset::ZERO,
            segments: Vec::new(),
            quarantine: Vec::new(),
            is_suspect: false,
            barrier_sequence: 0,
        }
    }

    /// As the engine does it: whole segments go, and the last one never does.
    fn trim(&mut self, start: Offset) {
        if start <= self.start {
            return;
        }
        self.start = start;
        self.quarantine.retain(|(_, next)| *next > start);
        let last = self.segments.len().saturating_sub(1);
        let kept = self.segments[..last].iter().position(|segment| segment.next_offset > start);
        self.segments.drain(..kept.unwrap_or(last));
    }

    /// Whether all of these offsets are known to be damaged.
    pub(super) fn is_quarantined(&self, first: Offset, next: Offset) -> bool {
        self.quarantine.iter().any(|range| range.0 <= first && next <= range.1)
    }
}

fn at_rest(state: &PartitionState) -> ExpectedPartition {
    ExpectedPartition {
        start: state.start_offset,
        settled: state.next_offset,
        next: state.next_offset,
        segments: state.segments.clone(),
        quarantine: state.quarantine.clone(),
        is_suspect: state.is_suspect,
        barrier_sequence: state.barrier_sequence,
    }
}
