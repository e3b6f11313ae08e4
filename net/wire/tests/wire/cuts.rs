//! Each message in each version, cut off at every byte, and with bytes behind its end.

use millstream_wire::WireError;

use crate::sample::{Case, Counts, Style};

#[test]
fn a_message_that_ends_early_is_refused() {
    let mut cut_count = 0;
    for case in Case::all() {
        for seed in 0..3 {
            let style = Style { is_full: seed == 0, ..Style::default() };
            let bytes = case.sample(seed, style).bytes;
            for end in 0..bytes.len() {
                let refused = case.rewrite(&bytes[..end]).expect_err("cut off");
                let is_short =
                    matches!(refused, WireError::Truncated { .. } | WireError::Count { .. });
                assert!(is_short, "{case:?} seed {seed} cut at {end}: {refused:?}");
                cut_count += 1;
            }
        }
    }
    assert!(cut_count > 50_000, "{cut_count} cuts");
}

#[test]
fn bytes_behind_the_end_are_refused() {
    for case in Case::all() {
        let mut bytes = case.sample(1, Style::default()).bytes;
        let position = bytes.len();
        bytes.push(0);
        let refused = Err(WireError::TrailingBytes {
            message: case.layout().name,
            position,
            unused_bytes: 1,
        });
        assert_eq!(case.rewrite(&bytes), refused, "{case:?}");
    }
}

#[test]
fn each_text_that_is_not_utf_8_is_refused_at_its_byte() {
    let mut text_count = 0;
    for case in Case::all() {
        let style = Style { is_full: true, ..Style::default() };
        let sample = case.sample(0, style);
        for length in sample.lengths.iter().filter(|length| length.counts == Counts::TextBytes) {
            let mut bytes = sample.bytes.clone();
            bytes[length.position] = 0xff;
            let result = case.rewrite(&bytes);
            let Err(WireError::Text { position, .. }) = result else {
                panic!("{case:?} {length:?}: {result:?}")
            };
            assert_eq!(position, length.position, "{case:?}");
            text_count += 1;
        }
    }
    assert!(text_count > 1000, "{text_count} texts");
}
