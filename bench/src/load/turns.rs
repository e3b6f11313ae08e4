//! Which of its places a producer sends to next.

use super::weights::Weights;
use millstream_base::random::Random;
use std::sync::Arc;

/// The places of one producer, by their index among them.
#[derive(Debug)]
pub(crate) enum Turns {
    /// One after the other.
    Even { place_count: u64, sent_count: u64 },
    /// Each as often as its weight says.
    Weighted { weights: Arc<Weights>, random: Random, sent_counts: Vec<u64> },
}

/// A place whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Which of the producer's places.
    pub(crate) index: usize,
    /// How often it was its turn before.
    pub(crate) earlier_count: u64,
}

impl Turns {
    /// The first of so many places comes first.
    pub(crate) fn even(place_count: usize) -> Self {
        Self::Even { place_count: place_count as u64, sent_count: 0 }
    }

    /// At random, of as many places as there are weights.
    pub(crate) fn weighted(weights: Arc<Weights>, seed: u64) -> Self {
        let sent_counts = vec![0; weights.count()];
        Self::Weighted { weights, random: Random::new(seed), sent_counts }
    }

    /// Takes the next turn.
    pub(crate) fn take(&mut self) -> Turn {
        match self {
            Self::Even { place_count, sent_count } => {
                let index = usize::try_from(*sent_count % *place_count).expect("a place's index");
                let turn = Turn { index, earlier_count: *sent_count / *place_count };
                *sent_count += 1;
                turn
            }
            Self::Weighted { weights, random, sent_counts } => {
                let index = weights.choose(random);
                let turn = Turn { index, earlier_count: sent_counts[index] };
                sent_counts[index] += 1;
                turn
            }
        }
    }
}

#[cfg(test)]
mod turns_test {
    use super::*;

    #[test]
    fn even_turns_go_round() {
        let mut turns = Turns::even(3);
        let taken: Vec<_> = (0..7).map(|_| turns.take()).collect();
        let indices: Vec<_> = taken.iter().map(|turn| turn.index).collect();
        assert_eq!(indices, [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(taken[6].earlier_count, 2);
    }

    #[test]
    fn weighted_turns_count_each_place_by_itself() {
        let weights = Arc::new(Weights::from_iter([1.0, 5.0]));
        let mut turns = Turns::weighted(weights, 1);
        let mut counts = [0; 2];
        for _ in 0..1000 {
            let turn = turns.take();
            assert_eq!(turn.earlier_count, counts[turn.index]);
            counts[turn.index] += 1;
        }
        assert!(counts[1] > 3 * counts[0] && counts[0] > 0, "{counts:?}");
    }
}
