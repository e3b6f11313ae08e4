//! A distribution as cumulative counts up to bounds.

/// Bounds in seconds, growing, each with how many do not exceed it.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets(Vec<(f64, f64)>);

impl Buckets {
    /// Counts more up to a bound.
    pub(super) fn add(&mut self, bound: f64, count: f64) {
        let index = self.0.partition_point(|(known, _)| *known < bound);
        match self.0.get_mut(index) {
            Some((known, sum)) if known.total_cmp(&bound).is_eq() => *sum += count,
            _ => self.0.insert(index, (bound, count)),
        }
    }

    /// What has come since; everything, if the broker has begun anew.
    pub(super) fn since(&self, before: &Self) -> Self {
        if before.count() > self.count() || before.0.len() != self.0.len() {
            return self.clone();
        }
        let pairs = self.0.iter().zip(&before.0);
        Self(pairs.map(|((bound, now), (_, before))| (*bound, (now - before).max(0.0))).collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, count)| *count)
    }

    /// What `part` (0 to 1) of all do not exceed, in seconds: evenly between the bounds of its
    /// bucket. `None` if there are none.
    pub(super) fn quantile(&self, part: f64) -> Option<f64> {
        let rank = self.count() * part;
        let index = self.0.iter().position(|(_, count)| *count > 0.0 && *count >= rank)?;
        let (bound, count) = self.0[index];
        let (low_bound, low_count) = index.checked_sub(1).map_or((0.0, 0.0), |low| self.0[low]);
        if bound.is_infinite() {
            return Some(low_bound);
        }
        let share = (rank - low_count) / (count - low_count).max(f64::MIN_POSITIVE);
        Some((bound - low_bound).mul_add(share.clamp(0.0, 1.0), low_bound))
    }
}

#[cfg(test)]
mod buckets_test {
    use super::*;

    fn buckets(counts: &[(f64, f64)]) -> Buckets {
        let mut buckets = Buckets::default();
        counts.iter().for_each(|(bound, count)| buckets.add(*bound, *count));
        buckets
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let infinite = f64::INFINITY;
        let some = buckets(&[(2.0, 10.0), (1.0, 0.0), (4.0, 20.0), (infinite, 20.0)]);
        for (part, expected) in [(0.5, 2.0), (0.25, 1.5), (0.75, 3.0), (1.0, 4.0), (0.0, 1.0)] {
            let got = some.quantile(part).expect("there are some");
            assert!((got - expected).abs() < 1e-9, "{part}: {got}");
        }
        assert!(buckets(&[]).quantile(0.5).is_none());
        assert!(buckets(&[(1.0, 0.0), (infinite, 0.0)]).quantile(0.5).is_none());
        let beyond = buckets(&[(1.0, 0.0), (infinite, 3.0)]).quantile(0.5);
        assert_eq!(beyond, Some(1.0), "beyond the last bound");
    }

    #[test]
    fn what_came_since_counts_and_a_new_broker_counts_wholly() {
        let before = buckets(&[(1.0, 5.0), (2.0, 6.0)]);
        let now = buckets(&[(1.0, 5.0), (2.0, 9.0)]);
        assert_eq!(now.since(&before).0, [(1.0, 0.0), (2.0, 3.0)]);
        assert_eq!(before.since(&now).0, before.0);
    }
}
