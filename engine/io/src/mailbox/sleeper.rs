//! One side of a mailbox that waits for the other.

use crate::sync::{AtomicBool, Mutex, Ordering, fence};
use std::sync::PoisonError;
use std::task::Waker;

/// Where one task waits for what the other side does, without a lock while nobody waits.
///
/// The one who waits announces it and looks once more; the other one acts and then looks for the
/// announcement. With a full fence between the two steps of each, at least one of them sees the
/// other, so no wake-up is lost.
pub(super) struct Sleeper {
    asleep: AtomicBool,
    /// Taken only by a task that falls asleep and by who wakes it.
    waker: Mutex<Option<Waker>>,
}

impl Sleeper {
    pub(super) fn new() -> Self {
        Self { asleep: AtomicBool::new(false), waker: Mutex::new(None) }
    }

    /// Announces that the task waits. The caller looks once more after this, and calls
    /// [`Sleeper::rise`] if it need not wait.
    pub(super) fn fall_asleep(&self, waker: &Waker) {
        let mut place = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *place {
            Some(known) => known.clone_from(waker),
            None => *place = Some(waker.clone()),
        }
        drop(place);
        // A swap, since it must come behind the swap of one who took back an earlier sleep.
        self.asleep.swap(true, Ordering::AcqRel);
        fence(Ordering::SeqCst);
    }

    /// The task runs again: nobody needs to wake it.
    pub(super) fn rise(&self) {
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Wakes the task if it waits, after what it waits for was done.
    pub(super) fn wake(&self) {
        fence(Ordering::SeqCst);
        if !self.asleep.load(Ordering::Relaxed) || !self.asleep.swap(false, Ordering::AcqRel) {
            return;
        }
        let place = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = place.clone();
        drop(place);
        waker.into_iter().for_each(Waker::wake);
    }
}
