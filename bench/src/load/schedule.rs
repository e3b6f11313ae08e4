//! When requests are meant to start, whatever the broker does.

use millstream_base::Instant;
use millstream_base::random::Random;
use std::time::Duration;

/// How the starts of one connection are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Arrivals {
    /// One after the other at equal distances.
    Even,
    /// As from many clients that know nothing of each other: distances are exponential.
    Poisson,
}

/// The intended starts of one connection. A start that was missed stays due: what waits for it
/// counts as latency, and is not left out because the broker was slow (no coordinated omission).
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    first: Instant,
    interval_ps: u64,
    /// How many intervals lie behind, where they are even.
    taken_count: u64,
    /// How far the last random start lies behind the first, and where the next distance is from.
    random: Option<(Random, u64)>,
}

const PS_PER_NS: u128 = 1000;
const PS_PER_SECOND: f64 = 1e12;

impl Schedule {
    /// `requests_per_second` from `first` on.
    pub(crate) fn even(first: Instant, requests_per_second: f64) -> Self {
        Self { first, interval_ps: interval_ps(requests_per_second), taken_count: 0, random: None }
    }

    /// As many on average, at random.
    pub(crate) fn poisson(first: Instant, requests_per_second: f64, seed: u64) -> Self {
        let mut schedule = Self::even(first, requests_per_second);
        let mut random = Random::new(seed);
        let gap_ps = schedule.gap_ps(&mut random);
        schedule.random = Some((random, gap_ps));
        schedule
    }

    /// When the next request is meant to start.
    pub(crate) fn next(&self) -> Instant {
        let behind_ps = match &self.random {
            None => u128::from(self.interval_ps) * u128::from(self.taken_count),
            Some((_, behind_ps)) => u128::from(*behind_ps),
        };
        let behind_ns = u64::try_from(behind_ps / PS_PER_NS).unwrap_or(u64::MAX);
        self.first + Duration::from_nanos(behind_ns)
    }

    /// Takes the next start if it is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let next = self.next();
        if next > now {
            return None;
        }
        self.taken_count += 1;
        if let Some((mut random, behind_ps)) = self.random.take() {
            let gap_ps = self.gap_ps(&mut random);
            self.random = Some((random, behind_ps.saturating_add(gap_ps)));
        }
        Some(next)
    }

    fn gap_ps(&self, random: &mut Random) -> u64 {
        const BITS: u32 = 53;
        let bits = random.next_u64() >> (u64::BITS - BITS);
        // In (0, 1]: the logarithm of 0 is none.
        let uniform = (crate::amount::float(bits) + 1.0) / crate::amount::float(1 << BITS);
        whole(-uniform.ln() * crate::amount::float(self.interval_ps))
    }
}

fn interval_ps(requests_per_second: f64) -> u64 {
    whole(PS_PER_SECOND / requests_per_second.max(f64::MIN_POSITIVE)).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such a cast saturates, and nobody waits for half a year"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod schedule_test {
    use super::*;

    #[test]
    fn even_starts_do_not_drift() {
        let first = Instant::new(1_000);
        let mut schedule = Schedule::even(first, 3.0);
        let hour = first + Duration::from_secs(3600);
        let starts: Vec<_> = std::iter::from_fn(|| schedule.take_due(hour)).collect();
        assert_eq!(starts.len(), 3 * 3600 + 1);
        assert_eq!(starts[0], first);
        let last = *starts.last().expect("some");
        assert!(hour - last < Duration::from_micros(1), "{last:?}");
    }

    #[test]
    fn what_was_missed_is_due_with_its_own_start() {
        let first = Instant::new(0);
        let mut schedule = Schedule::even(first, 1000.0);
        assert_eq!(schedule.take_due(first), Some(first));
        assert_eq!(schedule.take_due(first), None);
        let late = first + Duration::from_millis(3);
        let starts: Vec<_> = std::iter::from_fn(|| schedule.take_due(late)).collect();
        assert_eq!(starts, [1, 2, 3].map(|ms| first + Duration::from_millis(ms)));
        assert_eq!(schedule.next(), first + Duration::from_millis(4));
    }

    #[test]
    fn random_starts_keep_the_rate() {
        let first = Instant::new(0);
        let mut schedule = Schedule::poisson(first, 10_000.0, 7);
        let end = first + Duration::from_secs(1);
        let starts: Vec<_> = std::iter::from_fn(|| schedule.take_due(end)).collect();
        assert!((9_500..10_500).contains(&starts.len()), "{}", starts.len());
        assert!(starts.is_sorted());
        let short = starts.windows(2).filter(|pair| pair[1] - pair[0] < Duration::from_micros(50));
        assert!(short.count() > 3_000, "many come close together");
    }
}
