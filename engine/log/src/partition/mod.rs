//! One partition as its shard sees it: its watermarks, its segments, its tail in memory.

mod readers;
mod retention;
mod tail;

pub(crate) use readers::Readers;
pub(crate) use tail::{RunSpot, Tail, TailItem};

use crate::name::PartitionName;
use crate::options::PartitionOptions;
use crate::segment::Segment;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId};
use millstream_io::Buffer;
use std::collections::VecDeque;

/// The state of a partition; lives on its shard only.
///
/// `start ≤ settled ≤ stable ≤ next`, each with one setter. Segments describe exactly
/// `start..settled`; the tail in memory covers at least `settled..stable`.
pub(crate) struct Partition {
    pub(crate) id: PartitionId,
    pub(crate) name: PartitionName,
    pub(crate) options: PartitionOptions,
    start: Offset,
    settled: Offset,
    stable: Offset,
    next: Offset,
    pub(crate) tail: Tail,
    pub(crate) segments: Vec<Segment>,
    pub(crate) placement: Placement,
    /// Damaged ranges, which are answered with an error.
    pub(crate) quarantine: Vec<(Offset, Offset)>,
    /// Whether damage in the journal may have taken records behind `next`.
    pub(crate) is_suspect: bool,
    /// What frames before this one say of the partition is in the segments or was cut off, and is
    /// skipped when the journal is replayed.
    pub(crate) barrier_sequence: u64,
    pub(crate) is_settling: bool,
    /// Bytes that became stable since the partition was last looked through for what to settle.
    pub(crate) unsettled_bytes: usize,
    /// How many wait to cut the log at its end; appends must wait for them.
    pub(crate) truncation_count: usize,
    /// Those who wait for more to read.
    pub(crate) readers: Readers,
}

/// So much of one partition is settled at once, as soon as it is there: writes are then large, and
/// are copied from memory that the processor still has at hand.
const SETTLE_BYTES: usize = 512 << 10;

/// Where the next run goes, and whether runs are worth while.
#[derive(Default)]
pub(crate) struct Placement {
    /// The end of the last run that is not yet accounted for in the segments.
    pub(crate) run_end: Option<(Offset, u64)>,
    /// The runs that do not touch what lies before them in their segment, oldest first.
    pub(crate) gaps: VecDeque<Gap>,
    /// Room that the batches staged for the journal since then may need in the segment, each
    /// rounded up to a block, since nobody knows yet how they will be gathered.
    pub(crate) unsettled_room_bytes: u64,
    /// Whether the last tick held enough of this partition to write it straight to its segment.
    pub(crate) is_hot: bool,
    /// Bytes staged in the current tick's frame.
    pub(crate) tick_bytes: usize,
    /// The frame that `tick_bytes` counts.
    pub(crate) tick_sequence: u64,
    /// What is left of the buffer that runs are gathered in.
    pub(crate) run_buffer: Option<Buffer>,
}

/// Where a run begins behind batches that are not settled yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    pub(crate) first_offset: Offset,
    pub(crate) segment: Offset,
    pub(crate) position: u64,
}

impl Partition {
    pub(crate) fn new(id: PartitionId, name: PartitionName, options: PartitionOptions) -> Self {
        Self {
            id,
            name,
            options,
            start: Offset::ZERO,
            settled: Offset::ZERO,
            stable: Offset::ZERO,
            next: Offset::ZERO,
            tail: Tail::default(),
            segments: Vec::new(),
            placement: Placement::default(),
            quarantine: Vec::new(),
            is_suspect: false,
            barrier_sequence: 0,
            is_settling: false,
            unsettled_bytes: 0,
            truncation_count: 0,
            readers: Readers::default(),
        }
    }

    /// The first offset that the log still has.
    pub(crate) fn start(&self) -> Offset {
        self.start
    }

    /// Everything before it is in segments.
    pub(crate) fn settled(&self) -> Offset {
        self.settled
    }

    /// Everything before it is on stable media and may be read.
    pub(crate) fn stable(&self) -> Offset {
        self.stable
    }

    /// The offset that the next record gets.
    pub(crate) fn next(&self) -> Offset {
        self.next
    }

    /// Moves the log's start; only ever forward.
    pub(crate) fn set_start(&mut self, start: Offset) {
        assert!(self.start <= start, "a log's start never goes back");
        self.start = start;
    }

    /// Moves what is in segments; forward, but for a truncation.
    pub(crate) fn set_settled(&mut self, settled: Offset) {
        assert!(settled <= self.stable, "only stable batches are settled");
        self.settled = settled;
    }

    /// Moves the stable end; forward, but for a truncation.
    pub(crate) fn set_stable(&mut self, stable: Offset) {
        assert!(stable <= self.next, "only what has its place can be stable");
        self.stable = stable;
    }

    /// Moves the log's end; forward, but for a truncation.
    pub(crate) fn set_next(&mut self, next: Offset) {
        self.next = next;
    }

    /// Sets all watermarks at once: for recovery and truncation, which move them back together.
    pub(crate) fn reset_end(&mut self, settled: Offset, end: Offset) {
        assert!(self.start <= end && settled <= end, "a log ends behind its start");
        self.next = end;
        self.stable = end;
        self.settled = settled;
    }

    /// Notes a batch that is stable and in the journal alone. `true` if there is now enough of them
    /// for one large write.
    pub(crate) fn note_unsettled(&mut self, length_bytes: usize) -> bool {
        let before_bytes = self.unsettled_bytes;
        self.unsettled_bytes += length_bytes;
        before_bytes < SETTLE_BYTES && self.unsettled_bytes >= SETTLE_BYTES
    }

    /// The first offset that is in memory, or the end if none is.
    pub(crate) fn tail_start(&self) -> Offset {
        self.tail.first_offset().unwrap_or(self.stable)
    }

    /// Bytes of this partition in segment files.
    pub(crate) fn segments_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length_bytes).sum()
    }

    /// Where a run of `length_bytes` that begins with the next offset would be written: behind all
    /// that is there or may still have to be put before it, in a new segment if this one is full.
    pub(crate) fn place_run(&self, length_bytes: u64) -> (Offset, u64) {
        let last = self.segments.last().map(|segment| (segment.base, segment.end_bytes()));
        let Some((segment, end)) = self.placement.run_end.or(last) else {
            return (self.next, 0);
        };
        let position = end + self.placement.unsettled_room_bytes;
        if position > 0 && position + length_bytes > self.options.segment_bytes {
            return (self.next, 0);
        }
        (segment, position)
    }

    pub(crate) fn segment(&self, base: Offset) -> Option<&Segment> {
        let index = self.segments.binary_search_by_key(&base, |segment| segment.base).ok()?;
        self.segments.get(index)
    }

    pub(crate) fn segment_mut(&mut self, base: Offset) -> Option<&mut Segment> {
        let index = self.segments.binary_search_by_key(&base, |segment| segment.base).ok()?;
        self.segments.get_mut(index)
    }

    /// Adds a damaged range; in order, and one with those that it touches.
    pub(crate) fn add_quarantine(&mut self, first: Offset, next: Offset) {
        let (mut first, mut next) = (first, next);
        self.quarantine.retain(|(other_first, other_next)| {
            let is_apart = next < *other_first || *other_next < first;
            if !is_apart {
                first = first.min(*other_first);
                next = next.max(*other_next);
            }
            is_apart
        });
        self.quarantine.push((first, next));
        self.quarantine.sort_unstable();
    }

    /// The damaged range that `offset` lies in.
    pub(crate) fn quarantined(&self, offset: Offset) -> Option<(Offset, Offset)> {
        self.quarantine.iter().copied().find(|(first, next)| *first <= offset && offset < *next)
    }
}

/// The room that `length_bytes` take in a segment when they are written on their own.
pub(crate) fn room_bytes(length_bytes: usize) -> u64 {
    length_bytes.next_multiple_of(BLOCK_BYTES) as u64
}
