//! The drawer of regions that a shard lends from.

use super::Buffer;
use super::region::{Memory, Region};
use crate::error::{IoError, Result};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A shard's buffers, within a limit. Regions come from the kernel as they are needed and go back
/// to it, beyond a small reserve, when nobody holds them.
pub struct Pool {
    home: Arc<Home>,
    /// What is left of the region that small buffers are cut from.
    remnant: RefCell<Option<Buffer>>,
}

/// What a pool holds, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUsage {
    /// Lent to buffers and slices, in whole regions.
    pub lent_bytes: usize,
    /// Kept for the next one who asks.
    pub kept_bytes: usize,
    /// The limit for both together.
    pub bytes_max: usize,
}

/// The part of a pool that regions find their way home to, from whatever thread drops them last.
pub(super) struct Home {
    /// A lock, since regions come home from other threads; taken once per 2 MiB.
    drawer: Mutex<Vec<Memory>>,
    lent_count: AtomicUsize,
    count_max: usize,
    kept_count_max: usize,
}

impl Home {
    pub(super) fn take_back(&self, memory: Memory) {
        let mut drawer = self.drawer.lock().unwrap_or_else(PoisonError::into_inner);
        self.lent_count.fetch_sub(1, Ordering::Relaxed);
        if drawer.len() < self.kept_count_max {
            drawer.push(memory);
        }
    }
}

impl Pool {
    /// A pool of at most `bytes_max` bytes (rounded down to whole regions, at least two), which
    /// keeps up to `kept_bytes_max` of what comes back.
    #[must_use]
    pub fn new(bytes_max: usize, kept_bytes_max: usize) -> Self {
        let home = Home {
            drawer: Mutex::new(Vec::new()),
            lent_count: AtomicUsize::new(0),
            count_max: (bytes_max / REGION_BYTES).max(2),
            kept_count_max: kept_bytes_max / REGION_BYTES,
        };
        Self { home: Arc::new(home), remnant: RefCell::new(None) }
    }

    /// A whole region of [`REGION_BYTES`], aligned to its size.
    ///
    /// # Errors
    /// [`IoError::BuffersSpent`] at the pool's limit, or when the kernel has no memory.
    pub fn region(&self) -> Result<Buffer> {
        let mut drawer = self.home.drawer.lock().unwrap_or_else(PoisonError::into_inner);
        let lent_count = self.home.lent_count.load(Ordering::Relaxed);
        let bytes_max = self.home.count_max * REGION_BYTES;
        if lent_count >= self.home.count_max {
            return Err(IoError::BuffersSpent { bytes_max });
        }
        let memory = match drawer.pop() {
            Some(memory) => memory,
            None => Memory::map(REGION_BYTES).ok_or(IoError::BuffersSpent { bytes_max })?,
        };
        self.home.lent_count.fetch_add(1, Ordering::Relaxed);
        let region = Arc::new(Region::lent(memory, Arc::clone(&self.home)));
        Ok(Buffer { region, range: 0..REGION_BYTES })
    }

    /// A buffer of `length_bytes`, at most a region, cut at multiples of 4 KiB from a region that
    /// is shared with other buffers.
    ///
    /// # Errors
    /// As [`Pool::region`].
    ///
    /// # Panics
    /// If more than [`REGION_BYTES`] are asked for.
    pub fn buffer(&self, length_bytes: usize) -> Result<Buffer> {
        assert!(length_bytes <= REGION_BYTES, "a buffer lies within one region");
        let cut_bytes = length_bytes.next_multiple_of(BLOCK_BYTES);
        let mut remnant = self.remnant.borrow_mut();
        if remnant.as_ref().is_none_or(|rest| rest.len() < cut_bytes) {
            *remnant = None;
            *remnant = Some(self.region()?);
        }
        let rest = remnant.as_mut().expect("filled above");
        let mut buffer = rest.split_to(cut_bytes);
        buffer.truncate(length_bytes);
        if rest.is_empty() {
            *remnant = None;
        }
        Ok(buffer)
    }

    /// What the pool holds now.
    #[must_use]
    pub fn usage(&self) -> PoolUsage {
        let drawer = self.home.drawer.lock().unwrap_or_else(PoisonError::into_inner);
        PoolUsage {
            lent_bytes: self.home.lent_count.load(Ordering::Relaxed) * REGION_BYTES,
            kept_bytes: drawer.len() * REGION_BYTES,
            bytes_max: self.home.count_max * REGION_BYTES,
        }
    }

    /// Gives the kept regions, and the remnant that small buffers are cut from, back to the kernel.
    pub fn shrink(&self) {
        *self.remnant.borrow_mut() = None;
        self.home.drawer.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
