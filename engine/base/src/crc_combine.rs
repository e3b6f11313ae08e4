//! The CRC-32C of two runs of bytes out of the sums of each, without reading them.
//!
//! The register after `n` zero bytes is a linear map of what it was before, over GF(2). Maps for
//! 1, 2, 4, … bytes make that for any length (Mark Adler, `crc32_combine` of zlib); here each is
//! kept as a table for each four bits of the register.

/// Each map as eight tables of sixteen.
type Map = [[u32; 16]; 8];

/// Maps for lengths up to 4 GiB: all that a length of 32 bits can say.
const MAP_COUNT: usize = 32;
/// The polynomial, reflected (RFC 3720, appendix B.4).
const POLYNOMIAL: u32 = 0x82f6_3b78;

static MAPS: [Map; MAP_COUNT] = maps();

/// The sum of what has the sum `head_crc`, followed by `tail_bytes` bytes with the sum `tail_crc`.
#[must_use]
pub fn combine(head_crc: u32, tail_crc: u32, tail_bytes: u32) -> u32 {
    let mut register = head_crc;
    let mut left = tail_bytes;
    while left != 0 {
        register = apply(&MAPS[left.trailing_zeros() as usize], register);
        left &= left - 1;
    }
    register ^ tail_crc
}

const fn apply(map: &Map, register: u32) -> u32 {
    let mut result = 0;
    let mut at = 0;
    while at < 8 {
        result ^= map[at][(register >> (4 * at)) as usize & 15];
        at += 1;
    }
    result
}

const fn maps() -> [Map; MAP_COUNT] {
    // One zero byte is a shift by eight bits.
    let mut columns = [0; 32];
    let mut bit = 0;
    while bit < 32 {
        columns[bit] = shift_byte(1 << bit);
        bit += 1;
    }
    let mut maps = [[[0; 16]; 8]; MAP_COUNT];
    let mut at = 0;
    while at < MAP_COUNT {
        maps[at] = tables(&columns);
        // Twice the length is the map applied twice.
        let mut bit = 0;
        while bit < 32 {
            columns[bit] = apply(&maps[at], columns[bit]);
            bit += 1;
        }
        at += 1;
    }
    maps
}

const fn shift_byte(register: u32) -> u32 {
    let mut register = register;
    let mut bit = 0;
    while bit < 8 {
        let is_carried = register & 1 == 1;
        register >>= 1;
        if is_carried {
            register ^= POLYNOMIAL;
        }
        bit += 1;
    }
    register
}

const fn tables(columns: &[u32; 32]) -> Map {
    let mut map = [[0; 16]; 8];
    let mut at = 0;
    while at < 8 {
        let mut value = 0;
        while value < 16 {
            let mut bit = 0;
            while bit < 4 {
                if value >> bit & 1 == 1 {
                    map[at][value] ^= columns[4 * at + bit];
                }
                bit += 1;
            }
            value += 1;
        }
        at += 1;
    }
    map
}

#[cfg(test)]
mod tests {
    use super::combine;
    use crate::crc::crc32c;
    use crate::random::Random;

    #[test]
    fn two_sums_make_the_sum_of_both() {
        let mut bytes = vec![0; 70_000];
        Random::new(14).fill(&mut bytes);
        let whole = crc32c(&bytes);
        for split in [0, 1, 2, 15, 16, 17, 4095, 4096, 65_535, 65_536, 69_999, 70_000] {
            let (head, tail) = bytes.split_at(split);
            let tail_bytes = u32::try_from(tail.len()).unwrap();
            assert_eq!(combine(crc32c(head), crc32c(tail), tail_bytes), whole, "split at {split}");
        }
    }

    #[test]
    fn the_longest_tails_are_as_if_put_together() {
        // Of zeros, since 4 GiB of anything else would have to be read.
        let half = (0..31).fold(crc32c(&[0]), |sum, power| combine(sum, sum, 1 << power));
        let nearly_all = (0..31).fold((0, 0), |(sum, length), power| {
            let part = (0..power).fold(crc32c(&[0]), |sum, power| combine(sum, sum, 1 << power));
            (combine(sum, part, 1 << power), length + (1_u32 << power))
        });
        let last = combine(nearly_all.0, crc32c(&[0]), 1);
        assert_eq!((last, nearly_all.1), (half, u32::MAX >> 1));
    }
}
