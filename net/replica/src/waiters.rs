//! Fetches that wait for more: by bytes, and until a deadline.

use millstream_base::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Names a waiter of one partition; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaiterId(u64);

/// A fetch that found too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiter {
    /// How many more bytes it wants. One that waits for several partitions wants one of each, and
    /// counts for itself.
    pub bytes_min: u64,
    /// When it is answered with what there is.
    pub deadline: Instant,
}

/// The waiters of one partition. All of them wait at its readable end: whoever has more to read
/// does not wait.
#[derive(Debug, Default)]
pub struct Waiters {
    next: u64,
    waiting: BTreeMap<WaiterId, Waiter>,
    deadlines: BTreeSet<(Instant, WaiterId)>,
}

impl Waiters {
    /// Adds one.
    pub fn register(&mut self, waiter: Waiter) -> WaiterId {
        let id = WaiterId(self.next);
        self.next += 1;
        self.waiting.insert(id, waiter);
        self.deadlines.insert((waiter.deadline, id));
        id
    }

    /// Takes one out that no longer waits; nothing if it was woken.
    pub fn cancel(&mut self, id: WaiterId) {
        if let Some(waiter) = self.waiting.remove(&id) {
            self.deadlines.remove(&(waiter.deadline, id));
        }
    }

    /// So many bytes more can be read: whom to wake, in the order in which they came.
    pub fn more(&mut self, bytes: u64) -> Vec<WaiterId> {
        for waiter in self.waiting.values_mut() {
            waiter.bytes_min = waiter.bytes_min.saturating_sub(bytes);
        }
        self.take(|waiter| waiter.bytes_min == 0)
    }

    /// Whose deadline is over.
    pub fn expire(&mut self, now: Instant) -> Vec<WaiterId> {
        if self.next_deadline().is_none_or(|deadline| deadline > now) {
            return Vec::new();
        }
        self.take(|waiter| waiter.deadline <= now)
    }

    /// All of them: the partition is gone, or led by another, or its start has moved.
    pub fn wake_all(&mut self) -> Vec<WaiterId> {
        self.take(|_| true)
    }

    /// When the next deadline is.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn take(&mut self, is_over: impl Fn(&Waiter) -> bool) -> Vec<WaiterId> {
        let over = self.waiting.iter().filter(|(_, waiter)| is_over(waiter));
        let over: Vec<WaiterId> = over.map(|(id, _)| *id).collect();
        over.iter().for_each(|id| self.cancel(*id));
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiter(bytes_min: u64, deadline: u64) -> Waiter {
        Waiter { bytes_min, deadline: Instant::new(deadline) }
    }

    #[test]
    fn point_65_each_is_woken_by_enough_bytes_or_by_its_deadline() {
        let mut waiters = Waiters::default();
        let few = waiters.register(waiter(10, 100));
        let many = waiters.register(waiter(25, 50));
        let huge = waiters.register(waiter(1000, 70));
        assert_eq!(waiters.next_deadline(), Some(Instant::new(50)));
        assert_eq!(waiters.more(9), []);
        assert_eq!(waiters.more(1), [few]);
        assert_eq!(waiters.expire(Instant::new(49)), []);
        assert_eq!(waiters.more(15), [many], "bytes add up");
        assert_eq!(waiters.expire(Instant::new(69)), []);
        assert_eq!(waiters.expire(Instant::new(70)), [huge]);
        assert!(waiters.is_empty() && waiters.next_deadline().is_none());
    }

    #[test]
    fn who_has_gone_is_not_woken() {
        let mut waiters = Waiters::default();
        let first = waiters.register(waiter(1, 5));
        let second = waiters.register(waiter(1, 5));
        waiters.cancel(first);
        waiters.cancel(first);
        assert_eq!(waiters.len(), 1);
        assert_eq!(waiters.wake_all(), [second]);
        assert_eq!(waiters.wake_all(), []);
    }
}
