//! Runs: batches of one partition that go straight to its segment, beside the frame that names
//! them.
//!
//! Writing everything twice halves what a disk can take. Where one partition brings enough bytes
//! in one tick, they are written once, durably, to where they will stay, and the frame carries only
//! their places and checksums.

use crate::engine::state::State;
use crate::error::Result;
use crate::journal::entry::RUN_ENTRY_BYTES;
use crate::journal::run_place::RunPlace;
use crate::journal::staging::{StagedBatch, StagedRun};
use crate::partition::{Gap, RunSpot, TailItem, room_bytes};
use crate::segment::index::stretch_seed;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_batch::checksum;
use millstream_io::{Buffer, Pool, Slice};

/// Batches are gathered into stretches of about this size, each with a checksum and an index entry.
pub(crate) const STRETCH_BYTES: usize = 64 << 10;

/// Runs grow by pieces of this size, which are written together where they touch.
const RUN_PIECE_BYTES: usize = 256 << 10;

/// Adds a batch to the run of its partition in the current frame; gives the frame and the copy.
pub(crate) fn stage<'s>(
    state: &'s mut State,
    pool: &Pool,
    staged: StagedBatch,
    bytes: &[u8],
) -> Result<(u64, &'s mut [u8])> {
    let partition = state.partitions.get_mut(&staged.partition).expect("checked by the caller");
    // One stretch may be opened, and its entry must fit into the frame.
    let frame = state.staging.frame(RUN_ENTRY_BYTES, pool)?;
    let open = frame.runs.iter().rposition(|run| run.partition == staged.partition);
    let index = match open {
        Some(index) if frame.runs[index].has_room(bytes.len()) => index,
        _ => {
            let buffer = run_buffer(&mut partition.placement.run_buffer, pool, bytes.len())?;
            let previous = open.map(|index| &frame.runs[index]);
            // Behind the partition's previous run of this frame, or wherever the next one goes.
            let (segment, position) = match previous {
                Some(run) => (run.segment, run.position + room_bytes(run.filled_bytes)),
                None => partition.place_run(bytes.len() as u64),
            };
            if partition.placement.unsettled_room_bytes > 0 && position > 0 {
                let first_offset = staged.first_offset;
                partition.placement.gaps.push_back(Gap { first_offset, segment, position });
            }
            frame.runs.push(StagedRun::new(staged, segment, position, buffer));
            frame.runs.len() - 1
        }
    };
    let sequence = frame.sequence;
    let stretches_before = frame.runs[index].stretches.len();
    let run = &mut frame.runs[index];
    let range = run.push(staged, bytes);
    let placement = &mut partition.placement;
    placement.run_end = Some((run.segment, run.position + room_bytes(run.filled_bytes)));
    placement.unsettled_room_bytes = 0;
    frame.reserved_bytes += (run.stretches.len() - stretches_before) * RUN_ENTRY_BYTES;
    Ok((sequence, &mut frame.runs[index].buffer[range]))
}

/// A buffer for a piece of a run, cut from the partition's own region so that what a short run does
/// not fill is soon used by the next; or, for a batch larger than a region, memory of its own.
fn run_buffer(region: &mut Option<Buffer>, pool: &Pool, bytes: usize) -> Result<Buffer> {
    let needed_bytes = bytes.next_multiple_of(BLOCK_BYTES);
    if needed_bytes > REGION_BYTES {
        return Ok(Buffer::unpooled(needed_bytes));
    }
    let mut rest = match region.take() {
        Some(rest) if rest.len() >= needed_bytes => rest,
        _ => pool.region()?,
    };
    let piece = rest.split_to(needed_bytes.max(RUN_PIECE_BYTES).min(rest.len()));
    *region = Some(rest).filter(|rest| !rest.is_empty());
    Ok(piece)
}

impl StagedRun {
    fn new(first: StagedBatch, segment: Offset, position: u64, buffer: Buffer) -> Self {
        let partition = first.partition;
        Self { partition, segment, position, buffer, filled_bytes: 0, stretches: Vec::new() }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.filled_bytes + bytes <= self.buffer.len()
    }

    fn push(&mut self, batch: StagedBatch, bytes: &[u8]) -> std::ops::Range<usize> {
        let range = self.filled_bytes..self.filled_bytes + bytes.len();
        self.buffer[range.clone()].copy_from_slice(bytes);
        self.filled_bytes = range.end;
        let length_bytes = u32::try_from(bytes.len()).expect("a batch is below 4 GiB");
        match self.stretches.last_mut() {
            Some(stretch) if (stretch.length_bytes as usize) < STRETCH_BYTES => {
                stretch.length_bytes += length_bytes;
                stretch.next_offset = batch.next_offset;
                stretch.max_timestamp = stretch.max_timestamp.max(batch.max_timestamp);
            }
            _ => {
                let start = u32::try_from(range.start).expect("a run is below 4 GiB");
                self.stretches.push(StagedBatch { start, length_bytes, ..batch });
            }
        }
        range
    }

    /// Freezes the run: what is written, padded to a block; what its frame says of it; and what the
    /// tail gets once it is stable.
    pub(crate) fn seal(mut self) -> SealedRun {
        let padded_bytes = self.filled_bytes.next_multiple_of(BLOCK_BYTES);
        self.buffer[self.filled_bytes..padded_bytes].fill(0);
        let bytes = self.buffer.split_to(padded_bytes).freeze();
        let places = self.stretches.iter().map(|stretch| self.place(stretch, &bytes)).collect();
        let Self { partition, segment, position, .. } = self;
        SealedRun { partition, segment, position, bytes, places }
    }

    fn place(&self, stretch: &StagedBatch, bytes: &Slice) -> RunPlace {
        let start = stretch.start as usize;
        let position = Position::new(self.position + u64::from(stretch.start));
        let content = &bytes[start..start + stretch.length_bytes as usize];
        RunPlace {
            segment: self.segment,
            position,
            length_bytes: stretch.length_bytes,
            crc: checksum::extend(stretch_seed(self.partition, self.segment, position), content),
            first_offset: stretch.first_offset,
            next_offset: stretch.next_offset,
            max_timestamp: stretch.max_timestamp,
        }
    }
}

/// A run on its way to the disk.
pub(crate) struct SealedRun {
    pub(crate) partition: PartitionId,
    pub(crate) segment: Offset,
    pub(crate) position: u64,
    pub(crate) bytes: Slice,
    pub(crate) places: Vec<RunPlace>,
}

impl SealedRun {
    /// What the partition's tail gets when the frame `sequence` is stable.
    pub(crate) fn items(&self, sequence: u64) -> impl Iterator<Item = TailItem> {
        self.places.iter().map(move |place| tail_item(place, sequence, self.position, &self.bytes))
    }
}

fn tail_item(place: &RunPlace, sequence: u64, run_position: u64, bytes: &Slice) -> TailItem {
    let start = usize::try_from(place.position.get() - run_position).expect("within the run");
    TailItem {
        first_offset: place.first_offset,
        next_offset: place.next_offset,
        max_timestamp: place.max_timestamp,
        bytes: bytes.slice(start..start + place.length_bytes as usize),
        sequence,
        run: Some(RunSpot {
            segment: place.segment,
            position: place.position.get(),
            length_bytes: place.length_bytes,
            crc: place.crc,
        }),
    }
}
