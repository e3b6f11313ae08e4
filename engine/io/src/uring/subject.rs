//! What a completion is about, in the 64 bits that travel through the kernel.

use crate::op::OpKey;

const KIND_SHIFT: u32 = 56;
const INDEX_MASK: u64 = (1 << KIND_SHIFT) - 1;

const OPERATION: u64 = 0;
const BELL: u64 = 1;
const CANCEL: u64 = 2;
const ZERO_COPY: u64 = 3;
const POKE: u64 = 4;
const POKED: u64 = 5;

/// Whom a completion belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// An operation of the shard.
    Operation(OpKey),
    /// A zero-copy send, by its place in the list of memory that the network reads.
    ZeroCopy(usize),
    /// A message to the ring of a shard that sleeps, by its place in the list of them.
    Poke(usize),
    /// Such a message, on the side of the shard that slept.
    Poked,
    /// The read of the bell.
    Bell,
    /// A cancellation, whose own outcome nobody asks for.
    Cancel,
}

impl Subject {
    /// As user data of a submission.
    pub(super) fn to_bits(self) -> u64 {
        let (kind, index) = match self {
            Self::Operation(key) => (OPERATION, key.0 as u64),
            Self::ZeroCopy(index) => (ZERO_COPY, index as u64),
            Self::Poke(index) => (POKE, index as u64),
            Self::Poked => (POKED, 0),
            Self::Bell => (BELL, 0),
            Self::Cancel => (CANCEL, 0),
        };
        assert!(index <= INDEX_MASK, "an index counts what is in memory");
        kind << KIND_SHIFT | index
    }

    /// Back from the user data of a completion.
    pub(super) fn from_bits(bits: u64) -> Self {
        let index = usize::try_from(bits & INDEX_MASK).expect("made from an index");
        match bits >> KIND_SHIFT {
            OPERATION => Self::Operation(OpKey(index)),
            ZERO_COPY => Self::ZeroCopy(index),
            POKE => Self::Poke(index),
            POKED => Self::Poked,
            BELL => Self::Bell,
            CANCEL => Self::Cancel,
            kind => unreachable!("no submission has the kind {kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_come_back_from_the_kernel_as_they_went() {
        let subjects = [
            Subject::Operation(OpKey(0)),
            Subject::Operation(OpKey(1 << 40)),
            Subject::ZeroCopy(7),
            Subject::Poke(3),
            Subject::Poked,
            Subject::Bell,
            Subject::Cancel,
        ];
        for subject in subjects {
            assert_eq!(Subject::from_bits(subject.to_bits()), subject);
        }
    }
}
