//! Each message in each of its versions: what a second writer writes is read, and written again
//! byte for byte.

use proptest::prelude::*;

use millstream_wire::Decoder;

use crate::sample::{Case, Source, Style};

#[test]
fn what_is_read_is_written_again() {
    let mut byte_count = 0;
    for case in Case::all() {
        for seed in 0..30 {
            let sample = case.sample(seed, Style::default());
            assert_eq!(case.rewrite(&sample.bytes), Ok(sample.bytes), "{case:?} seed {seed}");
        }
        let full = case.sample(0, Style { is_full: true, ..Style::default() });
        byte_count += full.bytes.len();
        assert_eq!(case.rewrite(&full.bytes), Ok(full.bytes), "{case:?} full");
    }
    assert!(byte_count > 20_000, "{byte_count} bytes are no messages at all");
}

#[test]
fn numbers_at_their_extremes_pass_through() {
    let style = Style { is_extreme: true, ..Style::default() };
    for case in Case::all() {
        for seed in 0..10 {
            let sample = case.sample(seed, style);
            assert_eq!(case.rewrite(&sample.bytes), Ok(sample.bytes), "{case:?} seed {seed}");
        }
    }
}

/// Requests of hundreds of kilobytes that somebody may well send: the budget is not for them.
#[test]
fn the_budget_is_enough_for_what_is_honest() {
    let mut greatest_bytes = 0;
    for case in Case::all().filter(|case| matches!(case.source, Source::Request(_))) {
        let style = Style { is_full: true, more_elements: 24, ..Style::default() };
        let bytes = case.sample(0, style).bytes;
        greatest_bytes = greatest_bytes.max(bytes.len());
        let rewritten = case.rewrite_from(&mut Decoder::new(&bytes));
        assert_eq!(rewritten, Ok(bytes), "{case:?}");
    }
    assert!(greatest_bytes > 100_000, "{greatest_bytes} bytes");
}

proptest! {
    #[test]
    fn any_seed_makes_a_round_trip(seed: u64, pick: prop::sample::Index) {
        let cases = Case::all().collect::<Vec<_>>();
        let case = cases[pick.index(cases.len())];
        let sample = case.sample(seed, Style::default());
        prop_assert_eq!(case.rewrite(&sample.bytes), Ok(sample.bytes));
    }

    /// Whatever happens to the bytes: an error, or a message that is written and read again.
    #[test]
    fn changed_bytes_are_refused_or_understood(
        seed: u64,
        pick: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let cases = Case::all().collect::<Vec<_>>();
        let case = cases[pick.index(cases.len())];
        let mut bytes = case.sample(seed, Style::default()).bytes;
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Ok(rewritten) = case.rewrite(&bytes) {
            prop_assert_eq!(case.rewrite(&rewritten), Ok(rewritten));
        }
    }
}
