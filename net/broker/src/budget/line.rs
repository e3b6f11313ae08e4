//! Tasks that wait for memory, in the order in which they came.

use std::collections::BTreeMap;
use std::task::Waker;

/// How many are woken when memory comes back: more than it may suffice for, and not everybody.
const WOKEN_MAX: usize = 16;

/// Those who wait, each under its number.
#[derive(Default)]
pub(super) struct Line {
    next: u64,
    /// `None`: it was woken, and has not looked yet.
    waiting: BTreeMap<u64, Option<Waker>>,
}

impl Line {
    /// Takes the last place.
    pub(super) fn enter(&mut self) -> u64 {
        self.next += 1;
        self.waiting.insert(self.next, None);
        self.next
    }

    /// Leaves the line; says whether others are to be woken, since it was first or had been woken.
    pub(super) fn leave(&mut self, number: u64) -> bool {
        let is_first = self.is_first(number);
        let waker = self.waiting.remove(&number).expect("who leaves stands in the line");
        is_first || waker.is_none()
    }

    pub(super) fn is_first(&self, number: u64) -> bool {
        self.waiting.first_key_value().is_some_and(|(first, _)| *first == number)
    }

    /// Waits where it stands.
    pub(super) fn wait(&mut self, number: u64, waker: &Waker) {
        let place = self.waiting.get_mut(&number).expect("who waits stands in the line");
        *place = Some(waker.clone());
    }

    /// Wakes the foremost of those who were not woken yet.
    pub(super) fn wake(&mut self) {
        let waiting = self.waiting.values_mut().filter_map(Option::take);
        waiting.take(WOKEN_MAX).for_each(Waker::wake);
    }
}
