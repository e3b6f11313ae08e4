//! Zigzag varints as records carry them: base 128, least significant group first, the sign in the
//! lowest bit.
//!
//! More groups than needed are accepted, as Kafka does, but no bit may be lost: an `i32` has at
//! most five bytes, the last below 16; an `i64` ten, the last below 2.

use crate::error::RecordFault;

const MORE: u8 = 0x80;
const GROUP_BITS: u32 = 7;

/// Reads an `i32` from the front of `rest` and leaves what follows it.
#[inline]
pub(crate) fn read_i32(rest: &mut &[u8]) -> Result<i32, RecordFault> {
    let groups = match read_short(rest) {
        Some(groups) => groups,
        None => read_long(rest, u32::BITS)?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "no more than 32 bits were read")]
    let groups = groups as u32;
    Ok((groups >> 1).cast_signed() ^ -(groups & 1).cast_signed())
}

/// Reads an `i64` from the front of `rest` and leaves what follows it.
#[inline]
pub(crate) fn read_i64(rest: &mut &[u8]) -> Result<i64, RecordFault> {
    let groups = match read_short(rest) {
        Some(groups) => groups,
        None => read_long(rest, u64::BITS)?,
    };
    Ok((groups >> 1).cast_signed() ^ -(groups & 1).cast_signed())
}

/// One or two bytes, which is what nearly all fields of nearly all records have; `None`, and
/// nothing read, for what is longer or cut off.
#[inline]
fn read_short(rest: &mut &[u8]) -> Option<u64> {
    let (&first, tail) = rest.split_first()?;
    if first < MORE {
        *rest = tail;
        return Some(u64::from(first));
    }
    let (&second, tail) = tail.split_first()?;
    if second < MORE {
        *rest = tail;
        return Some(u64::from(first & !MORE) | u64::from(second) << GROUP_BITS);
    }
    None
}

#[cold]
fn read_long(rest: &mut &[u8], bits_max: u32) -> Result<u64, RecordFault> {
    let mut groups = 0_u64;
    for shift in (0..bits_max).step_by(GROUP_BITS as usize) {
        let (&byte, tail) = rest.split_first().ok_or(RecordFault::Truncated)?;
        *rest = tail;
        let group = u64::from(byte & !MORE);
        // In the last place only the bits that the type has left may be set.
        let bits_left = bits_max - shift;
        if bits_left < GROUP_BITS && group >> bits_left != 0 {
            return Err(RecordFault::Varint);
        }
        groups |= group << shift;
        if byte & MORE == 0 {
            return Ok(groups);
        }
    }
    // Another group is announced, and no place is left for it.
    Err(RecordFault::Varint)
}

/// Appends `value` to `bytes`, as short as possible.
pub(crate) fn write(bytes: &mut Vec<u8>, value: i64) {
    let mut groups = zigzag(value);
    while groups >= u64::from(MORE) {
        bytes.push(low_group(groups) | MORE);
        groups >>= GROUP_BITS;
    }
    bytes.push(low_group(groups));
}

/// How many bytes [`write`] appends.
pub(crate) const fn size_bytes(value: i64) -> usize {
    let bits = u64::BITS - (zigzag(value) | 1).leading_zeros();
    bits.div_ceil(GROUP_BITS) as usize
}

/// An `i32` and the `i64` of the same value have the same zigzag form, so one writer does both.
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits are left")]
const fn low_group(groups: u64) -> u8 {
    (groups & (MORE as u64 - 1)) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, value);
        bytes
    }

    #[test]
    fn known_answers() {
        // Protocol buffers guide, "Signed integers".
        for (value, bytes) in [
            (0, vec![0]),
            (-1, vec![1]),
            (1, vec![2]),
            (63, vec![0x7e]),
            (-64, vec![0x7f]),
            (64, vec![0x80, 1]),
            (i64::from(i32::MAX), vec![0xfe, 0xff, 0xff, 0xff, 0x0f]),
            (i64::from(i32::MIN), vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
            (i64::MIN, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ] {
            assert_eq!(written(value), bytes, "{value}");
        }
    }

    #[test]
    fn lost_bits_and_long_runs_are_refused() {
        let refused_32: [&[u8]; 3] =
            [&[0xff, 0xff, 0xff, 0xff, 0x10], &[0x80, 0x80, 0x80, 0x80, 0x80, 0], &[0xff; 9]];
        for bytes in refused_32 {
            assert_eq!(read_i32(&mut &*bytes), Err(RecordFault::Varint), "{bytes:?}");
        }
        let refused_64: [&[u8]; 3] = [
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
            &[0xff; 20],
        ];
        for bytes in refused_64 {
            assert_eq!(read_i64(&mut &*bytes), Err(RecordFault::Varint), "{bytes:?}");
        }
        assert_eq!(read_i32(&mut [0x80, 0].as_slice()), Ok(0), "padding loses no bit");
    }

    #[test]
    fn every_cut_is_truncated() {
        for value in [64, i64::from(i32::MAX), i64::MIN] {
            let bytes = written(value);
            for end in 0..bytes.len() {
                assert_eq!(read_i64(&mut &bytes[..end]), Err(RecordFault::Truncated));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: i64, narrow: i32) {
            let bytes = written(value);
            prop_assert_eq!(bytes.len(), size_bytes(value));
            let mut rest = &*bytes;
            prop_assert_eq!(read_i64(&mut rest), Ok(value));
            prop_assert!(rest.is_empty());
            let bytes = written(i64::from(narrow));
            prop_assert_eq!(read_i32(&mut &*bytes), Ok(narrow));
            let fits = i32::try_from(value).map_err(|_| RecordFault::Varint);
            prop_assert_eq!(read_i32(&mut &*written(value)), fits);
        }
    }
}
