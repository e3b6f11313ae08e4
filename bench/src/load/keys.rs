//! The keys of records: how many there are, how often each comes, and where it belongs.

use super::weights::Weights;
use crate::amount::float;
use clap::ValueEnum;
use millstream_base::random::Random;
use millstream_wire::partition_of_key;

/// Bytes of a key: all have the same, so that all batches have as many records.
pub(crate) const KEY_BYTES: usize = 8;
/// As many as there are numbers of eight digits would take too much memory.
pub(crate) const KEYS_MAX: usize = 10_000_000;
/// How much rarer each key is than the one before it: that of YCSB, between caches and words.
const ZIPF_EXPONENT: f64 = 0.99;

/// How often each key comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Distribution {
    /// All equally often.
    Uniform,
    /// A few often, most rarely: the second about half as often as the first, the third a third.
    Zipf,
}

/// A key: its number, in digits.
pub(crate) type Key = [u8; KEY_BYTES];

/// The keys that belong to one partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    numbers: Vec<usize>,
    weights: Weights,
}

impl Keys {
    /// So many keys, those of each of a topic's partitions.
    pub(crate) fn spread(
        count: usize,
        distribution: Distribution,
        partition_count: u32,
    ) -> Vec<Self> {
        let mut spread = Vec::new();
        spread.resize_with(partition_count as usize, Self::default);
        for number in 0..count {
            let keys: &mut Self =
                &mut spread[partition_of_key(&key(number), partition_count) as usize];
            keys.numbers.push(number);
            keys.weights.push(match distribution {
                Distribution::Uniform => 1.0,
                Distribution::Zipf => (float(number as u64) + 1.0).powf(-ZIPF_EXPONENT),
            });
        }
        spread
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How often one of them comes.
    pub(crate) fn weight(&self) -> f64 {
        self.weights.total()
    }

    /// One of them, as often as it is to come; there must be one.
    pub(crate) fn choose(&self, random: &mut Random) -> Key {
        key(self.numbers[self.weights.choose(random)])
    }
}

fn key(number: usize) -> Key {
    let mut digits = [b'0'; KEY_BYTES];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[rest % 10];
        rest /= 10;
    }
    digits
}

#[cfg(test)]
mod keys_test {
    use super::*;

    #[test]
    fn each_key_is_with_its_partition() {
        let spread = Keys::spread(1000, Distribution::Uniform, 7);
        assert_eq!(spread.iter().map(|keys| keys.numbers.len()).sum::<usize>(), 1000);
        let mut random = Random::new(3);
        for (partition, keys) in (0..).zip(&spread) {
            assert_eq!(partition_of_key(&keys.choose(&mut random), 7), partition);
        }
        assert_eq!(key(1_234), *b"00001234");
    }

    #[test]
    fn the_first_of_a_zipf_distribution_come_often() {
        let [keys] = &Keys::spread(100, Distribution::Zipf, 1)[..] else { panic!("one partition") };
        let mut random = Random::new(3);
        let all: Vec<Key> = (0..1000).map(|_| keys.choose(&mut random)).collect();
        let count = |number| all.iter().filter(|chosen| **chosen == key(number)).count();
        assert!(count(0) > 3 * count(9), "{} {}", count(0), count(9));
        assert!(count(0) < 300, "{}", count(0));
    }
}
