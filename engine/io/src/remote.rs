//! How other threads reach a shard: the list of tasks they woke, and the bell that ends its sleep.

use crate::bell::Bell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The part of a shard that every thread may touch.
pub(crate) struct Remote {
    /// Tasks woken by other threads since the shard looked last.
    wakes: Mutex<Vec<usize>>,
    /// Whether `wakes` may hold something; spares the shard the lock.
    has_wakes: AtomicBool,
    /// Set by the shard before it sleeps; who takes it back must ring.
    asleep: AtomicBool,
    bell: Bell,
}

impl Remote {
    pub(crate) fn new(bell: Bell) -> Self {
        Self {
            wakes: Mutex::new(Vec::new()),
            has_wakes: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            bell,
        }
    }

    /// Puts a task on the list, and wakes the shard if it sleeps.
    pub(crate) fn wake_task(&self, id: usize) {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        // SeqCst, in pairs with `fall_asleep`: either the shard sees the wake before it sleeps, or
        // this thread sees it asleep and rings. With weaker orders both could miss each other.
        self.has_wakes.store(true, Ordering::SeqCst);
        self.ring_if_asleep();
    }

    /// Wakes the shard if it sleeps.
    pub(crate) fn ring_if_asleep(&self) {
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    /// Announces the shard's sleep. `false` if something came in meanwhile: it must not sleep.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        if self.has_wakes.load(Ordering::SeqCst) {
            self.asleep.store(false, Ordering::SeqCst);
            return false;
        }
        true
    }

    /// The shard is awake again, so nobody needs to ring.
    pub(crate) fn wake_up(&self) {
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Whether tasks were woken since the shard looked last.
    pub(crate) fn has_wakes(&self) -> bool {
        self.has_wakes.load(Ordering::Acquire)
    }

    /// Hands the woken tasks over.
    pub(crate) fn take_wakes(&self, mut take: impl FnMut(usize)) {
        if !self.has_wakes.load(Ordering::Relaxed) {
            return;
        }
        self.has_wakes.store(false, Ordering::SeqCst);
        let mut wakes = self.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        wakes.drain(..).for_each(&mut take);
    }
}
