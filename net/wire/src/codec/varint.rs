//! Unsigned varints (KIP-482): base 128, least significant group first, at most 32 bits.
//!
//! More groups than needed are accepted, as Kafka does, but no bit may be lost.

/// Set in each byte but the last.
pub(crate) const MORE: u8 = 0x80;
const GROUP_BITS: u32 = 7;

/// What stands at the front of some bytes.
pub(crate) enum Read<'a> {
    /// A value, and what follows it.
    Value { value: u32, rest: &'a [u8] },
    /// More than 32 bits.
    TooLong,
    /// The bytes end within it.
    Truncated,
}

/// Reads from the front of `bytes`.
pub(crate) fn read(bytes: &[u8]) -> Read<'_> {
    let mut value = 0_u32;
    let mut rest = bytes;
    for shift in (0..u32::BITS).step_by(GROUP_BITS as usize) {
        let Some((&byte, tail)) = rest.split_first() else { return Read::Truncated };
        rest = tail;
        let group = u32::from(byte & !MORE);
        let bits_left = u32::BITS - shift;
        if bits_left < GROUP_BITS && group >> bits_left != 0 {
            return Read::TooLong;
        }
        value |= group << shift;
        if byte < MORE {
            return Read::Value { value, rest };
        }
    }
    Read::TooLong
}

/// Appends `value` to `output`.
#[inline]
pub(crate) fn write(mut value: u32, output: &mut Vec<u8>) {
    while value >= u32::from(MORE) {
        output.push(value.to_le_bytes()[0] | MORE);
        value >>= GROUP_BITS;
    }
    output.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(bytes: &[u8]) -> Option<u32> {
        match read(bytes) {
            Read::Value { value, rest: [] } => Some(value),
            _ => None,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for shift in 0..u32::BITS {
            for value in [1 << shift, (1 << shift) - 1, u32::MAX >> shift] {
                let mut bytes = Vec::new();
                write(value, &mut bytes);
                assert_eq!(value_of(&bytes), Some(value));
                assert!(matches!(read(&bytes[..bytes.len() - 1]), Read::Truncated));
            }
        }
    }

    #[test]
    fn padding_is_accepted_and_lost_bits_are_not() {
        assert_eq!(value_of(&[0x81, 0x80, 0x00]), Some(1));
        assert_eq!(value_of(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Some(u32::MAX));
        assert!(matches!(read(&[0xff, 0xff, 0xff, 0xff, 0x10]), Read::TooLong));
        assert!(matches!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Read::TooLong));
    }
}
