//! Each kind of finding is found, and nothing else is.

use super::*;

const SEED: u64 = 5;
const VALUE_BYTES: usize = 32;
/// Where stream 1 goes.
const PARTITION: i32 = 1;

fn judge(is_idempotent: bool, entries: Vec<Entry>) -> Judge {
    let mut judge = Judge::new(Run {
        topic: String::from("t"),
        seed: SEED,
        value_bytes: VALUE_BYTES,
        partition_count: 2,
        stream_count: 2,
        is_idempotent,
    });
    entries.into_iter().for_each(|entry| judge.note(entry));
    judge
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

fn verdict(mut judge: Judge, there: impl IntoIterator<Item = (i64, u64)>) -> Verdict {
    for (offset, sequence) in there {
        judge.record(PARTITION, offset, &value(sequence));
    }
    judge.finish(true)
}

fn ten() -> impl Iterator<Item = (i64, u64)> {
    (100..110).zip(0..10)
}

fn counts(verdict: &Verdict) -> [u64; 5] {
    let Verdict { lost, doubled, reordered, corrupt, repeated, .. } = verdict;
    assert_eq!(verdict.misplaced, 0);
    [*lost, *doubled, *reordered, *corrupt, *repeated]
}

#[test]
fn all_at_its_place_is_sound() {
    let verdict = verdict(judge(false, vec![acknowledged(false)]), ten());
    assert_eq!(counts(&verdict), [0; 5]);
    assert!(verdict.is_sound() && verdict.told.is_empty());
    assert_eq!((verdict.acknowledged, verdict.read), (10, 10));
}

#[test]
fn what_is_not_there_or_elsewhere_is_lost() {
    let short = ten().filter(|(_, sequence)| *sequence != 4 && *sequence != 9);
    assert_eq!(counts(&verdict(judge(false, vec![acknowledged(false)]), short)), [2, 0, 0, 0, 0]);
    let moved = ten().map(|(offset, sequence)| (offset + 1, sequence));
    let verdict = verdict(judge(false, vec![acknowledged(false)]), moved);
    assert_eq!(counts(&verdict), [10, 0, 0, 0, 0]);
    assert!(verdict.told[0].starts_with("lost: 10 of 10"), "{:?}", verdict.told);
}

#[test]
fn what_is_there_twice_is_doubled_unless_a_lost_answer_excuses_it() {
    let twice = || ten().chain([(110, 3)]);
    assert_eq!(counts(&verdict(judge(false, vec![acknowledged(false)]), twice())), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&verdict(judge(false, vec![acknowledged(true)]), twice())), [0, 0, 0, 0, 1]);
    assert_eq!(counts(&verdict(judge(true, vec![acknowledged(true)]), twice())), [0, 1, 0, 0, 0]);
}

#[test]
fn what_comes_behind_a_later_one_is_reordered() {
    let swapped = [(100, 0), (101, 2), (102, 1), (103, 3)];
    let verdict = verdict(judge(false, Vec::new()), swapped);
    assert_eq!(counts(&verdict), [0, 0, 1, 0, 0]);
}

#[test]
fn other_bytes_are_corrupt() {
    let mut judge = judge(false, vec![acknowledged(false)]);
    for (offset, sequence) in ten() {
        let mut value = value(sequence);
        if sequence == 5 {
            value[20] ^= 1;
        }
        judge.record(PARTITION, offset, &value);
    }
    judge.record(PARTITION, 110, b"somebody else's record, long enough");
    assert_eq!(counts(&judge.finish(true)), [1, 0, 0, 2, 0]);
}

#[test]
fn what_was_never_answered_may_be_there_or_not() {
    let batch = Batch { stream: 1, first: 10, count: 5 };
    let entries = || vec![acknowledged(false), Entry::Unanswered { batch }];
    let there = ten().chain((110..115).zip(10..15));
    for verdict in
        [verdict(judge(false, entries()), ten()), verdict(judge(false, entries()), there)]
    {
        assert_eq!(counts(&verdict), [0; 5]);
        assert_eq!(verdict.unanswered, 5);
    }
}

#[test]
fn what_could_not_be_read_is_not_called_lost() {
    let judge = judge(false, vec![acknowledged(false)]);
    assert!(judge.finish(false).is_sound());
}

#[test]
fn what_is_in_another_partition_is_misplaced_and_lost() {
    let mut judge = judge(false, vec![acknowledged(false)]);
    for (offset, sequence) in ten() {
        judge.record(0, offset, &value(sequence));
    }
    let verdict = judge.finish(true);
    assert_eq!((verdict.misplaced, verdict.lost), (10, 10));
    assert!(!verdict.is_sound());
}

#[test]
fn batches_that_continue_each_other_are_one() {
    let batch = |first, count, offset, is_repeated| Entry::Acknowledged {
        batch: Batch { stream: 1, first, count },
        offset,
        is_repeated,
    };
    let entries = vec![
        batch(0, 3, 100, false),
        batch(3, 3, 103, false),
        batch(6, 2, 106, true),
        batch(8, 2, 108, true),
    ];
    let judge = judge(false, entries);
    let stream = &judge.streams[&1];
    assert_eq!(stream.acknowledged.keys().copied().collect::<Vec<_>>(), [0, 6]);
    assert!(!stream.may_repeat(5) && stream.may_repeat(9));
    assert_eq!(counts(&verdict(judge, ten())), [0; 5]);
}

#[test]
fn a_sequence_that_no_run_reaches_is_not_one_that_was_sent() {
    let mut judge = judge(false, Vec::new());
    judge.record(PARTITION, 0, &value(u64::MAX));
    assert_eq!(judge.finish(true).corrupt, 1);
}
