//! Latencies, with their tail: a fixed-range HDR histogram.

use core::time::Duration;

/// Finest latency told apart: a microsecond. Shorter ones count as 0 to 1 µs.
const LATENCY_NS_MIN: u64 = 1_000;
/// Longest latency told apart; longer ones count as this.
const LATENCY_NS_MAX: u64 = 100_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// A distribution of latencies from 1 µs to 100 s, three significant digits, of one shard.
///
/// Takes its whole memory (about 160 KB) when made: recording neither allocates nor fails.
#[derive(Clone, Debug)]
pub struct Histogram {
    inner: hdrhistogram::Histogram<u64>,
}

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        let inner = hdrhistogram::Histogram::new_with_bounds(
            LATENCY_NS_MIN,
            LATENCY_NS_MAX,
            SIGNIFICANT_DIGITS,
        )
        .expect("the bounds are constants in the permitted range");
        Self { inner }
    }

    /// Counts one latency; what lies beyond 100 s counts as 100 s.
    pub fn record(&mut self, latency: Duration) {
        let latency_ns = u64::try_from(latency.as_nanos()).unwrap_or(LATENCY_NS_MAX);
        self.inner.saturating_record(latency_ns.min(LATENCY_NS_MAX));
    }

    /// The latency that `percentile` percent (0.0 to 100.0) of all do not exceed, up to a
    /// thousandth more; zero when empty.
    #[must_use]
    pub fn value_at_percentile(&self, percentile: f64) -> Duration {
        Duration::from_nanos(self.inner.value_at_percentile(percentile))
    }

    /// The longest latency, up to a thousandth more; zero when empty.
    #[must_use]
    pub fn max(&self) -> Duration {
        // The inner histogram answers the top of the bucket of 0, half a microsecond, when empty.
        if self.inner.is_empty() {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.inner.max())
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner.len()
    }

    /// Counts all of `other`'s latencies too.
    pub fn merge(&mut self, other: &Self) {
        self.inner.add(&other.inner).expect("all histograms have the same bounds");
    }

    /// Forgets everything, keeps the memory.
    pub fn reset(&mut self) {
        self.inner.reset();
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within_a_thousandth(got: Duration, expected: Duration) -> bool {
        got.abs_diff(expected) <= expected / 500
    }

    #[test]
    fn percentiles_follow_the_records() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.value_at_percentile(99.0), Duration::ZERO);
        for latency_us in 1..=1000 {
            histogram.record(Duration::from_micros(latency_us));
        }
        assert_eq!(histogram.count(), 1000);
        let median = histogram.value_at_percentile(50.0);
        assert!(within_a_thousandth(median, Duration::from_micros(500)), "{median:?}");
        assert!(within_a_thousandth(histogram.max(), Duration::from_micros(1000)));
    }

    #[test]
    fn what_is_out_of_range_counts_at_the_edge() {
        let mut histogram = Histogram::new();
        histogram.record(Duration::MAX);
        histogram.record(Duration::ZERO);
        histogram.record(Duration::from_secs(101));
        assert_eq!(histogram.count(), 3);
        assert!(within_a_thousandth(histogram.max(), Duration::from_secs(100)));
        assert!(histogram.value_at_percentile(1.0) <= Duration::from_micros(1));
    }

    #[test]
    fn merging_adds_and_reset_forgets() {
        let mut left = Histogram::new();
        let mut right = Histogram::new();
        left.record(Duration::from_micros(10));
        right.record(Duration::from_secs(200));
        left.merge(&right);
        assert_eq!(left.count(), 2);
        assert!(within_a_thousandth(left.max(), Duration::from_secs(100)));
        left.reset();
        assert_eq!((left.count(), left.max()), (0, Duration::ZERO));
    }
}
