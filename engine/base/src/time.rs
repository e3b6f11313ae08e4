//! Two clocks that must never be confused: the wall's ([`Timestamp`]) and the machine's
//! ([`Instant`]).
//!
//! Neither type can read a clock: whoever owns the shard's driver does, so that a simulated shard
//! sees simulated time.

use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

use crate::newtype::newtype;

newtype! {
    /// Wall time in milliseconds since 1970-01-01 UTC, as Kafka's records carry it. It may jump
    /// in either direction; order and safety never rest on it. Negative means "none".
    Timestamp(i64)
}

newtype! {
    /// Monotonic time in nanoseconds since an arbitrary start, of one process.
    Instant(u64)
}

impl Timestamp {
    /// The wire's "no timestamp".
    pub const NONE: Self = Self::new(-1);

    /// `delta_ms` later; `None` where that does not fit.
    #[must_use]
    pub const fn checked_add_ms(self, delta_ms: i64) -> Option<Self> {
        match self.get().checked_add(delta_ms) {
            Some(sum) => Some(Self::new(sum)),
            None => None,
        }
    }

    /// Milliseconds from `earlier` to here, negative if it is in fact later; `None` where that
    /// does not fit.
    #[must_use]
    pub const fn checked_sub_ms(self, earlier: Self) -> Option<i64> {
        self.get().checked_sub(earlier.get())
    }
}

impl Instant {
    /// The start of monotonic time.
    pub const ZERO: Self = Self::new(0);
    /// Later than everything: a deadline that never comes.
    pub const MAX: Self = Self::new(u64::MAX);
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at [`Instant::MAX`], which all waiters understand as "never".
    fn add(self, duration: Duration) -> Self {
        let duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self::new(self.get().saturating_add(duration_ns))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Saturates at zero when `earlier` is in fact later.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.get().saturating_sub(earlier.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_saturate_at_both_ends() {
        let start = Instant::new(10);
        assert_eq!(start + Duration::from_nanos(5), Instant::new(15));
        assert_eq!(start + Duration::MAX, Instant::MAX);
        assert_eq!(Instant::new(15) - start, Duration::from_nanos(5));
        assert_eq!(start - Instant::new(15), Duration::ZERO);
    }

    #[test]
    fn timestamps_refuse_to_overflow() {
        assert_eq!(Timestamp::new(1).checked_add_ms(2), Some(Timestamp::new(3)));
        assert_eq!(Timestamp::new(i64::MAX).checked_add_ms(1), None);
        assert_eq!(Timestamp::new(i64::MIN).checked_sub_ms(Timestamp::new(1)), None);
        assert_eq!(Timestamp::new(3).checked_sub_ms(Timestamp::new(5)), Some(-2));
    }
}
