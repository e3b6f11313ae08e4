//! The journal's space on disk: chunk files, zeroed before their first use, then recycled.
//!
//! Rewriting written blocks costs no file-system metadata, so a durable write is one transfer and
//! one flush. Writing into new space costs a journal commit of the file system each time.

use crate::error::{LogError, Result};
use crate::join::try_for_each;
use crate::journal::frame::Place;
use millstream_base::Position;
use millstream_base::limits::{JOURNAL_CHUNK_BYTES, REGION_BYTES};
use millstream_io::{Buffer, Durability, File, Io, OpenOptions};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

const REGIONS_PER_CHUNK: u32 = {
    let count = JOURNAL_CHUNK_BYTES / REGION_BYTES;
    assert!(count < 256, "a chunk has a handful of regions");
    #[expect(clippy::cast_possible_truncation, reason = "asserted in the line above")]
    let count = count as u32;
    count
};

/// The chunk files of one shard and what each is used for.
pub(crate) struct Chunks {
    files: BTreeMap<u32, Chunk>,
    /// In the order of their use, with the last frame that each holds; the last is written now.
    used: VecDeque<(u32, u64)>,
    /// Ready to be used.
    free: VecDeque<u32>,
    /// The region that the last frame went to.
    cursor: Option<(u32, u32)>,
    count_max: usize,
}

struct Chunk {
    file: File,
    zeroed_bytes: u64,
}

/// What the space needs next.
pub(crate) enum Preparation {
    /// This chunk must be zeroed from a position on.
    Zero { chunk: u32, file: File, position: u64, haste: Haste },
    /// A new chunk file should be made under this number.
    Create { chunk: u32 },
}

/// How fast space is zeroed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// One piece after the other, so that frames hardly notice.
    None,
    /// As fast as the disk takes it: frames wait for the space, or soon will.
    Great,
}

impl Chunks {
    pub(crate) fn new(bytes_max: u64) -> Self {
        let count_max = usize::try_from(bytes_max).unwrap_or(usize::MAX) / JOURNAL_CHUNK_BYTES;
        Self {
            files: BTreeMap::new(),
            used: VecDeque::new(),
            free: VecDeque::new(),
            cursor: None,
            count_max,
        }
    }

    /// Takes over a chunk file; `zeroed_bytes` of it were written before.
    pub(crate) fn add(&mut self, chunk: u32, file: File, zeroed_bytes: u64) {
        self.files.insert(chunk, Chunk { file, zeroed_bytes });
        self.free.push_back(chunk);
    }

    /// Continues where recovery ended: `used` chunks in their order, each with its last frame, and
    /// the place of the next frame, if it is in one of the chunks' middle or the start of a named
    /// one.
    pub(crate) fn resume(&mut self, used: Vec<(u32, u64)>, next: Option<Place>) {
        self.used = used.into();
        let mut first_free = None;
        if let Some(next) = next {
            let region = next.position / region_bytes_u32();
            let is_inside = !next.position.is_multiple_of(region_bytes_u32());
            if next.position == 0 {
                first_free = Some(next.chunk);
                self.used.retain(|(chunk, _)| *chunk != next.chunk);
            } else {
                let region = if is_inside { region } else { region - 1 };
                self.cursor = Some((next.chunk, region));
                if self.used.back().is_none_or(|(chunk, _)| *chunk != next.chunk) {
                    self.used.push_back((next.chunk, 0));
                }
            }
        }
        let used = &self.used;
        self.free.retain(|chunk| {
            used.iter().all(|(used, _)| used != chunk) && Some(*chunk) != first_free
        });
        if let Some(chunk) = first_free {
            self.free.push_front(chunk);
        }
    }

    /// Finds the place of a frame that begins `region_position` bytes into its region of memory;
    /// the region on disk is the same for all frames of one region of memory. `None` until there
    /// is prepared space.
    pub(crate) fn place(&mut self, region_position: usize, sequence: u64) -> Option<(Place, File)> {
        if region_position == 0 {
            self.advance()?;
        }
        let (chunk, region) = self.cursor.expect("a frame inside a region follows its first");
        let within = u32::try_from(region_position).expect("a region is below 4 GiB");
        let position = region * region_bytes_u32() + within;
        let used = self.used.back_mut().expect("the cursor is in a used chunk");
        assert_eq!(used.0, chunk, "the chunk that is written is the last used one");
        used.1 = sequence;
        Some((Place { chunk, position }, self.files[&chunk].file.clone()))
    }

    fn advance(&mut self) -> Option<()> {
        let next = match self.cursor {
            Some((chunk, region)) if region + 1 < REGIONS_PER_CHUNK => (chunk, region + 1),
            _ => (*self.free.front()?, 0),
        };
        let end = u64::from(next.1 + 1) * REGION_BYTES as u64;
        if self.files[&next.0].zeroed_bytes < end {
            return None;
        }
        if next.1 == 0 {
            self.free.pop_front();
            self.used.push_back((next.0, 0));
        }
        self.cursor = Some(next);
        Some(())
    }

    /// Regions that frames can still go to without another chunk, zeroed or not, behind the one
    /// that is written now.
    pub(crate) fn free_region_count(&self) -> usize {
        let behind = self.cursor.map_or(0, |(_, region)| REGIONS_PER_CHUNK - 1 - region);
        behind as usize + self.free.len() * REGIONS_PER_CHUNK as usize
    }

    /// The place that recovery starts from when no frame is needed: where the next frame goes.
    pub(crate) fn next_place(&self, region_position: usize) -> Option<Place> {
        let within = u32::try_from(region_position).expect("a region is below 4 GiB");
        match self.cursor {
            Some((chunk, region)) if within > 0 => {
                Some(Place { chunk, position: region * region_bytes_u32() + within })
            }
            Some((chunk, region)) if region + 1 < REGIONS_PER_CHUNK => {
                Some(Place { chunk, position: (region + 1) * region_bytes_u32() })
            }
            _ => self.free.front().map(|chunk| Place { chunk: *chunk, position: 0 }),
        }
    }

    /// Gives back the chunks whose frames all come before `sequence`, but never the last used.
    pub(crate) fn release(&mut self, sequence: u64) {
        while self.used.len() > 1 && self.used[0].1 < sequence {
            let (chunk, _) = self.used.pop_front().expect("checked above");
            self.free.push_back(chunk);
        }
    }

    /// Bytes of chunks in use.
    pub(crate) fn used_bytes(&self) -> u64 {
        (self.used.len() * JOURNAL_CHUNK_BYTES) as u64
    }

    /// What should be prepared now, if anything: the chunk in use first, then the free ones, and
    /// one free chunk is always kept ahead while the limit allows it.
    pub(crate) fn next_preparation(&self) -> Option<Preparation> {
        let candidates = self.used.back().map(|(chunk, _)| chunk).into_iter().chain(&self.free);
        for chunk in candidates {
            let entry = &self.files[chunk];
            if entry.zeroed_bytes < JOURNAL_CHUNK_BYTES as u64 {
                let (file, position) = (entry.file.clone(), entry.zeroed_bytes);
                let is_short = self.zeroed_ahead_bytes() < HASTE_BELOW_BYTES;
                let haste = if is_short { Haste::Great } else { Haste::None };
                return Some(Preparation::Zero { chunk: *chunk, file, position, haste });
            }
        }
        if self.free.is_empty() && self.files.len() < self.count_max {
            let chunk = self.files.last_key_value().map_or(0, |(chunk, _)| chunk + 1);
            return Some(Preparation::Create { chunk });
        }
        None
    }

    /// Zeroed space behind what is written.
    fn zeroed_ahead_bytes(&self) -> u64 {
        let written_bytes =
            self.cursor.map_or(0, |(_, region)| u64::from(region + 1) * REGION_BYTES as u64);
        let last = self
            .used
            .back()
            .map_or(0, |(chunk, _)| self.files[chunk].zeroed_bytes.saturating_sub(written_bytes));
        let free: u64 = self.free.iter().map(|chunk| self.files[chunk].zeroed_bytes).sum();
        last + free
    }

    /// Notes that a chunk was zeroed up to `bytes`.
    pub(crate) fn set_zeroed(&mut self, chunk: u32, bytes: u64) {
        self.files.get_mut(&chunk).expect("a chunk that was prepared").zeroed_bytes = bytes;
    }
}

fn region_bytes_u32() -> u32 {
    u32::try_from(REGION_BYTES).expect("a region is below 4 GiB")
}

/// The file of a chunk.
pub(crate) fn chunk_path(journal: &Path, chunk: u32) -> PathBuf {
    journal.join(format!("{chunk:08x}.chunk"))
}

/// The number of a chunk file, or `None` for any other name.
pub(crate) fn chunk_number(name: &std::ffi::OsStr) -> Option<u32> {
    let digits = name.to_str()?.strip_suffix(".chunk")?;
    if digits.len() != 8 {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// What is wrong with the files of a journal as a whole, by their numbers and lengths: which one it
/// is, and what. `start` is the one that recovery begins in.
///
/// A chunk gets its full length, durably, before it is used and before the next one is made. So all
/// but the last have that length, and none is missing between others (F8): the frames of a chunk
/// that is gone would be missed by nobody, if no later one spoke of them.
pub(crate) fn find_missing(
    lengths: &BTreeMap<u32, u64>,
    start: u32,
) -> Option<(u32, &'static str)> {
    let last = lengths.last_key_value().map_or(0, |(last, _)| *last).max(start);
    (0..=last).find_map(|chunk| match lengths.get(&chunk) {
        None => Some((chunk, "a chunk of the journal is missing; restore it from a copy")),
        Some(length_bytes) => {
            let may_be_new = chunk == last && chunk != start;
            let is_short = *length_bytes < JOURNAL_CHUNK_BYTES as u64 && !may_be_new;
            let reason = "a chunk of the journal was cut; restore it from a copy";
            is_short.then_some((chunk, reason))
        }
    })
}

/// Makes a chunk file of full length whose blocks are still to be zeroed.
pub(crate) async fn create_chunk(io: &Io, journal: &Path, chunk: u32) -> Result<File> {
    let file = io.open(&chunk_path(journal, chunk), OpenOptions::write_direct()).await?;
    file.allocate(Position::ZERO, JOURNAL_CHUNK_BYTES as u64).await?;
    Ok(file)
}

/// Writes zeros over a chunk from `position` on, durably, and says how far. In pieces, so that a
/// frame which is written meanwhile does not wait behind much.
pub(crate) async fn zero(file: &File, position: u64, haste: Haste) -> Result<u64> {
    let (region_count, in_flight) = match haste {
        Haste::None => (1, 1),
        Haste::Great => (HASTY_REGION_COUNT, HASTY_IN_FLIGHT),
    };
    let end = (position + region_count * REGION_BYTES as u64).min(JOURNAL_CHUNK_BYTES as u64);
    // Not from the pool: what fills it may wait for this very space to be written.
    let zeros = Buffer::unpooled(ZERO_PIECE_BYTES).freeze();
    let pieces = (position..end).step_by(ZERO_PIECE_BYTES);
    try_for_each(in_flight, pieces, |piece| {
        let write = file.write_at(vec![zeros.clone()], Position::new(piece), Durability::Written);
        async { write.await.map_err(LogError::from) }
    })
    .await?;
    file.sync_data().await?;
    Ok(end)
}

/// How many zeros are written at once.
const ZERO_PIECE_BYTES: usize = 256 << 10;
/// With less zeroed space ahead the frames may soon wait for it.
const HASTE_BELOW_BYTES: u64 = 12 << 20;
/// A flush costs as much as the writes of several regions.
const HASTY_REGION_COUNT: u64 = 4;
/// Pieces in flight: enough to keep a disk busy.
const HASTY_IN_FLIGHT: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: u64 = JOURNAL_CHUNK_BYTES as u64;

    fn missing(lengths: &[(u32, u64)], start: u32) -> Option<u32> {
        find_missing(&lengths.iter().copied().collect(), start).map(|(chunk, _)| chunk)
    }

    #[test]
    fn a_chunk_may_be_short_only_while_it_is_made() {
        assert_eq!(missing(&[(0, FULL)], 0), None);
        assert_eq!(missing(&[(0, FULL), (1, 0)], 0), None);
        assert_eq!(missing(&[(0, FULL), (1, 4096)], 1), Some(1));
        assert_eq!(missing(&[(0, 4096), (1, FULL)], 1), Some(0));
        assert_eq!(missing(&[(0, 0)], 0), Some(0));
    }

    #[test]
    fn no_chunk_is_missing_between_others() {
        assert_eq!(missing(&[], 0), Some(0));
        assert_eq!(missing(&[(0, FULL)], 1), Some(1));
        assert_eq!(missing(&[(0, FULL), (2, FULL)], 0), Some(1));
    }
}
