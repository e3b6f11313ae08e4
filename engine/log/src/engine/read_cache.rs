//! What was lately read from segments, for the next reader of the same.
//!
//! Direct reads leave nothing in the kernel's page cache, so that subscribers who follow each other
//! through the same stretch of a log would each read it from disk. Here are the blocks that were
//! read last, whose checksums were compared once.

use millstream_base::{Instant, Offset, PartitionId};
use millstream_io::Slice;
use std::collections::BTreeMap;
use std::time::Duration;

/// Smaller reads are of readers close to the tail, or of look-ups: what is next to them would be
/// held with them.
const BLOCK_BYTES_MIN: usize = 64 << 10;
/// A block that nobody came back to for so long gives its memory back.
const UNUSED_MAX: Duration = Duration::from_secs(60);

/// Where a block begins: in which segment of which partition, and at which byte.
pub(crate) type Place = (PartitionId, Offset, u64);

/// Blocks of segments, the ones that were used last.
pub(crate) struct ReadCache {
    blocks: BTreeMap<Place, Block>,
    /// The blocks by the number of their last use.
    by_use: BTreeMap<u64, Place>,
    use_count: u64,
    held_bytes: u64,
    bytes_max: u64,
    /// How often something was forgotten: what was read before may be of a log that is cut.
    generation: u64,
}

struct Block {
    bytes: Slice,
    use_number: u64,
    used: Instant,
}

impl ReadCache {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self {
            blocks: BTreeMap::new(),
            by_use: BTreeMap::new(),
            use_count: 0,
            held_bytes: 0,
            bytes_max,
            generation: 0,
        }
    }

    /// What it holds.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// What a read that begins now must hand in with its bytes.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The block that holds `length_bytes` from `place` on, and where it begins.
    pub(crate) fn find(
        &mut self,
        place: Place,
        length_bytes: u64,
        now: Instant,
    ) -> Option<(u64, Slice)> {
        let (partition, segment, position) = place;
        let before = (partition, segment, 0)..=place;
        let (found, block) = self.blocks.range_mut(before).next_back()?;
        let (_, _, start) = *found;
        if start + (block.bytes.len() as u64) < position + length_bytes {
            return None;
        }
        self.use_count += 1;
        self.by_use.remove(&block.use_number);
        self.by_use.insert(self.use_count, *found);
        (block.use_number, block.used) = (self.use_count, now);
        Some((start, block.bytes.clone()))
    }

    /// Keeps what was read, in place of what was not used for longest. `generation`: when its read
    /// began.
    pub(crate) fn keep(&mut self, place: Place, bytes: &Slice, generation: u64, now: Instant) {
        let length_bytes = bytes.len() as u64;
        let is_worth_it = bytes.len() >= BLOCK_BYTES_MIN && length_bytes <= self.bytes_max / 8;
        if !is_worth_it || generation != self.generation {
            return;
        }
        let is_longer = |old: &Block| old.bytes.len() >= bytes.len();
        if self.blocks.get(&place).is_some_and(is_longer) {
            return;
        }
        self.remove(place);
        self.use_count += 1;
        let block = Block { bytes: bytes.clone(), use_number: self.use_count, used: now };
        self.by_use.insert(self.use_count, place);
        self.blocks.insert(place, block);
        self.held_bytes += length_bytes;
        while self.held_bytes > self.bytes_max {
            self.remove_oldest();
        }
    }

    /// A partition is cut or gone: nothing that was read of it counts any more.
    pub(crate) fn forget(&mut self, partition: PartitionId) {
        self.generation += 1;
        let all = (partition, Offset::ZERO, 0)..=(partition, Offset::MAX, u64::MAX);
        let places: Vec<Place> = self.blocks.range(all).map(|(place, _)| *place).collect();
        places.into_iter().for_each(|place| self.remove(place));
    }

    /// Gives back what was not used for long; says when it is time for the next block.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Instant> {
        loop {
            let (_, place) = self.by_use.first_key_value()?;
            let expiry = self.blocks.get(place)?.used + UNUSED_MAX;
            if now < expiry {
                return Some(expiry);
            }
            self.remove_oldest();
        }
    }

    /// Gives back the block that was not used for longest; `false` if there is none.
    pub(crate) fn remove_oldest(&mut self) -> bool {
        let oldest = self.by_use.first_key_value().map(|(_, place)| *place);
        oldest.map(|place| self.remove(place)).is_some()
    }

    fn remove(&mut self, place: Place) {
        let Some(block) = self.blocks.remove(&place) else { return };
        self.by_use.remove(&block.use_number);
        self.held_bytes -= block.bytes.len() as u64;
    }
}

#[cfg(test)]
#[path = "read_cache_test.rs"]
mod read_cache_test;
