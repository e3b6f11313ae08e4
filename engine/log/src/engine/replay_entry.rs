//! What each entry of the journal does to the state when it is replayed.

use super::Inner;
use super::state::State;
use crate::engine::snapshot::loaded_options;
use crate::error::Result;
use crate::journal::entry::Entry;
use crate::journal::run_place::RunPlace;
use crate::name::PartitionName;
use crate::options::PartitionOptions;
use crate::partition::{Gap, Partition, Placement, RunSpot, TailItem, room_bytes};
use crate::segment::{Segment, account_runs};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId};
use millstream_batch::HeaderView;
use millstream_io::Slice;

/// Batches that are replayed only after what comes before them is settled.
pub(super) struct Late {
    partition: PartitionId,
    item: TailItem,
    run_end: Option<(Offset, u64)>,
}

impl State {
    /// Whether recovery still has a use for a run: its partition is there, and what the run holds
    /// is neither settled nor given up.
    pub(super) fn needs_run(&self, id: PartitionId, run: &RunPlace, sequence: u64) -> bool {
        match self.partitions.get(&id) {
            Some(partition) => {
                sequence >= partition.barrier_sequence && run.next_offset > partition.next()
            }
            // Made in the same frame; or deleted.
            None => id.get() >= self.next_partition,
        }
    }

    /// Does again what an entry says, as far as the state does not know its outcome. Each batch and
    /// run is counted in the ledger, and taken off where it needs no settling.
    pub(super) fn replay(
        &mut self,
        entry: &Entry<'_>,
        bytes: impl FnOnce() -> Slice,
        sequence: u64,
        late: &mut Vec<Late>,
    ) {
        match entry {
            Entry::Batch { partition, .. } => {
                self.replay_batch(*partition, batch_item(bytes(), sequence), None, late);
            }
            Entry::Run { partition, run } => {
                let end = run.position.get() + u64::from(run.length_bytes);
                let end = end.next_multiple_of(BLOCK_BYTES as u64);
                let item = run_item(run, sequence);
                // Found, but perhaps never acknowledged: then its file's name may not be durable.
                self.note_new_name(*partition);
                self.replay_batch(*partition, item, Some((run.segment, end)), late);
            }
            Entry::Create { partition, name, options } => {
                self.replay_create(*partition, name, loaded_options(options));
            }
            Entry::Delete { partition } => self.remove_partition(*partition),
            Entry::Trim { partition, start_offset } => self.apply_trim(*partition, *start_offset),
            Entry::Configure { partition, options } => {
                if let Some(partition) = self.partitions.get_mut(partition) {
                    partition.options = loaded_options(options);
                }
            }
        }
    }

    fn replay_create(&mut self, id: PartitionId, name: &PartitionName, options: PartitionOptions) {
        if id.get() < self.next_partition {
            // It is there, or was deleted since.
            return;
        }
        self.partitions.insert(id, Partition::new(id, name.clone(), options));
        self.names.insert(name.clone(), id);
        self.next_partition = id.get() + 1;
    }

    /// Damage took the entry that made a partition, with its name: what is left of it is found
    /// under another one, never passed over in silence.
    fn rescue(&mut self, id: PartitionId) {
        let names = (1u64..).map(|count| match count {
            1 => format!("rescued-{id}"),
            count => format!("rescued-{id}-{count}"),
        });
        let names = names.map(|name| PartitionName::new(&name).expect("letters and digits"));
        let free = names.filter(|name| !self.names.contains_key(name)).take(1).next();
        let name = free.expect("some number is free");
        self.replay_create(id, &name, PartitionOptions::default());
    }

    fn replay_batch(
        &mut self,
        id: PartitionId,
        item: TailItem,
        run_end: Option<(Offset, u64)>,
        late: &mut Vec<Late>,
    ) {
        let last_late = late.iter().rev().find(|late| late.partition == id);
        if id.get() >= self.next_partition {
            self.rescue(id);
        }
        let Some(partition) = self.partitions.get_mut(&id) else {
            self.ledger.settle(item.sequence, 1);
            return;
        };
        let next = last_late.map_or(partition.next(), |late| late.item.next_offset);
        if item.sequence < partition.barrier_sequence || item.next_offset <= next {
            self.ledger.settle(item.sequence, 1);
            return;
        }
        // The log goes on here, so nothing of it was lost before.
        partition.is_suspect = false;
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

fn batch_item(bytes: Slice, sequence: u64) -> TailItem {
    // The frame's checksum vouches for the bytes, and only checked batches go in.
    let header = HeaderView::new(&bytes).expect("a batch that was checked");
    let first_offset = header.base_offset();
    let count = i64::from(header.last_offset_delta()) + 1;
    let next_offset = first_offset.checked_add(count).expect("assigned by the log");
    let max_timestamp = header.max_timestamp();
    TailItem { first_offset, next_offset, max_timestamp, bytes, sequence, run: None }
}

fn run_item(run: &RunPlace, sequence: u64) -> TailItem {
    TailItem {
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
    }
}

impl Inner {
    /// Replays what the tail cannot take as it is: a run, whose bytes are in its segment and not in
    /// memory, and what lies behind a hole that damage left. What comes before is settled first; a
    /// hole is quarantined, and the log goes on behind it in a new segment.
    pub(super) async fn replay_late(&self, late: Vec<Late>) -> Result<()> {
        for Late { partition: id, item, run_end } in late {
            self.bind_to_run(id, &item);
            self.settle(id).await?;
            self.load_last_index(id).await?;
            if let Some(run) = item.run {
                self.zero_before(id, run).await?;
            }
            let mut guard = self.state.borrow_mut();
            let state = &mut *guard;
            let Some(partition) = state.partitions.get_mut(&id) else {
                // Deleted by the same frame.
                state.ledger.settle(item.sequence, 1);
                continue;
            };
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

    /// Keeps what is settled before a run in the segment of the run, where its room was left.
    fn bind_to_run(&self, id: PartitionId, item: &TailItem) {
        let mut state = self.state.borrow_mut();
        let Some(run) = item.run else { return };
        if let Some(partition) = state.partitions.get_mut(&id) {
            let (first_offset, segment) = (item.first_offset, run.segment);
            partition.placement.gaps.push_back(Gap {
                first_offset,
                segment,
                position: run.position,
            });
        }
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
