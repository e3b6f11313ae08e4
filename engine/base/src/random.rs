//! Seeded pseudo-random numbers: xoshiro256++ by Blackman and Vigna, seeded through SplitMix64.
//!
//! Not for secrets. A run is repeated by repeating its seed, on every platform.

/// A generator that its owner seeds; the same seed gives the same numbers for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator from any seed, also 0: SplitMix64 spreads it over the whole state.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        let state = core::array::from_fn(|_| split_mix_64(&mut mixer));
        // xoshiro is stuck at zero for ever. SplitMix64 is a permutation of a counter, so four
        // zeroes in a row cannot come out of it.
        assert!(state != [0; 4]);
        Self { state }
    }

    /// 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let c = c ^ a;
        let d = d ^ b;
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        // The published order is: c ^= a, d ^= b, b ^= c, a ^= d, c ^= t, d = rotl(d, 45), with
        // t = b << 17 taken before; the line above is those assignments at once.
        result
    }

    /// A uniform number below `bound`, which must not be 0. Unbiased (Lemire 2019, "Fast random
    /// integer generation in an interval").
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no number is below 0");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            let [low, high] = split(product);
            if low >= threshold {
                return high;
            }
        }
    }

    /// Whether an event of probability `numerator / denominator` happens; above 1 it always does.
    /// `denominator` must not be 0.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// Fills `bytes` with uniform bits.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }

    /// A generator of its own for a part of the whole, so that one more draw there does not shift
    /// the numbers that all others see.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_u64())
    }
}

fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[expect(clippy::cast_possible_truncation, reason = "splits 128 bits into their two halves")]
fn split(product: u128) -> [u64; 2] {
    [product as u64, (product >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_answers() {
        // Output of the authors' C program from the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4] };
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
        ];
        assert_eq!(expected.map(|_| random.next_u64()), expected);
        let mut mixer = 0;
        assert_eq!(split_mix_64(&mut mixer), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let mut left = [0; 37];
        let mut right = [0; 37];
        Random::new(9).fill(&mut left);
        Random::new(9).fill(&mut right);
        assert_eq!(left, right);
        Random::new(10).fill(&mut right);
        assert_ne!(left, right);
        assert_ne!(left[29..], [0; 8]);
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6000 {
            let face = usize::try_from(random.below(6)).expect("below 6");
            seen[face] += 1;
        }
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(random.below(1), 0);
        assert!((0..100).all(|_| random.below(u64::MAX) < u64::MAX));
    }

    #[test]
    fn below_rejects_what_would_favour_some() {
        // Of three quarters of all words, the multiples of 3 would come up half of the time.
        let bound = 3 << 62;
        let mut random = Random::new(4);
        let multiples = (0..6000).filter(|_| random.below(bound).is_multiple_of(3)).count();
        assert!((1850..2150).contains(&multiples), "{multiples}");
    }

    #[test]
    fn chance_keeps_its_proportion() {
        let mut random = Random::new(2);
        let hits = (0..10_000).filter(|_| random.chance(1, 4)).count();
        assert!((2300..2700).contains(&hits), "{hits}");
        assert!((0..100).all(|_| !random.chance(0, 5) && random.chance(5, 5)));
    }

    #[test]
    fn a_fork_draws_apart_from_its_parent() {
        let mut parent = Random::new(3);
        let mut twin = parent.clone();
        let mut fork = parent.fork();
        let _ = twin.next_u64();
        let _ = fork.next_u64();
        let _ = fork.next_u64();
        assert_eq!(parent, twin);
    }
}
