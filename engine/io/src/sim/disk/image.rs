//! The bytes of a file as a sparse map of blocks, shared until written.

use millstream_base::limits::{BLOCK_BYTES, SECTOR_BYTES};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// One block's bytes.
pub(super) type Block = [u8; BLOCK_BYTES];

/// Which sectors of a block are meant, one bit each.
pub(super) type SectorMask = u8;

const ZEROS: Block = [0; BLOCK_BYTES];

thread_local! {
    /// One block of zeros for all: journals are filled with zeros before they are used.
    static SHARED_ZEROS: Rc<Block> = Rc::new(ZEROS);
}

const _: () = assert!(BLOCK_BYTES / SECTOR_BYTES == SectorMask::BITS as usize);

/// A file's bytes. What was never written reads as zeros and takes no space. A clone shares all
/// blocks; whoever writes one takes a copy of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    blocks: BTreeMap<u64, Rc<Block>>,
}

impl Image {
    pub(super) fn block_count(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(super) fn get(&self, index: u64) -> Option<&Rc<Block>> {
        self.blocks.get(&index)
    }

    /// Puts a block where it belongs, and gives it back as it is kept.
    pub(super) fn put_shared(&mut self, index: u64, block: Rc<Block>) -> Rc<Block> {
        let kept = if *block == ZEROS { SHARED_ZEROS.with(Rc::clone) } else { block };
        self.put(index, Rc::clone(&kept));
        kept
    }

    fn put(&mut self, index: u64, block: Rc<Block>) {
        self.blocks.insert(index, block);
    }

    /// A copy of a block to write on, zeros where nothing is.
    pub(super) fn copy(&self, index: u64) -> Rc<Block> {
        self.get(index).map_or_else(|| Rc::new(ZEROS), |block| Rc::new(**block))
    }

    /// Copies the bytes from `position` on, zeros for holes.
    pub(super) fn read(&self, position: u64, into: &mut [u8]) {
        let end = position + into.len() as u64;
        let mut rest = into;
        for part in parts(position..end) {
            let (front, back) = rest.split_at_mut(part.within.len());
            match self.get(part.index) {
                Some(block) => front.copy_from_slice(&block[part.within]),
                None => front.fill(0),
            }
            rest = back;
        }
    }

    /// Takes the sectors of `mask` from `source`.
    pub(super) fn patch(&mut self, index: u64, mask: SectorMask, source: &Rc<Block>) {
        if mask == SectorMask::MAX {
            self.put(index, Rc::clone(source));
        }
        if mask == SectorMask::MAX || mask == 0 {
            return;
        }
        let block = self.blocks.entry(index).or_insert_with(|| Rc::new(ZEROS));
        copy_sectors(mask, source, Rc::make_mut(block));
    }

    /// Drops everything from `length_bytes` on; it reads as zeros afterwards.
    pub(super) fn cut(&mut self, length_bytes: u64) {
        let first_gone = length_bytes.div_ceil(BLOCK_BYTES as u64);
        self.blocks.split_off(&first_gone);
        let last = length_bytes / BLOCK_BYTES as u64;
        let within = small(length_bytes % BLOCK_BYTES as u64);
        if within > 0
            && let Some(block) = self.blocks.get_mut(&last)
        {
            Rc::make_mut(block)[within..].fill(0);
        }
    }

    /// Reserves the blocks of a range; they read as zeros.
    pub(super) fn reserve(&mut self, range: Range<u64>) {
        let zeros = SHARED_ZEROS.with(Rc::clone);
        for part in parts(range) {
            self.blocks.entry(part.index).or_insert_with(|| Rc::clone(&zeros));
        }
    }

    /// How many blocks of a range are not there yet.
    pub(super) fn missing_count(&self, range: Range<u64>) -> u64 {
        parts(range).filter(|part| !self.blocks.contains_key(&part.index)).count() as u64
    }

    /// Flips one bit where a byte is stored.
    pub(super) fn flip_bit(&mut self, position: u64, bit: u32) {
        if let Some(block) = self.blocks.get_mut(&(position / BLOCK_BYTES as u64)) {
            Rc::make_mut(block)[small(position % BLOCK_BYTES as u64)] ^= 1 << (bit % u8::BITS);
        }
    }
}

/// The part of a range of bytes that lies in one block.
pub(super) struct Part {
    pub(super) index: u64,
    pub(super) within: Range<usize>,
}

impl Part {
    /// The sectors that the part touches.
    pub(super) fn mask(&self) -> SectorMask {
        let first = self.within.start / SECTOR_BYTES;
        let last = self.within.end.div_ceil(SECTOR_BYTES);
        (first..last).fold(0, |mask, sector| mask | 1 << sector)
    }
}

/// A range of bytes, cut at the borders of blocks.
pub(super) fn parts(range: Range<u64>) -> impl Iterator<Item = Part> {
    let block_bytes = BLOCK_BYTES as u64;
    let indexes = range.start / block_bytes..range.end.div_ceil(block_bytes);
    let indexes = if range.is_empty() { 0..0 } else { indexes };
    indexes.map(move |index| {
        let base = index * block_bytes;
        let start = range.start.max(base) - base;
        let end = range.end.min(base + block_bytes) - base;
        Part { index, within: small(start)..small(end) }
    })
}

/// The bytes of one sector within its block.
pub(super) fn sector_range(sector: u32) -> Range<usize> {
    let start = sector as usize * SECTOR_BYTES;
    start..start + SECTOR_BYTES
}

/// The sectors of `mask`, in order.
pub(super) fn sectors(mask: SectorMask) -> impl Iterator<Item = u32> {
    (0..SectorMask::BITS).filter(move |sector| mask & (1 << sector) != 0)
}

pub(super) fn copy_sectors(mask: SectorMask, from: &Block, into: &mut Block) {
    for sector in sectors(mask) {
        into[sector_range(sector)].copy_from_slice(&from[sector_range(sector)]);
    }
}

pub(super) fn small(number: u64) -> usize {
    usize::try_from(number).expect("addresses have 64 bits (base::limits)")
}
