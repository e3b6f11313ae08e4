//! What a group is doing.

use core::fmt;

/// What a group is doing; printed as Kafka names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupState {
    /// There are no members; there may be offsets.
    Empty,
    /// It waits for members to join.
    PreparingRebalance,
    /// It waits for the leader's assignment.
    CompletingRebalance,
    /// Everybody has, or can fetch, its share.
    Stable,
    /// Its tombstones are on their way, or there is no such group.
    Dead,
}

impl GroupState {
    /// As Kafka names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }

    /// Whether this state may follow: Kafka's table, with the way back from a deletion that
    /// could not be written.
    pub(crate) const fn may_become(self, next: Self) -> bool {
        match next {
            Self::Empty => matches!(self, Self::PreparingRebalance | Self::Dead),
            Self::PreparingRebalance => {
                matches!(self, Self::Empty | Self::CompletingRebalance | Self::Stable)
            }
            Self::CompletingRebalance => matches!(self, Self::PreparingRebalance),
            Self::Stable => matches!(self, Self::CompletingRebalance),
            Self::Dead => matches!(self, Self::Empty),
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
