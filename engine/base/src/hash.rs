//! Hash maps whose iteration order is the same in every run.
//!
//! The standard library's maps take a random key per process, which would make a simulated run
//! unrepeatable. Ours take a fixed one. The price: whoever chooses the keys can choose them so
//! that they collide. A map whose keys a stranger chooses (names, producer ids) is a `BTreeMap`,
//! or takes a [`State::with_seed`] drawn at start.

use core::hash::{BuildHasher, Hasher};

/// `std`'s hash map with the deterministic [`State`].
#[expect(clippy::disallowed_types, reason = "this is the one place that fixes the hasher")]
pub type Map<Key, Value> = std::collections::HashMap<Key, Value, State>;

/// `std`'s hash set with the deterministic [`State`].
#[expect(clippy::disallowed_types, reason = "this is the one place that fixes the hasher")]
pub type Set<Key> = std::collections::HashSet<Key, State>;

// Digits of pi: odd, dense and beyond suspicion.
const SEED: u64 = 0x243f_6a88_85a3_08d3;
const FACTOR: u64 = 0x1319_8a2e_0370_7345;

/// Makes hashers with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    seed: u64,
}

/// Folded multiplication: one 64 × 64 → 128 bit product per word, its halves xored. Good enough
/// for tables, no defence against chosen keys.
#[derive(Clone, Debug)]
pub struct FoldHasher {
    sum: u64,
}

impl State {
    /// A state with a key of the caller's, for maps whose keys come from outside.
    #[must_use]
    pub const fn with_seed(seed: u64) -> Self {
        Self { seed: seed ^ SEED }
    }
}

impl Default for State {
    fn default() -> Self {
        Self { seed: SEED }
    }
}

impl BuildHasher for State {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher { sum: self.seed }
    }
}

impl FoldHasher {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.sum ^ word) * u128::from(FACTOR);
        #[expect(clippy::cast_possible_truncation, reason = "folds the two halves together")]
        let folded = (product >> 64) as u64 ^ product as u64;
        self.sum = folded;
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        // The length first: without it `"a\0"` and `"a"` would pad to the same word.
        self.mix(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn write_i16(&mut self, value: i16) {
        self.write_u16(value.cast_unsigned());
    }

    fn write_i32(&mut self, value: i32) {
        self.write_u32(value.cast_unsigned());
    }

    fn write_i64(&mut self, value: i64) {
        self.mix(value.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        // The table takes its bucket from the low bits and its tag from the high ones; the last
        // product's halves are xored already, and the turn keeps small keys apart in both.
        self.sum.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PartitionId;

    fn hash(value: impl core::hash::Hash) -> u64 {
        State::default().hash_one(value)
    }

    #[test]
    fn two_maps_iterate_in_the_same_order() {
        let fill = || (0..1000_u64).map(|id| (PartitionId::new(id), id)).collect::<Map<_, _>>();
        assert!(fill().iter().eq(fill().iter()));
    }

    #[test]
    fn keys_that_pad_alike_hash_apart() {
        assert_ne!(hash(*b"a"), hash(*b"a\0"));
        assert_ne!(hash(b"a".as_slice()), hash(b"a\0".as_slice()));
        let written = |bytes: &[u8]| {
            let mut hasher = State::default().build_hasher();
            hasher.write(bytes);
            hasher.finish()
        };
        assert_ne!(written(b"a"), written(b"a\0"), "also without a length from std");
        assert_ne!(written(b""), written(&[0; 8]));
        assert_ne!(hash("ab"), hash("ba"));
        assert_ne!(hash(1_u64), hash(2_u64));
        assert_eq!(hash("partition"), hash(String::from("partition")));
    }

    #[test]
    fn the_seed_changes_the_hash() {
        assert_ne!(State::with_seed(1).hash_one(5_u64), State::with_seed(2).hash_one(5_u64));
    }

    #[test]
    fn runs_of_ids_spread_over_buckets_and_tags() {
        for stride in [1, 8, 4096, 1 << 32] {
            let mut buckets = vec![0_u32; 1024];
            let mut tags = vec![0_u32; 128];
            for id in 0..8192_u64 {
                let hash = hash(PartitionId::new(id.wrapping_mul(stride)));
                buckets[usize::try_from(hash % 1024).expect("below 1024")] += 1;
                tags[usize::try_from(hash >> 57).expect("7 bits")] += 1;
            }
            let fullest = buckets.iter().max().expect("not empty");
            assert!(*fullest < 40, "stride {stride}: {fullest} of 8 in a bucket");
            let fullest_tag = tags.iter().max().expect("not empty");
            assert!(*fullest_tag < 256, "stride {stride}: {fullest_tag} of 64 with a tag");
        }
    }
}
