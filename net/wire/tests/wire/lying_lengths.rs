//! Each length and count of each message in each version, replaced by a lie.

use millstream_wire::WireError;

use crate::sample::{Case, Counts, Length, Lie, Style};

/// Lengths that are true nowhere in these samples, which are small.
fn lies(length: &Length) -> Vec<i64> {
    let (short, long) = (i64::from(i16::MAX), i64::from(i32::MAX));
    match (length.counts, length.is_flexible) {
        (Counts::Tags, _) => vec![65, 20_000_000, long, i64::from(u32::MAX)],
        (Counts::TagBytes, _) => vec![long, i64::from(u32::MAX)],
        (Counts::TextBytes, false) => vec![short, -2, i64::from(i16::MIN)],
        (Counts::TextBytes, true) => vec![short, short + 1, long, -2],
        (Counts::BlobBytes | Counts::Elements, false) => vec![long, -2, i64::from(i32::MIN)],
        (Counts::BlobBytes | Counts::Elements, true) => vec![long - 1, long, long + 1, -2],
    }
}

/// Calls `check` with each case, length, lie, and the bytes that tell it.
fn for_each_lie(mut check: impl FnMut(Case, &Length, i64, &[u8])) {
    for case in Case::all() {
        for seed in 0..3 {
            let style = Style { is_full: seed == 0, ..Style::default() };
            for (index, length) in case.sample(seed, style).lengths.iter().enumerate() {
                for declared in lies(length) {
                    let lie = Some(Lie { index, declared });
                    let sample = case.sample(seed, Style { lie, ..style });
                    check(case, length, declared, &sample.bytes);
                }
            }
        }
    }
}

#[test]
fn each_is_refused_at_its_place() {
    let mut lie_count = 0;
    for_each_lie(|case, length, declared, bytes| {
        lie_count += 1;
        let refused = case.rewrite(bytes).expect_err("a lie");
        let position = match refused {
            WireError::Length { position, .. }
            | WireError::Count { position, .. }
            | WireError::TagCount { position, .. }
            | WireError::Truncated { position, .. } => position,
            other => panic!("{case:?} {length:?} {declared}: {other:?}"),
        };
        // A length of five bytes instead of one moves what it counts.
        let moved = length.position..=length.position + 4;
        assert!(moved.contains(&position), "{case:?} {length:?} {declared}: {refused:?}");
    });
    assert!(lie_count > 20_000, "{lie_count} lies");
}

#[test]
fn null_is_refused_where_nothing_may_be_null() {
    let mut null_count = 0;
    for case in Case::all() {
        let style = Style { is_full: true, ..Style::default() };
        for (index, length) in case.sample(0, style).lengths.iter().enumerate() {
            if matches!(length.counts, Counts::Tags | Counts::TagBytes) {
                continue;
            }
            let lie = Some(Lie { index, declared: -1 });
            let result = case.rewrite(&case.sample(0, Style { lie, ..style }).bytes);
            // The length of null is one byte, perhaps instead of two. Where null is permitted, what
            // was to be the content is taken for what follows.
            let here = length.position - 1..=length.position;
            let is_null_fault = matches!(
                &result,
                Err(WireError::Null { position, .. }) if here.contains(position)
            );
            assert_eq!(is_null_fault, !length.is_nullable, "{case:?} {length:?}: {result:?}");
            null_count += usize::from(is_null_fault);
        }
    }
    assert!(null_count > 1000, "{null_count} nulls");
}

#[test]
fn a_length_that_is_one_off_is_refused_or_understood() {
    for case in Case::all() {
        let style = Style { is_full: true, ..Style::default() };
        for (index, length) in case.sample(0, style).lengths.iter().enumerate() {
            for declared in [length.truth - 1, length.truth + 1] {
                let lie = Some(Lie { index, declared });
                let bytes = case.sample(0, Style { lie, ..style }).bytes;
                if let Ok(rewritten) = case.rewrite(&bytes) {
                    assert_eq!(case.rewrite(&rewritten), Ok(rewritten), "{case:?} {length:?}");
                }
            }
        }
    }
}
