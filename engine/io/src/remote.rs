//! How other threads reach a shard: the list of tasks they woke, and the bell that ends its sleep.

use crate::bell::Bell;
use crate::sync::{AtomicBool, Mutex, Ordering, fence};
use std::sync::PoisonError;

/// The part of a shard that every thread may touch.
///
/// The shard announces its sleep and looks once more for wakes; who wakes adds to the list and then
/// looks for the announcement. With a full fence between the two steps of each, at least one of
/// them sees the other: no wake is lost, and a shard that is awake is not rung for.
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

    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Puts a task on the list. `true` if the shard sleeps, and counts on the caller to ring.
    #[must_use]
    pub(crate) fn wake_task(&self, id: usize) -> bool {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        self.has_wakes.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::AcqRel)
    }

    /// Announces the shard's sleep. `false` if something came in meanwhile: it must not sleep.
    pub(crate) fn fall_asleep(&self) -> bool {
        // A swap, since it must come behind the swap of one who took back an earlier sleep.
        self.asleep.swap(true, Ordering::AcqRel);
        fence(Ordering::SeqCst);
        if self.has_wakes.load(Ordering::Relaxed) {
            self.wake_up();
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
        // Before the list is taken: a wake that comes in between is seen twice, never not at all.
        self.has_wakes.store(false, Ordering::Relaxed);
        let mut wakes = self.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        wakes.drain(..).for_each(&mut take);
    }
}
