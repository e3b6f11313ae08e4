//! Deadlines of groups and members.
//!
//! A heartbeat moves a deadline later, which is one store and no look at the queue: the queue
//! still holds the earlier time, and when that comes the entry moves on to where the deadline is.
//! There is at most one entry per key, and whoever goes takes its entry along, so the queue never
//! holds more than there are members, names handed out, and groups.

use std::collections::BTreeSet;

use millstream_base::Instant;

use crate::names::{GroupId, MemberId};

/// Whose deadline it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKey {
    /// The coordinator looks for offsets that have expired.
    CleanUp,
    /// A group stops to wait, for members or for their SyncGroup.
    Group(GroupId),
    /// A member's session ends, or a name that was handed out.
    Member(GroupId, MemberId),
}

/// One deadline, kept by whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    /// When it is due; [`Instant::MAX`] for never.
    deadline: Instant,
    /// Where its entry in the queue is; [`Instant::MAX`] without one. Never after the deadline.
    queued_at: Instant,
}

impl Default for Timer {
    fn default() -> Self {
        Self { deadline: Instant::MAX, queued_at: Instant::MAX }
    }
}

/// What came out of the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Popped {
    /// The deadline has come.
    Due,
    /// It was moved meanwhile.
    NotYet,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeSet<(Instant, TimerKey)>,
}

impl Timers {
    /// When somebody should look: never later than the first deadline.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Moves a deadline. `key` is asked for only where the queue has to change.
    pub(crate) fn set(
        &mut self,
        timer: &mut Timer,
        deadline: Instant,
        key: impl FnOnce() -> TimerKey,
    ) {
        timer.deadline = deadline;
        if deadline >= timer.queued_at || deadline == Instant::MAX {
            return;
        }
        let key = key();
        if timer.queued_at < Instant::MAX {
            self.queue.remove(&(timer.queued_at, key.clone()));
        }
        timer.queued_at = deadline;
        self.queue.insert((deadline, key));
    }

    /// Takes a deadline and its entry away.
    pub(crate) fn cancel(&mut self, timer: &mut Timer, key: impl FnOnce() -> TimerKey) {
        if timer.queued_at < Instant::MAX {
            self.queue.remove(&(timer.queued_at, key()));
        }
        *timer = Timer::default();
    }

    /// Takes the first entry out that is due; its owner hands its timer to [`Timers::settle`].
    pub(crate) fn pop(&mut self, now: Instant) -> Option<TimerKey> {
        if self.first()? > now {
            return None;
        }
        self.queue.pop_first().map(|(_, key)| key)
    }

    /// Tells the owner of an entry that was popped whether its deadline has come, and queues it
    /// again where it has not.
    pub(crate) fn settle(
        &mut self,
        timer: &mut Timer,
        now: Instant,
        key: impl FnOnce() -> TimerKey,
    ) -> Popped {
        timer.queued_at = Instant::MAX;
        if timer.deadline <= now {
            timer.deadline = Instant::MAX;
            return Popped::Due;
        }
        let deadline = timer.deadline;
        self.set(timer, deadline, key);
        Popped::NotYet
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TimerKey {
        TimerKey::CleanUp
    }

    #[test]
    fn a_deadline_that_moves_later_leaves_the_queue_alone_until_it_is_due() {
        let mut timers = Timers::default();
        let mut timer = Timer::default();
        timers.set(&mut timer, Instant::new(10), key);
        timers.set(&mut timer, Instant::new(30), || unreachable!());
        assert_eq!((timers.len(), timers.first()), (1, Some(Instant::new(10))));

        assert_eq!(timers.pop(Instant::new(9)), None);
        assert_eq!(timers.pop(Instant::new(10)), Some(key()));
        assert_eq!(timers.settle(&mut timer, Instant::new(10), key), Popped::NotYet);
        assert_eq!((timers.len(), timers.first()), (1, Some(Instant::new(30))));

        assert_eq!(timers.pop(Instant::new(30)), Some(key()));
        assert_eq!(timers.settle(&mut timer, Instant::new(30), key), Popped::Due);
        assert_eq!((timers.len(), timer), (0, Timer::default()));
    }

    #[test]
    fn a_deadline_that_moves_earlier_takes_its_entry_along() {
        let mut timers = Timers::default();
        let mut timer = Timer::default();
        timers.set(&mut timer, Instant::new(30), key);
        timers.set(&mut timer, Instant::new(10), key);
        assert_eq!((timers.len(), timers.first()), (1, Some(Instant::new(10))));
    }

    #[test]
    fn whoever_goes_takes_its_entry_along() {
        let mut timers = Timers::default();
        let mut timer = Timer::default();
        timers.set(&mut timer, Instant::new(10), key);
        timers.set(&mut timer, Instant::new(20), key);
        timers.cancel(&mut timer, key);
        assert_eq!((timers.len(), timer), (0, Timer::default()));
    }
}
