//! Who decides what a power cut leaves: chance, or the number of an outcome.

use millstream_base::random::Random;

/// Answers questions of the form "which of so many".
pub(in crate::sim) enum Chooser {
    /// By chance, with one bias for the whole cut, so that extremes come up as often as mixtures.
    Random { random: Random, bias: Bias },
    /// Outcome number `index`, in mixed radix: the first question is the lowest digit.
    Numbered { index: u64 },
    /// Always the first answer; counts how many outcomes there are.
    Counting { outcome_count: u64 },
}

/// How a random cut treats what was pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Bias {
    /// All of it is lost.
    Lost,
    /// All of it had reached the media.
    Kept,
    /// Each sector alone.
    Mixed,
    /// Nearly all of it is lost.
    MostlyLost,
    /// Nearly all of it had reached the media.
    MostlyKept,
}

impl Chooser {
    /// Chance, with a bias drawn from it.
    pub(in crate::sim) fn random(mut random: Random) -> Self {
        let bias = match random.below(8) {
            0 => Bias::Lost,
            1 => Bias::Kept,
            2 => Bias::MostlyLost,
            3 => Bias::MostlyKept,
            _ => Bias::Mixed,
        };
        Self::Random { random, bias }
    }

    /// How many of `count` changes, which happen in order, had reached the media: 0 to `count`.
    pub(in crate::sim) fn choose_prefix(&mut self, count: usize) -> usize {
        self.choose(count)
    }

    /// Which of `count` writes to one sector the media hold: 0 for none of them.
    pub(in crate::sim) fn choose_sector(&mut self, count: usize) -> usize {
        self.choose(count)
    }

    fn choose(&mut self, last: usize) -> usize {
        if last == 0 {
            return 0;
        }
        let radix = last as u64 + 1;
        let choice = match self {
            Self::Random { random, bias } => biased(random, *bias, radix),
            Self::Numbered { index } => {
                let digit = *index % radix;
                *index /= radix;
                digit
            }
            Self::Counting { outcome_count } => {
                *outcome_count = outcome_count.saturating_mul(radix);
                0
            }
        };
        usize::try_from(choice).expect("at most the count, which is a usize")
    }
}

fn biased(random: &mut Random, bias: Bias, radix: u64) -> u64 {
    let usual = match bias {
        Bias::Lost => return 0,
        Bias::Kept => return radix - 1,
        Bias::Mixed => return random.below(radix),
        Bias::MostlyLost => 0,
        Bias::MostlyKept => radix - 1,
    };
    if random.chance(1, 8) { random.below(radix) } else { usual }
}
