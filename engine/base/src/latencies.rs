//! Latencies in few buckets: small enough for one in each corner that is worth a look.

use core::time::Duration;

/// The ends of the buckets, each within it, in microseconds: six steps a decade where requests and
/// disks are, fewer beyond. What is longer than the last has a bucket of its own.
pub const LATENCY_BOUNDS_US: [u64; 45] = [
    1,
    2,
    3,
    5,
    7, //
    10,
    15,
    20,
    30,
    50,
    70, //
    100,
    150,
    200,
    300,
    500,
    700, //
    1_000,
    1_500,
    2_000,
    3_000,
    5_000,
    7_000, //
    10_000,
    15_000,
    20_000,
    30_000,
    50_000,
    70_000, //
    100_000,
    150_000,
    200_000,
    300_000,
    500_000,
    700_000, //
    1_000_000,
    1_500_000,
    2_000_000,
    3_000_000,
    5_000_000,
    7_000_000, //
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
];
const BUCKETS: usize = LATENCY_BOUNDS_US.len() + 1;

/// A distribution of latencies from 1 µs to 100 s in buckets of [`LATENCY_BOUNDS_US`], of one
/// shard: 400 bytes, where [`crate::Histogram`] takes 160 KB and tells more apart.
///
/// Recording neither allocates nor fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latencies {
    counts: [u64; BUCKETS],
    total: Duration,
    max: Duration,
}

impl Latencies {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: [0; BUCKETS], total: Duration::ZERO, max: Duration::ZERO }
    }

    /// Counts one latency.
    pub fn record(&mut self, latency: Duration) {
        let index = LATENCY_BOUNDS_US.partition_point(|bound_us| {
            // Rounded down it would stand in the bucket below.
            Duration::from_micros(*bound_us) < latency
        });
        self.counts[index] += 1;
        self.total = self.total.saturating_add(latency);
        self.max = self.max.max(latency);
    }

    /// Counts all of `other`'s latencies too.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.total = self.total.saturating_add(other.total);
        self.max = self.max.max(other.max);
    }

    /// How many were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them, one behind the other.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The longest; zero when there is none.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.max
    }

    /// For each of [`LATENCY_BOUNDS_US`] and for what is longer than all, how many do not exceed
    /// it.
    pub fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_counts_within_its_bound_and_all_above() {
        let mut latencies = Latencies::new();
        for latency in [0, 1_000, 1_001, 100_000_000_000, 100_000_000_001] {
            latencies.record(Duration::from_nanos(latency));
        }
        let cumulative: Vec<u64> = latencies.cumulative().collect();
        assert_eq!(cumulative.len(), LATENCY_BOUNDS_US.len() + 1);
        assert_eq!(cumulative[..3], [2, 3, 3]);
        assert_eq!(cumulative[43..], [3, 4, 5]);
        assert_eq!(latencies.count(), 5);
        assert_eq!(latencies.max(), Duration::from_nanos(100_000_000_001));
    }

    #[test]
    fn bounds_grow() {
        assert!(LATENCY_BOUNDS_US.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn merging_adds() {
        let (mut left, mut right) = (Latencies::new(), Latencies::new());
        left.record(Duration::from_micros(10));
        right.record(Duration::from_micros(30));
        left.merge(&right);
        assert_eq!((left.count(), left.total()), (2, Duration::from_micros(40)));
        assert_eq!(left.max(), Duration::from_micros(30));
    }
}
