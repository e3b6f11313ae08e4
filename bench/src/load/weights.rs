//! Choices that do not come equally often.

use crate::amount::float;
use millstream_base::random::Random;

/// Something to choose among, each with its weight.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    /// The sum of the weights up to and with each.
    sums: Vec<f64>,
}

impl Weights {
    /// Adds a choice; its weight is not negative.
    pub(crate) fn push(&mut self, weight: f64) {
        self.sums.push(self.total() + weight);
    }

    /// The sum of all.
    pub(crate) fn total(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    pub(crate) fn count(&self) -> usize {
        self.sums.len()
    }

    /// The index of one that comes as often as its weight says; there must be one.
    pub(crate) fn choose(&self, random: &mut Random) -> usize {
        const BITS: u32 = 53;
        let bits = random.next_u64() >> (u64::BITS - BITS);
        let point = self.total() * float(bits) / float(1 << BITS);
        let index = self.sums.partition_point(|sum| *sum <= point);
        index.min(self.sums.len().saturating_sub(1))
    }
}

impl FromIterator<f64> for Weights {
    fn from_iter<I: IntoIterator<Item = f64>>(all: I) -> Self {
        let mut weights = Self::default();
        all.into_iter().for_each(|weight| weights.push(weight));
        weights
    }
}

#[cfg(test)]
mod weights_test {
    use super::*;

    #[test]
    fn each_comes_as_often_as_its_weight_says() {
        let weights = Weights::from_iter([1.0, 0.0, 3.0]);
        let mut random = Random::new(7);
        let mut counts = [0_u32; 3];
        (0..10_000).for_each(|_| counts[weights.choose(&mut random)] += 1);
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
    }
}
