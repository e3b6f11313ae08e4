//! Whose acknowledgement a producer waits for.

use clap::ValueEnum;

/// Whose acknowledgement is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Acks {
    /// All replicas that are in sync.
    All,
    /// The leader.
    #[value(name = "1")]
    Leader,
    /// Nobody: there is no answer.
    #[value(name = "0")]
    None,
}

impl Acks {
    /// The word for it in a request.
    pub(crate) const fn code(self) -> i16 {
        match self {
            Self::All => -1,
            Self::Leader => 1,
            Self::None => 0,
        }
    }
}
