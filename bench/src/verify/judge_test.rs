//! Each kind of finding is found, and nothing else is.

use super::*;

const SEED: u64 = 5;
const VALUE_BYTES: usize = 32;

fn kept(is_idempotent: bool, entries: Vec<Entry>) -> Kept {
    let run = Run {
        topic: String::from("t"),
        seed: SEED,
        value_bytes: VALUE_BYTES,
        stream_count: 2,
        is_idempotent,
    };
    Kept { run, entries, is_torn: false }
}

/// Ten records of stream 1, at offsets 100 to 109.
fn acknowledged(is_repeated: bool) -> Entry {
    let batch = Batch { stream: 1, first: 0, count: 10 };
    Entry::Acknowledged { batch, offset: 100, is_repeated }
}

fn value(sequence: u64) -> Vec<u8> {
    let mut value = vec![0; VALUE_BYTES];
    Identity { stream: 1, sequence }.write(SEED, &mut value);
    value
}

fn verdict(kept: Kept, there: impl IntoIterator<Item = (i64, u64)>) -> Verdict {
    let mut judge = Judge::new(kept);
    for (offset, sequence) in there {
        judge.record(0, offset, &value(sequence));
    }
    judge.finish(true)
}

fn ten() -> impl Iterator<Item = (i64, u64)> {
    (100..110).zip(0..10)
}

fn counts(verdict: &Verdict) -> [u64; 5] {
    let Verdict { lost, doubled, reordered, corrupt, repeated, .. } = verdict;
    [*lost, *doubled, *reordered, *corrupt, *repeated]
}

#[test]
fn all_at_its_place_is_sound() {
    let verdict = verdict(kept(false, vec![acknowledged(false)]), ten());
    assert_eq!(counts(&verdict), [0; 5]);
    assert!(verdict.is_sound() && verdict.told.is_empty());
    assert_eq!((verdict.acknowledged, verdict.read), (10, 10));
}

#[test]
fn what_is_not_there_or_elsewhere_is_lost() {
    let short = ten().filter(|(_, sequence)| *sequence != 4 && *sequence != 9);
    assert_eq!(counts(&verdict(kept(false, vec![acknowledged(false)]), short)), [2, 0, 0, 0, 0]);
    let moved = ten().map(|(offset, sequence)| (offset + 1, sequence));
    let verdict = verdict(kept(false, vec![acknowledged(false)]), moved);
    assert_eq!(counts(&verdict), [10, 0, 0, 0, 0]);
    assert!(verdict.told[0].starts_with("lost: 10 of 10"), "{:?}", verdict.told);
}

#[test]
fn what_is_there_twice_is_doubled_unless_a_lost_answer_excuses_it() {
    let twice = || ten().chain([(110, 3)]);
    assert_eq!(counts(&verdict(kept(false, vec![acknowledged(false)]), twice())), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&verdict(kept(false, vec![acknowledged(true)]), twice())), [0, 0, 0, 0, 1]);
    assert_eq!(counts(&verdict(kept(true, vec![acknowledged(true)]), twice())), [0, 1, 0, 0, 0]);
}

#[test]
fn what_comes_behind_a_later_one_is_reordered() {
    let swapped = [(100, 0), (101, 2), (102, 1), (103, 3)];
    let verdict = verdict(kept(false, Vec::new()), swapped);
    assert_eq!(counts(&verdict), [0, 0, 1, 0, 0]);
}

#[test]
fn other_bytes_are_corrupt() {
    let mut judge = Judge::new(kept(false, vec![acknowledged(false)]));
    for (offset, sequence) in ten() {
        let mut value = value(sequence);
        if sequence == 5 {
            value[20] ^= 1;
        }
        judge.record(0, offset, &value);
    }
    judge.record(0, 110, b"somebody else's record, long enough");
    assert_eq!(counts(&judge.finish(true)), [1, 0, 0, 2, 0]);
}

#[test]
fn what_was_never_answered_may_be_there_or_not() {
    let batch = Batch { stream: 1, first: 10, count: 5 };
    let entries = || vec![acknowledged(false), Entry::Unanswered { batch }];
    let there = ten().chain((110..115).zip(10..15));
    for verdict in [verdict(kept(false, entries()), ten()), verdict(kept(false, entries()), there)]
    {
        assert_eq!(counts(&verdict), [0; 5]);
        assert_eq!(verdict.unanswered, 5);
    }
}

#[test]
fn what_could_not_be_read_is_not_called_lost() {
    let judge = Judge::new(kept(false, vec![acknowledged(false)]));
    assert!(judge.finish(false).is_sound());
}
