//! What a record of ours holds: who sent it, which one it is, and bytes that follow from both.

use millstream_base::Random;
use std::ops::RangeInclusive;

/// How large a value may be: the name, the stream, the sequence and some bytes that only this one
/// has; and what brokers take.
pub(super) const VALUE_BYTES: RangeInclusive<usize> = HEAD_BYTES + 8..=1 << 20;
/// What a record takes beside its value, at most.
pub(super) const OVERHEAD_BYTES: usize = 24;
const HEAD_BYTES: usize = 16;
const NAME: [u8; 4] = *b"mbv1";

/// One record among all that a run sends. A stream is what one producer sends to one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) stream: u32,
    pub(super) sequence: u64,
}

impl Identity {
    /// Writes the value of this record.
    pub(super) fn write(self, seed: u64, value: &mut [u8]) {
        let (name, rest) = value.split_at_mut(NAME.len());
        let (stream, rest) = rest.split_at_mut(4);
        let (sequence, rest) = rest.split_at_mut(8);
        name.copy_from_slice(&NAME);
        stream.copy_from_slice(&self.stream.to_le_bytes());
        sequence.copy_from_slice(&self.sequence.to_le_bytes());
        // Odd factors, so that neighbours have nothing in common.
        let own = u64::from(self.stream).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let own = own ^ self.sequence.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Random::new(seed ^ own).fill(rest);
    }

    /// Whose value that claims to be.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let (name, rest) = value.split_first_chunk::<4>()?;
        let (stream, rest) = rest.split_first_chunk()?;
        let (sequence, _) = rest.split_first_chunk()?;
        let stream = u32::from_le_bytes(*stream);
        let sequence = u64::from_le_bytes(*sequence);
        (*name == NAME).then_some(Self { stream, sequence })
    }
}

#[cfg(test)]
mod record_test {
    use super::*;

    #[test]
    fn a_value_says_whose_it_is_and_is_like_no_other() {
        let identity = Identity { stream: 7, sequence: 1 << 40 };
        let mut value = [0; 40];
        identity.write(3, &mut value);
        assert_eq!(Identity::read(&value), Some(identity));
        for (seed, stream, sequence) in [(4, 7, 1 << 40), (3, 8, 1 << 40), (3, 7, 1)] {
            let mut other = [0; 40];
            Identity { stream, sequence }.write(seed, &mut other);
            assert_ne!(value[HEAD_BYTES..], other[HEAD_BYTES..]);
        }
        assert_eq!(Identity::read(&value[..15]), None);
        assert_eq!(Identity::read(b"somebody else's value"), None);
    }
}
