//! The drawer of regions that a shard lends from.

use super::Buffer;
use super::region::{Memory, Region};
use super::stock::Stock;
use crate::error::{IoError, Result};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A pool that was asked for so many regions since its last rest is under load, and gets a stock.
pub(super) const LOADED_COUNT: usize = 16;
/// What a pool with a stock has ready under load: so much may be asked for at once.
pub(super) const STOCK_COUNT: usize = 32;

/// Over so many returns it is watched how many regions of the drawer are never asked for.
const WATCHED_RETURN_COUNT: usize = 256;

/// A shard's buffers, within a limit. Regions come from the kernel as they are needed. What comes
/// back is kept while it is in use again and again, since the kernel zeroes each new region; what
/// nobody has asked for over the last half GiB goes back, beyond a small reserve.
///
/// With a stock, a pool under load has 64 MiB ready whose pages are there, until it is trimmed; and
/// from the start, and at rest, what it was told to.
pub struct Pool {
    home: Arc<Home>,
    stock: Option<Stock>,
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
    drawer: Mutex<Drawer>,
    lent_count: AtomicUsize,
    count_max: usize,
    reserve_count: usize,
    /// Regions whose pages are there from the start on, lent or not.
    prefault_count: usize,
}

/// Regions that nobody holds.
#[derive(Default)]
struct Drawer {
    /// The last one to come home goes out first: it is the likeliest to be in the caches.
    kept: Vec<Memory>,
    /// Those at the bottom, which nobody has asked for since the watch began.
    unused_count: usize,
    return_count: usize,
    /// Regions asked for since the last rest.
    asked_count: usize,
}

impl Drawer {
    fn is_loaded(&self) -> bool {
        self.asked_count >= LOADED_COUNT
    }

    fn take(&mut self) -> Option<Memory> {
        self.asked_count = self.asked_count.saturating_add(1);
        let memory = self.kept.pop();
        self.unused_count = self.unused_count.min(self.kept.len());
        memory
    }

    /// Puts a region in, and gives those that are to go back to the kernel.
    fn put(&mut self, memory: Memory, reserve_count: usize) -> Vec<Memory> {
        self.kept.push(memory);
        self.return_count += 1;
        if self.return_count < WATCHED_RETURN_COUNT {
            return Vec::new();
        }
        self.give(self.unused_count.saturating_sub(reserve_count))
    }

    /// Gives so many from the bottom; the watch begins anew.
    fn give(&mut self, count: usize) -> Vec<Memory> {
        let going = self.kept.drain(..count).collect();
        self.return_count = 0;
        self.unused_count = self.kept.len();
        going
    }
}

impl Home {
    fn new(bytes_max: usize, reserve_bytes: usize, prefault_bytes: usize) -> Self {
        let count_max = (bytes_max / REGION_BYTES).max(2);
        let prefault_count = (prefault_bytes / REGION_BYTES).min(count_max);
        Self {
            drawer: Mutex::default(),
            lent_count: AtomicUsize::new(0),
            count_max,
            reserve_count: (reserve_bytes / REGION_BYTES).max(prefault_count),
            prefault_count,
        }
    }

    /// What a stock has to have at rest beside what is lent and kept.
    fn prefault_missing_count(&self, drawer: &Drawer) -> usize {
        let lent_count = self.lent_count.load(Ordering::Relaxed);
        self.prefault_count.saturating_sub(lent_count + drawer.kept.len())
    }

    pub(super) fn take_back(&self, memory: Memory) {
        let mut drawer = self.drawer();
        self.lent_count.fetch_sub(1, Ordering::Relaxed);
        let going = drawer.put(memory, self.reserve_count);
        drop(drawer);
        // Outside of the lock: unmapping takes its time.
        drop(going);
    }

    fn drawer(&self) -> MutexGuard<'_, Drawer> {
        self.drawer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// A pool of at most `bytes_max` bytes (rounded down to whole regions, at least two), which
    /// keeps `reserve_bytes` of what comes back also when nobody asks for it.
    #[must_use]
    pub fn new(bytes_max: usize, reserve_bytes: usize) -> Self {
        let home = Home::new(bytes_max, reserve_bytes, 0);
        Self { home: Arc::new(home), stock: None, remnant: RefCell::new(None) }
    }

    /// A pool as [`Pool::new`] makes it, with a stock of regions whose pages are there. A thread of
    /// this name makes them, which may run where the calling thread may, and ends with the pool. It
    /// begins with `prefault_bytes`, which the pool then always has.
    pub(crate) fn stocked(
        bytes_max: usize,
        reserve_bytes: usize,
        prefault_bytes: usize,
        thread_name: String,
    ) -> std::io::Result<Self> {
        let home = Home::new(bytes_max, reserve_bytes, prefault_bytes);
        let stock = Stock::start(thread_name)?;
        stock.keep(home.prefault_count);
        Ok(Self { home: Arc::new(home), stock: Some(stock), remnant: RefCell::new(None) })
    }

    /// A whole region of [`REGION_BYTES`], aligned to its size.
    ///
    /// # Errors
    /// [`IoError::BuffersSpent`] at the pool's limit, or when the kernel has no memory.
    pub fn region(&self) -> Result<Buffer> {
        let mut drawer = self.home.drawer();
        let lent_count = self.home.lent_count.load(Ordering::Relaxed);
        let bytes_max = self.home.count_max * REGION_BYTES;
        if lent_count >= self.home.count_max {
            return Err(IoError::BuffersSpent { bytes_max });
        }
        let kept = drawer.take();
        if let Some(stock) = self.stock.as_ref().filter(|_| drawer.is_loaded()) {
            // Together they keep within the limit.
            let room_count = self.home.count_max - lent_count - 1;
            stock.want(STOCK_COUNT.min(room_count).saturating_sub(drawer.kept.len()));
        }
        drop(drawer);
        let ready = || self.stock.as_ref().and_then(Stock::take);
        let memory = kept.or_else(ready).or_else(|| Memory::map(REGION_BYTES));
        let memory = memory.ok_or(IoError::BuffersSpent { bytes_max })?;
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
        let drawer = self.home.drawer();
        PoolUsage {
            lent_bytes: self.home.lent_count.load(Ordering::Relaxed) * REGION_BYTES,
            kept_bytes: (drawer.kept.len() + self.stock.as_ref().map_or(0, Stock::count))
                * REGION_BYTES,
            bytes_max: self.home.count_max * REGION_BYTES,
        }
    }

    /// Gives what is kept beyond the reserve back to the kernel: for a time of rest.
    pub fn trim(&self) {
        let mut drawer = self.home.drawer();
        let going_count = drawer.kept.len().saturating_sub(self.home.reserve_count);
        let going = drawer.give(going_count);
        drawer.asked_count = 0;
        let missing_count = self.home.prefault_missing_count(&drawer);
        drop(drawer);
        drop(going);
        self.stock.iter().for_each(|stock| stock.keep(missing_count));
    }

    /// Gives the kept regions, and the remnant that small buffers are cut from, back to the kernel.
    pub fn shrink(&self) {
        *self.remnant.borrow_mut() = None;
        let mut drawer = self.home.drawer();
        let going = std::mem::take(&mut *drawer);
        let missing_count = self.home.prefault_missing_count(&drawer);
        drop(drawer);
        drop(going);
        self.stock.iter().for_each(|stock| stock.keep(missing_count));
    }
}
