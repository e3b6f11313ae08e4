//! The tail of a partition: its newest batches, in memory.

use millstream_base::{Offset, Timestamp};
use millstream_io::Slice;
use std::collections::VecDeque;

/// Whole batches one behind the other, and where else than in memory they are.
#[derive(Clone, Debug)]
pub(crate) struct TailItem {
    pub(crate) first_offset: Offset,
    pub(crate) next_offset: Offset,
    pub(crate) max_timestamp: Timestamp,
    pub(crate) bytes: Slice,
    /// The frame that carries or names them.
    pub(crate) sequence: u64,
    /// Where they already are in a segment; otherwise the journal alone holds them.
    pub(crate) run: Option<RunSpot>,
}

/// Where a run was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunSpot {
    /// The base offset of the segment.
    pub(crate) segment: Offset,
    pub(crate) position: u64,
    pub(crate) length_bytes: u32,
    /// The checksum of its bytes at this very place.
    pub(crate) crc: u32,
}

/// The newest stable batches of a partition, without a gap up to its stable end. The front goes
/// when memory is short, but never what is not settled.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    items: VecDeque<TailItem>,
}

impl Tail {
    /// Adds the next item. It must follow the last one without a gap.
    pub(crate) fn push(&mut self, item: TailItem) {
        assert!(item.first_offset < item.next_offset, "an item holds records");
        if let Some(last) = self.items.back() {
            assert_eq!(last.next_offset, item.first_offset, "the tail has no gap");
        }
        self.items.push_back(item);
    }

    /// The first offset that is in memory.
    pub(crate) fn first_offset(&self) -> Option<Offset> {
        self.items.front().map(|item| item.first_offset)
    }

    /// The items from the one that holds `offset` on; nothing if it is not in memory.
    pub(crate) fn from(&self, offset: Offset) -> impl Iterator<Item = &TailItem> {
        let index = if self.first_offset().is_some_and(|first| first <= offset) {
            self.items.partition_point(|item| item.next_offset <= offset)
        } else {
            self.items.len()
        };
        self.items.range(index..)
    }

    /// The bytes of the items from the one that holds `offset` on.
    pub(crate) fn bytes_from(&self, offset: Offset) -> u64 {
        self.from(offset).map(|item| item.bytes.len() as u64).sum()
    }

    /// Drops the items up to frame `sequence` that end at or before `settled`.
    pub(crate) fn evict(&mut self, sequence: u64, settled: Offset) {
        while let Some(item) = self.items.front() {
            if item.sequence > sequence || item.next_offset > settled {
                break;
            }
            self.items.pop_front();
        }
        if self.items.is_empty() {
            self.items.shrink_to(0);
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&mut self) {
        self.items = VecDeque::new();
    }
}
