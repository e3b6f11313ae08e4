//! A segment's index in memory.

use super::index::{INDEX_BLOCK_ENTRIES, IndexEntry, IndexOwner, encode_block};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, Timestamp};

/// One entry for each stretch of a segment, in order; without a gap in the offsets, but where the
/// segment is damaged and quarantined.
#[derive(Debug, Default)]
pub(crate) struct SparseIndex {
    entries: Vec<IndexEntry>,
    /// Blocks of the index file that hold all that they ever will.
    written_block_count: usize,
    has_unwritten: bool,
}

impl SparseIndex {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// As read from an index file; `is_complete` unless entries were added that it lacks.
    pub(crate) fn loaded(entries: Vec<IndexEntry>, is_complete: bool) -> Self {
        let written_block_count = if is_complete { entries.len() / INDEX_BLOCK_ENTRIES } else { 0 };
        Self { entries, written_block_count, has_unwritten: !is_complete }
    }

    pub(crate) fn push(&mut self, entry: IndexEntry) {
        if let Some(last) = self.entries.last() {
            assert!(last.next_offset <= entry.first_offset, "an index is in order");
        }
        self.entries.push(entry);
        self.has_unwritten = true;
    }

    /// Which entry holds `offset`.
    pub(crate) fn find(&self, offset: Offset) -> Option<usize> {
        let index = self.find_from(offset);
        let entry = self.entries.get(index)?;
        (entry.first_offset <= offset).then_some(index)
    }

    /// The first entry that holds `offset` or lies behind it.
    pub(crate) fn find_from(&self, offset: Offset) -> usize {
        self.entries.partition_point(|entry| entry.next_offset <= offset)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&IndexEntry> {
        self.entries.get(index)
    }

    /// The stretches from the one that holds `offset` on, as long as they lie within `bytes_max` of
    /// file, blocks at both ends included, and `is_good` holds; the first one whatever its size.
    pub(crate) fn stretches(
        &self,
        offset: Offset,
        bytes_max: u64,
        is_good: impl Fn(&IndexEntry) -> bool,
    ) -> Vec<IndexEntry> {
        let Some(first) = self.find(offset) else { return Vec::new() };
        let block = BLOCK_BYTES as u64;
        let start = self.entries[first].position.get() / block * block;
        let is_near = |index: usize, entry: &IndexEntry| {
            let end = entry.position.get() + u64::from(entry.length_bytes);
            index == 0 || end.next_multiple_of(block) - start <= bytes_max
        };
        self.entries[first..]
            .iter()
            .enumerate()
            .take_while(|(index, entry)| is_near(*index, entry) && is_good(entry))
            .map(|(_, entry)| *entry)
            .collect()
    }

    /// The first offset of the first stretch that holds a record of at least `timestamp`.
    pub(crate) fn find_timestamp(&self, timestamp: Timestamp) -> Option<Offset> {
        let entry = self.entries.iter().find(|entry| entry.max_timestamp >= timestamp)?;
        Some(entry.first_offset)
    }

    /// Where the last stretch ends in the segment file.
    pub(crate) fn end_bytes(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.position.get() + u64::from(last.length_bytes))
    }

    /// Drops everything from entry `index` on, and puts `shortened` there.
    pub(crate) fn cut(&mut self, index: usize, shortened: Option<IndexEntry>) {
        self.entries.truncate(index);
        self.entries.extend(shortened);
        self.written_block_count = self
            .written_block_count
            .min(self.entries.len().saturating_sub(1) / INDEX_BLOCK_ENTRIES);
        self.has_unwritten = true;
    }

    /// The blocks from this position of the file on were not written after all.
    pub(crate) fn put_unwritten(&mut self, position: u64) {
        let block = usize::try_from(position / BLOCK_BYTES as u64).unwrap_or(0);
        self.written_block_count = self.written_block_count.min(block);
        self.has_unwritten = true;
    }

    /// The blocks that the index file lacks, with the position of the first in the file.
    pub(crate) fn take_unwritten(&mut self, owner: &IndexOwner) -> (u64, Vec<u8>) {
        if !std::mem::take(&mut self.has_unwritten) {
            return (0, Vec::new());
        }
        let first_block = self.written_block_count;
        let unwritten = &self.entries[first_block * INDEX_BLOCK_ENTRIES..];
        let mut blocks = vec![0; unwritten.len().div_ceil(INDEX_BLOCK_ENTRIES) * BLOCK_BYTES];
        let pairs = unwritten.chunks(INDEX_BLOCK_ENTRIES).zip(blocks.chunks_mut(BLOCK_BYTES));
        for (number, (entries, into)) in pairs.enumerate() {
            let number = u32::try_from(first_block + number).expect("a segment is below 1 TiB");
            encode_block(owner, number, entries, into);
        }
        self.written_block_count = self.entries.len() / INDEX_BLOCK_ENTRIES;
        ((first_block * BLOCK_BYTES) as u64, blocks)
    }
}
