//! The frame that is being filled, and the full ones that wait for the disk.
//!
//! A frame grows in place inside a 2 MiB region of memory that mirrors a region of the journal on
//! disk: the next frame begins where this one ends. What was copied here once is later written to
//! the disk and handed to readers from the very same bytes.

use crate::error::Result;
use crate::journal::entry::{ENTRY_HEADER_BYTES, Entry, encode_batch_header, entry_bytes};
use crate::journal::frame::FRAME_HEADER_BYTES;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Timestamp, crc};
use millstream_batch::checksum;
use millstream_io::{Buffer, Pool, copy_nontemporal};
use std::collections::VecDeque;
use std::task::Waker;

/// The largest batch that fits into a frame; larger ones are written as runs.
pub(crate) const FRAMED_BATCH_BYTES_MAX: usize =
    REGION_BYTES - FRAME_HEADER_BYTES - ENTRY_HEADER_BYTES - 8;

/// A frame that holds so much, its runs included, is followed by the next one, so that what many
/// callers have under way at once makes several frames in flight and not one after the other.
const FRAME_STAGED_BYTES_MAX: usize = 2 << 20;

/// A frame before it is sealed.
pub(crate) struct Frame {
    pub(crate) sequence: u64,
    /// From the frame's first byte to the end of the region.
    pub(crate) buffer: Buffer,
    /// Where the frame begins within its region.
    pub(crate) region_position: usize,
    /// Bytes of header and entries so far.
    pub(crate) filled_bytes: usize,
    /// Bytes that the entries of the runs will need.
    pub(crate) reserved_bytes: usize,
    pub(crate) entry_count: u32,
    pub(crate) batches: Vec<StagedBatch>,
    pub(crate) runs: Vec<StagedRun>,
    /// Those who wait for the frame to be stable.
    pub(crate) waiters: Vec<Waker>,
}

/// A batch within a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StagedBatch {
    pub(crate) partition: PartitionId,
    pub(crate) first_offset: Offset,
    pub(crate) next_offset: Offset,
    pub(crate) max_timestamp: Timestamp,
    /// Where its bytes begin within the frame.
    pub(crate) start: u32,
    pub(crate) length_bytes: u32,
}

/// Batches of one partition, gathered to be written straight to its segment.
pub(crate) struct StagedRun {
    pub(crate) partition: PartitionId,
    pub(crate) segment: Offset,
    pub(crate) position: u64,
    pub(crate) buffer: Buffer,
    pub(crate) filled_bytes: usize,
    /// Batches one behind the other, of some 64 KiB together; `start` counts within the run.
    pub(crate) stretches: Vec<StagedBatch>,
}

/// What appends fill and the flusher empties.
pub(crate) struct Staging {
    current: Option<Frame>,
    full: VecDeque<Frame>,
    /// The rest of the region behind the last frame that was taken.
    rest: Option<(Buffer, usize)>,
    next_sequence: u64,
    spare: Vec<Vec<StagedBatch>>,
}

impl Staging {
    /// Nothing staged; the next frame gets `next_sequence` and begins at `region_position` of its
    /// region.
    pub(crate) fn new(next_sequence: u64, region_position: usize, pool: &Pool) -> Result<Self> {
        let rest = if region_position == 0 || region_position >= REGION_BYTES {
            None
        } else {
            let mut region = pool.region()?;
            drop(region.split_to(region_position));
            Some((region, region_position))
        };
        let full = VecDeque::new();
        let spare = Vec::new();
        Ok(Self { current: None, full, rest, next_sequence, spare })
    }

    /// The sequence of the frame that the next entry goes into, if it fits.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.current.as_ref().map_or(self.next_sequence, |frame| frame.sequence)
    }

    /// The sequence that the frame behind everything staged will get.
    pub(crate) fn end_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// The last sequence that anything was staged under, ever; `None` in a log without frames.
    pub(crate) fn last_sequence(&self) -> Option<u64> {
        self.next_sequence.checked_sub(1)
    }

    /// Bytes that wait to be taken.
    pub(crate) fn staged_bytes(&self) -> usize {
        self.full.iter().chain(&self.current).map(Frame::staged_bytes).sum()
    }

    /// Regions of the journal that what waits will begin.
    pub(crate) fn region_count(&self) -> usize {
        let waiting = self.full.iter().chain(&self.current);
        waiting.filter(|frame| frame.region_position == 0).count()
    }

    /// Batches that wait to be taken.
    pub(crate) fn batch_count(&self) -> usize {
        self.full.iter().chain(&self.current).map(|frame| frame.batches.len()).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.current.is_none() && self.full.is_empty()
    }

    /// Whether a frame waits that nothing more will be added to.
    pub(crate) fn has_full_frame(&self) -> bool {
        let is_full = |frame: &Frame| frame.staged_bytes() >= FRAME_STAGED_BYTES_MAX;
        !self.full.is_empty() || self.current.as_ref().is_some_and(is_full)
    }

    /// Where the next frame to be sealed begins within its region, as far as that is known now.
    pub(crate) fn region_position(&self) -> usize {
        let waiting = self.full.front().or(self.current.as_ref());
        let rest = self.rest.as_ref().map(|(_, region_position)| *region_position);
        waiting.map(|frame| frame.region_position).or(rest).unwrap_or(0)
    }

    /// The frame that has room for `bytes` more of entries, which must fit into a region.
    pub(crate) fn frame(&mut self, bytes: usize, pool: &Pool) -> Result<&mut Frame> {
        assert!(FRAME_HEADER_BYTES + bytes <= REGION_BYTES, "an entry fits into a frame");
        let fits = |frame: &Frame| {
            frame.end_bytes() + bytes <= frame.buffer.len()
                && frame.staged_bytes() < FRAME_STAGED_BYTES_MAX
        };
        if !self.current.as_ref().is_some_and(fits) {
            self.open_frame(bytes, pool)?;
        }
        Ok(self.current.as_mut().expect("opened above"))
    }

    fn open_frame(&mut self, bytes: usize, pool: &Pool) -> Result<()> {
        let needed_bytes = FRAME_HEADER_BYTES + bytes;
        if let Some(mut frame) = self.current.take() {
            self.rest = Some(frame.close());
            self.full.push_back(frame);
        }
        let rest = match self.rest.take() {
            Some(rest) if rest.0.len() >= needed_bytes => rest,
            _ => (pool.region()?, 0),
        };
        let (buffer, region_position) = rest;
        self.current = Some(Frame {
            sequence: self.next_sequence,
            buffer,
            region_position,
            filled_bytes: FRAME_HEADER_BYTES,
            reserved_bytes: 0,
            entry_count: 0,
            batches: self.spare.pop().unwrap_or_default(),
            runs: Vec::new(),
            waiters: Vec::new(),
        });
        self.next_sequence += 1;
        Ok(())
    }

    /// The frame that would be taken now, for those who add themselves to it.
    pub(crate) fn find(&mut self, sequence: u64) -> Option<&mut Frame> {
        let full = self.full.iter_mut();
        full.chain(self.current.as_mut()).find(|frame| frame.sequence == sequence)
    }

    /// Takes the oldest frame; the flusher gives back what it does not need of its region.
    pub(crate) fn take(&mut self) -> Option<Frame> {
        self.full.pop_front().or_else(|| self.current.take())
    }

    /// What is left of a region behind the frame just taken, to go on in it.
    pub(crate) fn put_rest(&mut self, rest: Buffer, region_position: usize) {
        let is_last = self.current.is_none() && self.full.is_empty();
        if is_last && rest.len() >= 2 * BLOCK_BYTES {
            self.rest = Some((rest, region_position));
        }
    }

    /// An emptied list, to be filled again.
    pub(crate) fn put_spare(&mut self, mut batches: Vec<StagedBatch>) {
        if self.spare.len() < 8 {
            batches.clear();
            self.spare.push(batches);
        }
    }
}

impl Frame {
    /// Where its entries will end, those of its runs included.
    fn end_bytes(&self) -> usize {
        self.filled_bytes + self.reserved_bytes
    }

    /// Fixes where the frame ends; gives the rest of its region, and where that begins.
    fn close(&mut self) -> (Buffer, usize) {
        let frame_bytes = self.end_bytes().next_multiple_of(BLOCK_BYTES);
        let own = self.buffer.split_to(frame_bytes);
        let rest = std::mem::replace(&mut self.buffer, own);
        (rest, self.region_position + frame_bytes)
    }

    /// Adds an entry that carries no batch.
    pub(crate) fn push_entry(&mut self, entry: &Entry<'_>) {
        self.filled_bytes += entry.encode(&mut self.buffer[self.filled_bytes..]);
        self.entry_count += 1;
    }

    /// Adds a batch by copying it, and gives its place for patching. The one copy of its life.
    pub(crate) fn push_batch(&mut self, staged: StagedBatch, bytes: &[u8]) -> &mut [u8] {
        let start = self.filled_bytes + ENTRY_HEADER_BYTES;
        let header = &mut self.buffer[self.filled_bytes..start];
        encode_batch_header(staged.partition, bytes.len(), header);
        let end = start + bytes.len();
        copy_nontemporal(bytes, &mut self.buffer[start..end]);
        let padded_end = self.filled_bytes + entry_bytes(bytes.len());
        self.buffer[end..padded_end].fill(0);
        self.filled_bytes = padded_end;
        self.entry_count += 1;
        let start_u32 = u32::try_from(start).expect("a region is below 4 GiB");
        let length_bytes = u32::try_from(bytes.len()).expect("a region is below 4 GiB");
        self.batches.push(StagedBatch { start: start_u32, length_bytes, ..staged });
        &mut self.buffer[start..end]
    }

    /// The checksum of the entries, which are all there. That of each batch follows from its own.
    pub(crate) fn payload_crc(&self) -> u32 {
        let mut sum = 0;
        let mut begin = FRAME_HEADER_BYTES;
        for batch in &self.batches {
            let start = batch.start as usize;
            let end = start + batch.length_bytes as usize;
            sum = crc::crc32c_append(sum, &self.buffer[begin..start]);
            sum = checksum::extend(sum, &self.buffer[start..end]);
            begin = end;
        }
        crc::crc32c_append(sum, &self.buffer[begin..self.filled_bytes])
    }

    fn staged_bytes(&self) -> usize {
        let runs: usize = self.runs.iter().map(|run| run.filled_bytes).sum();
        self.filled_bytes - FRAME_HEADER_BYTES + runs
    }
}
