//! Regions that are there before they are asked for.
//!
//! The kernel finds the pages of a new region when they are first written, and zeroes them: a tenth
//! of a millisecond for 2 MiB, and many times that on a virtual machine whose host has to find them
//! too. On a shard's thread that is a pause for everybody whom it serves, and it comes just when a
//! disk has hesitated and more memory is needed. So a thread of its own makes regions ahead.

use super::region::Memory;
use millstream_base::limits::REGION_BYTES;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;

/// Regions whose pages are there, and the thread that makes them; it ends with this.
pub(super) struct Stock {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    ready: Mutex<Vec<Memory>>,
    ready_count: AtomicUsize,
    wanted_count: AtomicUsize,
    /// What is ready beyond this goes back to the kernel.
    kept_count: AtomicUsize,
    is_over: AtomicBool,
}

impl Stock {
    /// Starts a thread of this name, which may run where the calling thread may.
    pub(super) fn start(name: String) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let filled = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(name).spawn(move || filled.fill())?;
        Ok(Self { shared, thread: thread.thread().clone() })
    }

    /// A region, if one is ready. Never waits: the thread that makes them may not have run for a
    /// long time while it holds the lock.
    pub(super) fn take(&self) -> Option<Memory> {
        let mut ready = self.shared.ready.try_lock().ok()?;
        let memory = ready.pop()?;
        self.shared.ready_count.store(ready.len(), Ordering::Relaxed);
        Some(memory)
    }

    /// How many are ready.
    pub(super) fn count(&self) -> usize {
        self.shared.ready_count.load(Ordering::Relaxed)
    }

    /// Asks for so many to be ready.
    pub(super) fn want(&self, count: usize) {
        self.shared.kept_count.store(usize::MAX, Ordering::Relaxed);
        self.shared.wanted_count.store(count, Ordering::Relaxed);
        if self.count() < count {
            self.thread.unpark();
        }
    }

    /// Asks for just so many to be ready, and for those beyond to go back to the kernel.
    pub(super) fn keep(&self, count: usize) {
        self.shared.wanted_count.store(count, Ordering::Relaxed);
        self.shared.kept_count.store(count, Ordering::Relaxed);
        if self.count() != count {
            self.thread.unpark();
        }
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

impl Shared {
    fn is_wanting(&self) -> bool {
        self.ready_count.load(Ordering::Relaxed) < self.wanted_count.load(Ordering::Relaxed)
    }

    /// The thread: gives back what is not to be kept, makes what is wanted, and sleeps.
    fn fill(&self) {
        yield_to_others();
        while !self.is_over.load(Ordering::Relaxed) {
            self.give_back();
            let made = if self.is_wanting() { Memory::map(REGION_BYTES) } else { None };
            let Some(mut memory) = made else {
                // Nothing is wanted, or the kernel has no memory: until the next one asks.
                std::thread::park();
                continue;
            };
            memory.touch();
            let mut ready = self.ready();
            ready.push(memory);
            self.ready_count.store(ready.len(), Ordering::Relaxed);
        }
    }

    fn give_back(&self) {
        let mut ready = self.ready();
        let kept_count = self.kept_count.load(Ordering::Relaxed).min(ready.len());
        let going = ready.split_off(kept_count);
        self.ready_count.store(ready.len(), Ordering::Relaxed);
        drop(ready);
        // Outside of the lock: unmapping takes its time.
        drop(going);
    }

    fn ready(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets this thread run only where a core has nothing else to do: a shard that wakes up there goes
/// first. See `SCHED_IDLE` in sched(7).
fn yield_to_others() {
    #[cfg(not(miri))]
    {
        // SAFETY: the structure is of plain integers, for which zeros are values.
        let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
        // SAFETY: 0 is the calling thread, and the structure outlives the call. A refusal changes
        // nothing: the thread then competes as others do.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_ends_with_the_stock() {
        let stock = Stock::start("stock".to_owned()).unwrap();
        stock.want(4);
        let shared = Arc::downgrade(&stock.shared);
        while stock.count() < 4 {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
        drop(stock);
        while shared.strong_count() > 0 {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
    }
}
