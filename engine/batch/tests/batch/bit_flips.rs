//! No changed byte of a batch gets past the checker, but in the two fields that are not its.

use millstream_batch::{BatchError, Compression, check};

use crate::common::{LOG, sample};

#[test]
fn every_flip_is_detected_but_in_what_the_broker_sets() {
    for compression in Compression::ALL {
        let good = sample(compression, 20);
        for at in 0..good.len() {
            for flip in [0x01, 0x10, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                assert_flip(&bad, at, flip);
            }
        }
    }
}

fn assert_flip(bad: &[u8], at: usize, flip: u8) {
    let result = check(bad, LOG).map(|_| ());
    match at {
        // Base offset and leader epoch lie outside the CRC: the broker sets them on append. What
        // a flip there makes is another batch that might have been, or an impossible offset.
        0..8 => {
            assert!(matches!(result, Ok(()) | Err(BatchError::BaseOffset { .. })), "{result:?}")
        }
        12..16 => assert_eq!(result, Ok(())),
        8..12 => assert!(
            matches!(
                result,
                Err(BatchError::Length { .. }
                    | BatchError::TooLarge { .. }
                    | BatchError::Truncated { .. }
                    | BatchError::TrailingBytes { .. })
            ),
            "{result:?}"
        ),
        16 => assert!(matches!(result, Err(BatchError::Magic { .. })), "{result:?}"),
        _ => assert!(
            matches!(result, Err(BatchError::Checksum { .. })),
            "byte {at} flipped by {flip:#x}: {result:?}"
        ),
    }
}
