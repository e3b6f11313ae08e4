//! One file: what programs see, what the media hold, and what lies between.

use super::image::{Block, Image, SectorMask, copy_sectors, parts, sectors, small};
use super::ink::Ink;
use crate::sim::chooser::Chooser;
use millstream_base::limits::{BLOCK_BYTES, SECTOR_BYTES};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Counts the changes of a disk, so that a sync knows what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct Sequence(pub(in crate::sim) u64);

/// A file's content. A power cut makes `durable` the truth again, plus whatever of `pending` and
/// `lengths` chance had brought to the media.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    current: Image,
    length_bytes: u64,
    durable: Image,
    durable_length_bytes: u64,
    /// Completed writes that no sync has covered, by block, in the order of their completion.
    pending: BTreeMap<u64, Vec<Version>>,
    /// Changes of the length that no sync has covered, in order.
    lengths: Vec<LengthChange>,
    /// How many open files refer to it.
    pub(super) open_count: u32,
    /// Whether a name leads to it.
    pub(super) is_named: bool,
    /// Its name is gone and nobody has it open.
    pub(super) released: bool,
}

/// What a write made of a block. Only the sectors of `mask` are the write's own.
#[derive(Clone, Debug)]
struct Version {
    sequence: Sequence,
    mask: SectorMask,
    image: Rc<Block>,
}

#[derive(Clone, Copy, Debug)]
struct LengthChange {
    sequence: Sequence,
    length_bytes: u64,
    /// Whether bytes were dropped: what was written beyond before must not come back.
    is_cut: bool,
}

impl Inode {
    /// An empty file that a name leads to.
    pub(super) fn named() -> Self {
        Self { is_named: true, ..Self::default() }
    }

    pub(super) fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    pub(super) fn block_count(&self) -> u64 {
        self.current.block_count()
    }

    /// How many blocks a write to the range would take from the free space.
    pub(super) fn missing_count(&self, range: Range<u64>) -> u64 {
        self.current.missing_count(range)
    }

    /// Reads as far as the file reaches.
    pub(super) fn read(&self, position: u64, into: &mut [u8]) -> usize {
        read(&self.current, self.length_bytes, position, into)
    }

    /// Reads what the media hold for certain.
    pub(super) fn read_durable(&self, position: u64, into: &mut [u8]) -> usize {
        read(&self.durable, self.durable_length_bytes, position, into)
    }

    pub(super) fn durable_length_bytes(&self) -> u64 {
        self.durable_length_bytes
    }

    /// Writes the next bytes of `ink` to the range, those sectors for which `keep` says so; pending
    /// until a sync.
    pub(super) fn write(
        &mut self,
        sequence: Sequence,
        range: Range<u64>,
        ink: &mut Ink<'_>,
        keep: &mut impl FnMut() -> bool,
    ) {
        for part in parts(range.clone()) {
            let lost = sectors(part.mask())
                .filter(|_| !keep())
                .fold(0, |lost: SectorMask, sector| lost | 1 << sector);
            let mut image = self.current.copy(part.index);
            let block = Rc::make_mut(&mut image);
            let before = if lost == 0 { None } else { Some(*block) };
            ink.fill(&mut block[part.within.clone()]);
            before.iter().for_each(|before| copy_sectors(lost, before, block));
            let mask = part.mask() & !lost;
            let image = self.current.put_shared(part.index, image);
            self.pending.entry(part.index).or_default().push(Version { sequence, mask, image });
        }
        if range.end > self.length_bytes && !range.is_empty() {
            self.note_length(sequence, range.end, false);
        }
    }

    /// Cuts or extends the file; pending until a sync.
    pub(super) fn set_length(&mut self, sequence: Sequence, length_bytes: u64) {
        let is_cut = length_bytes < self.length_bytes;
        if is_cut {
            self.current.cut(length_bytes);
        }
        if length_bytes != self.length_bytes {
            self.note_length(sequence, length_bytes, is_cut);
        }
    }

    /// Reserves blocks and extends the file; pending until a sync.
    pub(super) fn allocate(&mut self, sequence: Sequence, range: Range<u64>) {
        self.current.reserve(range.clone());
        if range.end > self.length_bytes {
            self.note_length(sequence, range.end, false);
        }
    }

    fn note_length(&mut self, sequence: Sequence, length_bytes: u64, is_cut: bool) {
        self.length_bytes = length_bytes;
        self.lengths.push(LengthChange { sequence, length_bytes, is_cut });
    }

    /// Makes durable what happened up to `last`.
    pub(super) fn flush(&mut self, last: Sequence) {
        self.commit_lengths(last);
        let durable = &mut self.durable;
        self.pending.retain(|index, versions| {
            settle(durable, *index, versions, |sequence| sequence <= last);
            !versions.is_empty()
        });
    }

    /// Makes one write durable, with the length that is needed to read it back; other writes stay
    /// as they are.
    pub(super) fn flush_write(&mut self, sequence: Sequence, range: Range<u64>) {
        self.commit_lengths(sequence);
        for part in parts(range) {
            let Some(versions) = self.pending.get_mut(&part.index) else { continue };
            settle(&mut self.durable, part.index, versions, |other| other == sequence);
            if versions.is_empty() {
                self.pending.remove(&part.index);
            }
        }
    }

    /// What is left of a failed sync: each write that it should have covered is durable or will
    /// never be, although programs go on reading it (the "fsyncgate" of 2018).
    pub(super) fn flush_failed(&mut self, last: Sequence, kept: &mut impl FnMut() -> bool) {
        for (index, versions) in &mut self.pending {
            for version in versions.extract_if(.., |version| version.sequence <= last) {
                let mask = version.mask * SectorMask::from(kept());
                self.durable.patch(*index, mask, &version.image);
            }
        }
        self.pending.retain(|_, versions| !versions.is_empty());
    }

    fn commit_lengths(&mut self, last: Sequence) {
        let count = self.lengths.partition_point(|change| change.sequence <= last);
        for change in self.lengths.drain(..count).collect::<Vec<_>>() {
            self.commit_length(change);
        }
    }

    fn commit_length(&mut self, change: LengthChange) {
        self.durable_length_bytes = change.length_bytes;
        if !change.is_cut {
            return;
        }
        self.durable.cut(change.length_bytes);
        let first = change.length_bytes / BLOCK_BYTES as u64;
        let kept_sectors = (change.length_bytes % BLOCK_BYTES as u64).div_ceil(SECTOR_BYTES as u64);
        let kept = (0..kept_sectors).fold(0, |mask: SectorMask, sector| mask | 1 << sector);
        for (index, versions) in self.pending.range_mut(first..) {
            let kept = if *index == first { kept } else { 0 };
            for version in versions.iter_mut().filter(|old| old.sequence < change.sequence) {
                version.mask &= kept;
            }
            versions.retain(|version| version.mask != 0);
        }
        self.pending.retain(|_, versions| !versions.is_empty());
        self.trim_boundary(change.length_bytes, change.sequence);
    }

    /// Zeros what an old write holds beyond the cut in the sector that the cut goes through.
    fn trim_boundary(&mut self, length_bytes: u64, sequence: Sequence) {
        let within = small(length_bytes % BLOCK_BYTES as u64);
        let versions = self.pending.get_mut(&(length_bytes / BLOCK_BYTES as u64));
        for version in versions.into_iter().flatten() {
            if version.sequence < sequence && within > 0 {
                Rc::make_mut(&mut version.image)[within..].fill(0);
            }
        }
    }

    /// The power is gone: `chooser` says how far the length had come and which version of each
    /// pending sector the media hold, the old one among them.
    pub(super) fn decide(&mut self, chooser: &mut Chooser) {
        let kept_count = chooser.choose_prefix(self.lengths.len());
        let candidates = self.candidates(chooser);
        let mut lengths = std::mem::take(&mut self.lengths);
        lengths.truncate(kept_count);
        for change in lengths {
            self.commit_length(change);
        }
        for (index, sequence, mask) in candidates {
            let versions = self.pending.get(&index).into_iter().flatten();
            for version in versions.filter(|version| version.sequence == sequence) {
                self.durable.patch(index, mask & version.mask, &version.image);
            }
        }
        self.pending.clear();
        self.durable.cut(self.durable_length_bytes);
        self.current = self.durable.clone();
        self.length_bytes = self.durable_length_bytes;
        self.open_count = 0;
    }

    /// For each pending sector the write that the media hold, if any.
    fn candidates(&self, chooser: &mut Chooser) -> Vec<(u64, Sequence, SectorMask)> {
        let mut chosen = Vec::new();
        for (index, versions) in &self.pending {
            for sector in sectors(SectorMask::MAX) {
                let bit: SectorMask = 1 << sector;
                let holders = versions.iter().filter(|version| version.mask & bit != 0);
                let holders: Vec<_> = holders.map(|version| version.sequence).collect();
                let choice = chooser.choose_sector(holders.len());
                let holder = choice.checked_sub(1).map(|choice| holders[choice]);
                chosen.extend(holder.map(|sequence| (*index, sequence, bit)));
            }
        }
        chosen
    }

    /// How many sectors wait for a sync.
    pub(super) fn pending_sector_count(&self) -> u64 {
        let masks = self.pending.values().map(|versions| {
            versions.iter().fold(0, |mask: SectorMask, version| mask | version.mask)
        });
        masks.map(|mask| u64::from(mask.count_ones())).sum()
    }

    /// Flips a bit of what the last write brought, wherever that is now.
    pub(super) fn rot_write(&mut self, position: u64, bit: u32) {
        self.current.flip_bit(position, bit);
        let versions = self.pending.get_mut(&(position / BLOCK_BYTES as u64));
        if let Some(version) = versions.and_then(|versions| versions.last_mut()) {
            let byte = small(position % BLOCK_BYTES as u64);
            Rc::make_mut(&mut version.image)[byte] ^= 1 << (bit % u8::BITS);
        }
    }

    /// Flips a bit on the media and in whatever was read from there.
    pub(super) fn flip_bit(&mut self, position: u64, bit: u32) {
        self.current.flip_bit(position, bit);
        self.durable.flip_bit(position, bit);
    }
}

fn read(image: &Image, length_bytes: u64, position: u64, into: &mut [u8]) -> usize {
    let left = small(length_bytes.saturating_sub(position));
    let count = left.min(into.len());
    image.read(position, &mut into[..count]);
    count
}

/// Moves the covered versions of a block to the media. What an earlier version, covered or not,
/// has in the same sectors is overwritten there and can never come up again.
fn settle(
    durable: &mut Image,
    index: u64,
    versions: &mut Vec<Version>,
    covered: impl Fn(Sequence) -> bool,
) {
    for current in 0..versions.len() {
        if !covered(versions[current].sequence) {
            continue;
        }
        let mask = versions[current].mask;
        durable.patch(index, mask, &versions[current].image);
        for version in &mut versions[..=current] {
            version.mask &= !mask;
        }
    }
    versions.retain(|version| version.mask != 0);
}
