//! What was counted: in one direction, in one second, in a run.

use crate::amount::float;
use millstream_base::histogram::Histogram;
use millstream_wire::ErrorCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of the requests of one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Those that succeeded.
    pub(crate) requests: u64,
    /// Record batches that they carried.
    pub(crate) bytes: u64,
    /// Records in them.
    pub(crate) records: u64,
    /// From their intended start to their answer.
    pub(crate) latency: Histogram,
    /// Those that failed, by Kafka's error codes.
    pub(crate) errors: BTreeMap<i16, u64>,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.records += other.records;
        self.latency.merge(&other.latency);
        for (code, count) in &other.errors {
            *self.errors.entry(*code).or_default() += count;
        }
    }

    /// A request succeeded.
    pub(crate) fn succeed(&mut self, bytes: usize, records: u32, latency: Duration) {
        self.requests += 1;
        self.bytes += bytes as u64;
        self.records += u64::from(records);
        self.latency.record(latency);
    }

    /// A request failed.
    pub(crate) fn fail(&mut self, code: i16) {
        *self.errors.entry(code).or_default() += 1;
    }

    /// So many requests had no answer when their connection was lost.
    pub(crate) fn lose(&mut self, count: usize) {
        if count > 0 {
            *self.errors.entry(ErrorCode::NETWORK_EXCEPTION.0).or_default() += count as u64;
        }
    }

    pub(crate) fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Bytes in a second.
    pub(crate) fn bytes_per_second(&self, elapsed: Duration) -> f64 {
        float(self.bytes) / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Requests in a second.
    pub(crate) fn requests_per_second(&self, elapsed: Duration) -> f64 {
        float(self.requests) / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Records in a second.
    pub(crate) fn records_per_second(&self, elapsed: Duration) -> f64 {
        float(self.records) / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// What a run, or a second of it, came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    pub(crate) produced: Tally,
    pub(crate) fetched: Tally,
    /// Of requests that carry no records.
    pub(crate) asked: Tally,
    /// Of connections that came and went: each asked once.
    pub(crate) churned: Tally,
    /// Of groups that came and went: each lived once.
    pub(crate) groups: Tally,
    /// Of members of groups that read: each time that one got its share, from when it knew that it
    /// had to join.
    pub(crate) rebalanced: Tally,
    /// Of what these members committed.
    pub(crate) committed: Tally,
    /// Of their signs of life.
    pub(crate) heartbeats: Tally,
    /// Of lost connections that were opened again: how long they were away.
    pub(crate) reconnected: Tally,
    /// From the time in a batch to the moment when its reader had it.
    pub(crate) end_to_end: Histogram,
    /// By how much the client itself started requests too late.
    pub(crate) lateness: Histogram,
    /// Batches whose checksum or order was wrong.
    pub(crate) faults: u64,
}

impl Count {
    /// Its directions, each with its name.
    pub(crate) fn directions(&self) -> [(&'static str, &Tally); 3] {
        [("produced", &self.produced), ("fetched", &self.fetched), ("asked", &self.asked)]
    }

    /// What happened beside it, each with its name.
    pub(crate) fn beside(&self) -> [(&'static str, &Tally); 4] {
        [
            ("reconnected", &self.reconnected),
            ("rebalanced", &self.rebalanced),
            ("committed", &self.committed),
            ("heartbeats", &self.heartbeats),
        ]
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.produced.merge(&other.produced);
        self.fetched.merge(&other.fetched);
        self.asked.merge(&other.asked);
        self.churned.merge(&other.churned);
        self.groups.merge(&other.groups);
        self.rebalanced.merge(&other.rebalanced);
        self.committed.merge(&other.committed);
        self.heartbeats.merge(&other.heartbeats);
        self.reconnected.merge(&other.reconnected);
        self.end_to_end.merge(&other.end_to_end);
        self.lateness.merge(&other.lateness);
        self.faults += other.faults;
    }
}

/// What one shard counted in one second.
#[derive(Clone, Debug)]
pub(crate) struct Second {
    /// Which, from 0.
    pub(crate) index: usize,
    /// How long it was; the last one may be short.
    pub(crate) elapsed: Duration,
    pub(crate) count: Count,
}

/// A run, second by second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    seconds: BTreeMap<usize, (Duration, Count)>,
}

impl Series {
    /// Adds what one shard counted to what others did in the same second.
    pub(crate) fn add(&mut self, second: Second) {
        let (elapsed, count) = self.seconds.entry(second.index).or_default();
        *elapsed = second.elapsed.max(*elapsed);
        count.merge(&second.count);
    }

    /// The seconds from one on, in order.
    pub(crate) fn since(&self, first: usize) -> impl Iterator<Item = &(Duration, Count)> {
        self.seconds.range(first..).map(|(_, second)| second)
    }

    /// Their sum, and how long they were together.
    pub(crate) fn sum_since(&self, first: usize) -> (Duration, Count) {
        let mut sum = (Duration::ZERO, Count::default());
        for (elapsed, count) in self.since(first) {
            sum.0 += *elapsed;
            sum.1.merge(count);
        }
        sum
    }
}

#[cfg(test)]
mod tally_test {
    use super::*;

    fn second(index: usize, bytes: u64, latency_us: u64) -> Second {
        let mut count = Count::default();
        count.produced.bytes = bytes;
        count.produced.requests = 1;
        count.produced.latency.record(Duration::from_micros(latency_us));
        Second { index, elapsed: Duration::from_secs(1), count }
    }

    #[test]
    fn shards_add_up_within_a_second_and_seconds_over_time() {
        let mut series = Series::default();
        for second in [second(0, 100, 10), second(1, 5, 20), second(1, 7, 30), second(2, 9, 40)] {
            series.add(second);
        }
        let (elapsed, count) = series.sum_since(1);
        assert_eq!((elapsed, count.produced.bytes), (Duration::from_secs(2), 21));
        assert_eq!((count.produced.requests, count.produced.latency.count()), (3, 3));
        let max = count.produced.latency.max();
        assert!(max >= Duration::from_micros(40) && max < Duration::from_micros(41), "{max:?}");
        assert!((count.produced.bytes_per_second(elapsed) - 10.5).abs() < 1e-9);
        assert_eq!(series.since(0).count(), 3);
    }

    #[test]
    fn errors_are_counted_by_code() {
        let mut left = Tally::default();
        let mut right = Tally::default();
        left.fail(3);
        right.fail(3);
        right.fail(7);
        left.merge(&right);
        assert_eq!(left.errors, BTreeMap::from([(3, 2), (7, 1)]));
        assert_eq!(left.error_count(), 3);
    }
}
