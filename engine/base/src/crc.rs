//! CRC-32C (Castagnoli, iSCSI: RFC 3720 appendix B.4), the checksum of Kafka's record batches and
//! of every format of ours.
//!
//! `crc-fast` folds with whatever the processor has and falls back to tables by itself. It was the
//! faster of the two crates at every size from 12 bytes to 1 MiB (bench `crc`), so the other,
//! `crc32c`, serves as the oracle of the tests alone.

pub use crate::crc_combine::combine;
use crc_fast::{CrcAlgorithm, Digest};

/// The CRC-32C of `bytes`.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// The CRC-32C of a run whose first part has the sum `seed_crc` and whose rest is `bytes`.
/// `crc32c_append(0, bytes)` is `crc32c(bytes)`.
#[must_use]
pub fn crc32c_append(seed_crc: u32, bytes: &[u8]) -> u32 {
    // The register holds the complement of the published sum.
    let mut digest = Digest::new_with_init_state(CrcAlgorithm::Crc32Iscsi, u64::from(!seed_crc));
    digest.update(bytes);
    u32::try_from(digest.finalize()).expect("a CRC of 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn matches_the_published_answers() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn agrees_with_the_oracle_at_every_length_and_alignment() {
        let mut bytes = vec![0; 1200];
        Random::new(11).fill(&mut bytes);
        for start in 0..17 {
            for end in start..1200 {
                let slice = &bytes[start..end];
                assert_eq!(crc32c(slice), crc32c::crc32c(slice), "{start}..{end}");
            }
        }
    }

    #[test]
    fn agrees_with_the_oracle_on_long_runs() {
        let mut bytes = vec![0; 300_000];
        let mut random = Random::new(12);
        random.fill(&mut bytes);
        for length in [4096, 16_384, 65_535, 65_536, 131_073, 262_144, 300_000] {
            assert_eq!(crc32c(&bytes[..length]), crc32c::crc32c(&bytes[..length]), "{length}");
        }
    }

    #[test]
    fn appending_in_parts_equals_the_whole() {
        let mut bytes = vec![0; 4000];
        let mut random = Random::new(13);
        random.fill(&mut bytes);
        let whole = crc32c(&bytes);
        for split in (0..=4000).step_by(13) {
            let (head, tail) = bytes.split_at(split);
            assert_eq!(crc32c_append(crc32c(head), tail), whole, "split at {split}");
        }
        assert_eq!(crc32c_append(0, &bytes), whole);
        assert_eq!(crc32c_append(whole, b""), whole);
    }
}
