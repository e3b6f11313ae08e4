//! Waiting a moment for those who were answered just now, so that what they append next shares one
//! write with the rest.
//!
//! Where a few threads append and wait, one durable write answers all of them at once, and all of
//! them append again within microseconds. Were the first of these appends written at once, the
//! others would have to wait for its write and then for their own: twice the latency for nearly
//! everybody. So a frame stays open while more are expected. One caller alone is never held up.

use super::{Engine, Inner};
use millstream_base::Instant;
use millstream_io::Crowd;
use std::cell::Cell;
use std::time::Duration;

/// Appends that are waited for at most. Beyond it two groups in turn, one at the disk while the
/// other is woken and appends, bring more than one group of twice the size.
const GATHERED_COUNT_MAX: usize = 32;

/// How long it takes a caller, on its share of two cores, to wake and to append again.
const RETURN_TIME: Duration = Duration::from_micros(3);

/// Who is expected to append again, and until when.
pub(crate) struct Gathering {
    expected_count: Cell<usize>,
    deadline: Cell<Instant>,
}

impl Gathering {
    pub(crate) fn new() -> Self {
        Self { expected_count: Cell::new(0), deadline: Cell::new(Instant::ZERO) }
    }

    /// So many were answered together.
    fn expect(&self, count: usize, now: Instant) {
        if (2..=GATHERED_COUNT_MAX).contains(&count) {
            self.expected_count.set(count);
            self.deadline.set(now + RETURN_TIME * u32::try_from(count).expect("checked above"));
        }
    }

    /// Somebody has appended.
    pub(super) fn arrive(&self) {
        self.expected_count.set(self.expected_count.get().saturating_sub(1));
    }

    /// Whether a frame that holds so many should stay open.
    fn is_on(&self, staged_count: usize, now: Instant) -> bool {
        let is_on = self.expected_count.get() > 0
            && staged_count < GATHERED_COUNT_MAX
            && now < self.deadline.get();
        if !is_on {
            self.expected_count.set(0);
        }
        is_on
    }
}

impl Engine {
    /// Where threads sleep that wait for appends of this engine.
    pub(crate) fn crowd(&self) -> Crowd {
        self.inner.crowd.clone()
    }

    /// So many callers, each of whom waited for one append, have been answered now. They wake when
    /// the next frame is on its way, or at once if there is none.
    pub(crate) fn expect(&self, count: usize) {
        let inner = &self.inner;
        inner.gathering.expect(count, inner.io.now());
        if inner.state.borrow().staging.is_empty() {
            inner.io.wake_answered();
        }
    }
}

impl Inner {
    /// Whether more appends are expected to join the frame that is open.
    pub(super) fn is_gathering(&self) -> bool {
        let staged_count = self.state.borrow().staging.batch_count();
        self.gathering.is_on(staged_count, self.io.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::ZERO;

    #[test]
    fn one_caller_is_never_held_up() {
        let gathering = Gathering::new();
        assert!(!gathering.is_on(0, START));
        gathering.expect(1, START);
        assert!(!gathering.is_on(1, START));
    }

    #[test]
    fn a_frame_stays_open_until_all_have_come_back() {
        let gathering = Gathering::new();
        gathering.expect(3, START);
        for staged_count in 1..3 {
            gathering.arrive();
            assert!(gathering.is_on(staged_count, START), "{staged_count} of 3");
        }
        gathering.arrive();
        assert!(!gathering.is_on(3, START));
    }

    #[test]
    fn who_does_not_come_back_is_not_waited_for() {
        let gathering = Gathering::new();
        gathering.expect(3, START);
        gathering.arrive();
        assert!(gathering.is_on(1, START));
        assert!(!gathering.is_on(1, START + RETURN_TIME * 3));
        assert!(!gathering.is_on(1, START), "over is over");
    }

    #[test]
    fn many_are_not_made_one_group() {
        let gathering = Gathering::new();
        gathering.expect(GATHERED_COUNT_MAX + 1, START);
        assert!(!gathering.is_on(1, START));
        gathering.expect(GATHERED_COUNT_MAX, START);
        gathering.arrive();
        assert!(gathering.is_on(1, START));
        assert!(!gathering.is_on(GATHERED_COUNT_MAX, START));
    }
}
