//! Loading a segment's index, or making it again from the segment.

use super::Inner;
use super::truncate::Cut;
use crate::error::{LogError, Result};
use crate::segment::files;
use crate::segment::index::{IndexEntry, IndexFault, IndexOwner, decode_block, stretch_crc};
use crate::segment::span;
use crate::segment::sparse::SparseIndex;
use crate::segment::walk::{self, WalkEnd};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Position, Timestamp};
use millstream_io::{Buffer, File, OpenOptions, Slice};

/// Bytes of a segment that are looked through at once where its index is missing.
const WALK_BYTES: u64 = 8 << 20;

impl Inner {
    /// Makes sure that a segment's index is in memory.
    pub(crate) async fn load_index(&self, id: PartitionId, base: Offset) -> Result<()> {
        let (next, length_bytes, quarantine) = {
            let state = self.state.borrow();
            let partition = state.partition(id)?;
            match partition.segment(base).filter(|segment| segment.index.is_none()) {
                None => return Ok(()),
                Some(segment) => (segment.next, segment.length_bytes, partition.quarantine.clone()),
            }
        };
        let owner = self.index_owner(id, base);
        let mut entries = self.read_index(&owner, quarantine).await?;
        while entries.last().is_some_and(|last| last.next_offset > next) {
            entries.pop();
        }
        let end_offset = entries.last().map_or(base, |last| last.next_offset);
        let is_complete = end_offset == next;
        if !is_complete {
            self.walk_rest(&owner, next, length_bytes, &mut entries).await?;
        }
        let mut state = self.state.borrow_mut();
        let partition = state.partition_mut(id)?;
        if let Some(segment) = partition.segment_mut(base)
            && segment.index.is_none()
            && segment.next == next
        {
            segment.index = Some(SparseIndex::loaded(entries, is_complete));
            segment.is_dirty |= !is_complete;
        }
        Ok(())
    }

    /// Loads the index that a partition's next stretch is added to: what an earlier life wrote
    /// there may describe the same offsets at other places.
    pub(crate) async fn load_last_index(&self, id: PartitionId) -> Result<()> {
        let last = {
            let state = self.state.borrow();
            let partition = state.partitions.get(&id);
            partition.and_then(|partition| partition.segments.last()).map(|last| last.base)
        };
        match last {
            Some(base) => self.load_index(id, base).await,
            None => Ok(()),
        }
    }

    pub(crate) fn index_owner(&self, partition: PartitionId, segment: Offset) -> IndexOwner {
        IndexOwner { log_id: self.log_id, partition, segment }
    }

    /// The entries of an index file up to the first block that is missing or wrong: an index is
    /// derived, so damage to it costs time, never data.
    ///
    /// # Errors
    /// [`LogError::NewerFormat`] if any of its blocks is of a newer version, also behind a wrong
    /// one: what is taken for missing here is soon written over.
    async fn read_index(
        &self,
        owner: &IndexOwner,
        quarantine: Vec<(Offset, Offset)>,
    ) -> Result<Vec<IndexEntry>> {
        let path = files::index_path(&self.directory, owner.partition, owner.segment);
        let file = match self.open_file(&path, OpenOptions::read_direct()).await {
            Ok(file) => file,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let length_bytes = file.length_bytes().await?.next_multiple_of(BLOCK_BYTES as u64);
        let mut blocks = IndexBlocks {
            owner: *owner,
            quarantine,
            entries: Vec::new(),
            count: 0,
            is_over: false,
        };
        let mut position = 0;
        while position < length_bytes {
            let piece = usize::try_from((length_bytes - position).min(1 << 20)).expect("1 MiB");
            let (result, buffer) =
                file.read_at(Buffer::unpooled(piece), Position::new(position)).await;
            let Ok(count @ 1..) = result else { break };
            for block in buffer[..count].chunks(BLOCK_BYTES) {
                let taken = blocks.take(block);
                taken.map_err(|version| LogError::NewerFormat { path: path.clone(), version })?;
            }
            position += count as u64;
        }
        Ok(blocks.entries)
    }

    /// Walks through the batches that the index does not know, piece by piece. Where the walk meets
    /// damage, or finds nothing up to the segment's end, the rest of the segment is quarantined:
    /// behind damage nothing tells which bytes are a batch and which only look like one.
    async fn walk_rest(
        &self,
        owner: &IndexOwner,
        next: Offset,
        length_bytes: u64,
        entries: &mut Vec<IndexEntry>,
    ) -> Result<()> {
        let file = self.segment_to_read(owner.partition, owner.segment).await?;
        let (mut expected, mut from) = entries.last().map_or((owner.segment, 0), |last| {
            (last.next_offset, last.position.get() + u64::from(last.length_bytes))
        });
        let mut piece_bytes = WALK_BYTES;
        while expected < next {
            let end = from.saturating_add(piece_bytes) / BLOCK_BYTES as u64 * BLOCK_BYTES as u64;
            let end = end.min(length_bytes);
            let Some(bytes) = read_piece(&file, from, end).await else { break };
            let walked = walk::walk(owner, Position::new(from), &bytes, expected..next);
            expected = walked.next_offset;
            entries.extend(walked.entries);
            let is_last = end >= length_bytes;
            match walked.end {
                WalkEnd::Complete => break,
                WalkEnd::Damaged(_) => break,
                WalkEnd::Cut(_) | WalkEnd::Exhausted if is_last => break,
                // The batch that is cut off begins the next piece, which must be longer than it.
                WalkEnd::Cut(position) if position.get() == from => piece_bytes *= 2,
                WalkEnd::Cut(position) => from = position.get(),
                WalkEnd::Exhausted => from = end,
            }
        }
        if expected < next {
            self.quarantine_range(owner.partition, expected, next);
        }
        Ok(())
    }

    fn quarantine_range(&self, id: PartitionId, first: Offset, next: Offset) {
        let mut state = self.state.borrow_mut();
        if let Some(partition) = state.partitions.get_mut(&id) {
            partition.add_quarantine(first, next);
            state.is_checkpoint_due = true;
        }
    }

    /// Where to start looking for a timestamp.
    pub(crate) async fn timestamp_start(
        &self,
        id: PartitionId,
        timestamp: Timestamp,
    ) -> Result<Offset> {
        let (start, segment, settled) = {
            let state = self.state.borrow();
            let partition = state.partition(id)?;
            let candidate = partition.segments.iter().find(|segment| {
                segment.max_timestamp >= timestamp && segment.next > partition.start()
            });
            let segment = candidate.map(|segment| segment.base);
            (partition.start(), segment, partition.settled())
        };
        let Some(base) = segment else { return Ok(settled.max(start)) };
        self.load_index(id, base).await?;
        let state = self.state.borrow();
        let segment = state.partition(id)?.segment(base);
        let index = segment.and_then(|segment| segment.index.as_ref());
        let found = index.and_then(|index| index.find_timestamp(timestamp)).unwrap_or(base);
        Ok(found.max(start))
    }

    /// Finds the batch border for a truncation to `end`; `None` if the log ends there already.
    pub(crate) async fn find_cut(&self, id: PartitionId, end: Offset) -> Result<Option<Cut>> {
        let base = {
            let state = self.state.borrow();
            let partition = state.partition(id)?;
            if end >= partition.next() {
                return Ok(None);
            }
            if end < partition.start() {
                return Err(LogError::OutOfRange {
                    offset: end,
                    start_offset: partition.start(),
                    end_offset: partition.next(),
                });
            }
            let index = partition.segments.partition_point(|segment| segment.base <= end);
            partition.segments[index - 1].base
        };
        self.load_index(id, base).await?;
        let entry = {
            let state = self.state.borrow();
            let segment = state.partition(id)?.segment(base);
            let index = segment.and_then(|segment| segment.index.as_ref());
            index.and_then(|index| index.get(index.find(end)?).copied())
        };
        match entry {
            Some(entry) if entry.first_offset < end => {
                self.shorten(id, base, entry, end).await.map(Some)
            }
            _ => Ok(Some(Cut { end, shortened: None })),
        }
    }

    async fn shorten(
        &self,
        id: PartitionId,
        base: Offset,
        entry: IndexEntry,
        end: Offset,
    ) -> Result<Cut> {
        let file = self.segment_to_read(id, base).await?;
        let block = BLOCK_BYTES as u64;
        let start = entry.position.get() / block * block;
        let behind = entry.position.get() + u64::from(entry.length_bytes);
        let length = usize::try_from(behind.next_multiple_of(block) - start).expect("a stretch");
        let (result, buffer) = file.read_at(Buffer::unpooled(length), Position::new(start)).await;
        result?;
        let skip = usize::try_from(entry.position.get() - start).expect("below a block");
        let bytes = &buffer[skip..skip + entry.length_bytes as usize];
        if stretch_crc(id, base, entry.position, bytes) != entry.crc {
            return Err(LogError::Quarantined {
                partition: id,
                first_offset: entry.first_offset,
                next_offset: entry.next_offset,
            });
        }
        let mut kept = IndexEntry { next_offset: entry.first_offset, length_bytes: 0, ..entry };
        for batch in span::batches(bytes) {
            let batch = batch?;
            if batch.next_offset() > end {
                break;
            }
            let length = u32::try_from(batch.bytes().len()).expect("a batch is below 4 GiB");
            kept.next_offset = batch.next_offset();
            kept.length_bytes += length;
        }
        kept.crc = stretch_crc(id, base, entry.position, &bytes[..kept.length_bytes as usize]);
        let shortened = (kept.length_bytes > 0).then_some(kept);
        Ok(Cut { end: kept.next_offset, shortened })
    }
}

/// An index while it is read, block by block.
struct IndexBlocks {
    owner: IndexOwner,
    /// Offsets that an index may lack: where they are damaged nobody knows what they were.
    quarantine: Vec<(Offset, Offset)>,
    entries: Vec<IndexEntry>,
    count: u32,
    /// Whether a block was missing or wrong; what follows does not count.
    is_over: bool,
}

impl IndexBlocks {
    /// Takes the next block; fails with its version if that is newer than what is known.
    fn take(&mut self, block: &[u8]) -> std::result::Result<(), u16> {
        let number = self.count;
        self.count = number.saturating_add(1);
        let expected = self.entries.last().map_or(self.owner.segment, |last| last.next_offset);
        match decode_block(&self.owner, number, block) {
            Err(IndexFault::Newer { version }) => return Err(version),
            Ok(found) if !self.is_over && self.may_follow(expected, found[0].first_offset) => {
                self.entries.extend(found);
            }
            _ => self.is_over = true,
        }
        Ok(())
    }

    fn may_follow(&self, expected: Offset, first: Offset) -> bool {
        let mut damaged = self.quarantine.iter();
        expected == first || damaged.any(|(from, to)| *from <= expected && first <= *to)
    }
}

/// The bytes of a segment from `from` to `end`, which may lie inside of blocks; fewer where the
/// file is shorter. `None` if they cannot be read, also at a second try (F9).
async fn read_piece(file: &File, from: u64, end: u64) -> Option<Slice> {
    let block = BLOCK_BYTES as u64;
    let start = from / block * block;
    let length = usize::try_from(end.saturating_sub(start).next_multiple_of(block)).ok()?;
    for _ in 0..2 {
        let buffer = Buffer::unpooled(length.max(BLOCK_BYTES));
        let (result, buffer) = file.read_at(buffer, Position::new(start)).await;
        if let Ok(count) = result {
            let skip = usize::try_from(from - start).expect("below a block");
            let count = count.min(usize::try_from(end - start).unwrap_or(count));
            return Some(buffer.freeze().slice(skip.min(count)..count));
        }
    }
    None
}
