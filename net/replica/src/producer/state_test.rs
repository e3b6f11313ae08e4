//! Each rule for idempotent producers, by calls.

use super::entry::PRODUCER_BATCHES_MAX;
use super::*;
use core::time::Duration;
use millstream_base::limits::PARTITION_PRODUCERS_MAX;
use millstream_base::{Instant, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

pub(super) fn batch(id: i64, epoch: i16, base_sequence: i32, count: u32) -> ProducerBatch {
    ProducerBatch {
        id: ProducerId::new(id),
        epoch: ProducerEpoch::new(epoch),
        base_sequence: Sequence::new(base_sequence),
        last_delta: count - 1,
    }
}

/// A partition whose log ends here.
struct Log {
    state: ProducerState,
    end: i64,
}

impl Log {
    fn new() -> Self {
        Self { state: ProducerState::default(), end: 0 }
    }

    /// Checks a batch, and appends it if that is the verdict.
    fn send(&mut self, batch: ProducerBatch) -> Verdict {
        let verdict = self.state.check(&batch);
        if verdict == Verdict::Append {
            self.append(batch);
        }
        verdict
    }

    fn append(&mut self, batch: ProducerBatch) {
        let (offset, time) = (Offset::new(self.end), Timestamp::new(1000 + self.end));
        self.state.update(&batch, offset, time, Instant::new(0));
        self.end += i64::from(batch.last_delta) + 1;
    }
}

fn out_of_order(expected: i32, got: i32) -> Verdict {
    let (expected, got) = (Sequence::new(expected), Sequence::new(got));
    Verdict::Refuse(ProducerFault::OutOfOrder { expected, got })
}

#[test]
fn point_41_an_exact_repetition_within_five_batches_is_answered_as_before() {
    let mut log = Log::new();
    for index in 0..7 {
        assert_eq!(log.send(batch(1, 0, index * 10, 10)), Verdict::Append);
    }
    for index in 2..7 {
        let expected = BatchMemory {
            base_sequence: Sequence::new(index * 10),
            last_delta: 9,
            base_offset: Offset::new(i64::from(index) * 10),
            timestamp: Timestamp::new(1000 + i64::from(index) * 10),
        };
        assert_eq!(log.send(batch(1, 0, index * 10, 10)), Verdict::Duplicate(expected));
    }
    assert_eq!(log.send(batch(1, 0, 10, 10)), out_of_order(70, 10), "the sixth is forgotten");
    assert_eq!(log.send(batch(1, 0, 60, 9)), out_of_order(70, 60), "not the same batch");
    assert_eq!(log.end, 70, "nothing was appended");
}

#[test]
fn point_42_sequences_follow_each_other_and_never_a_duplicate_error() {
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 0, 0, 5)), Verdict::Append);
    assert_eq!(log.send(batch(1, 0, 6, 1)), out_of_order(5, 6));
    assert_eq!(log.send(batch(1, 0, 4, 1)), out_of_order(5, 4));
    assert_eq!(log.send(batch(1, 0, 5, 1)), Verdict::Append);
    assert_eq!(log.send(batch(2, 0, 9, 1)), Verdict::Append, "another producer");
    assert_eq!(log.send(batch(1, 0, 6, 1)), Verdict::Append);
}

#[test]
fn point_42_sequences_wrap_from_the_greatest_to_zero() {
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 0, i32::MAX - 1, 2)), Verdict::Append);
    assert_eq!(log.send(batch(1, 0, 0, 3)), Verdict::Append);
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 0, i32::MAX - 1, 5)), Verdict::Append, "wraps inside");
    assert_eq!(log.send(batch(1, 0, 0, 1)), out_of_order(3, 0));
    assert_eq!(log.send(batch(1, 0, 3, 1)), Verdict::Append);
    let repeated = log.send(batch(1, 0, i32::MAX - 1, 5));
    assert!(matches!(repeated, Verdict::Duplicate(_)), "{repeated:?}");
}

#[test]
fn point_43_a_new_epoch_begins_with_zero_and_fences_the_old() {
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 3, 0, 5)), Verdict::Append);
    assert_eq!(log.send(batch(1, 4, 5, 1)), out_of_order(0, 5));
    assert_eq!(log.send(batch(1, 3, 5, 1)), Verdict::Append, "a refusal changes nothing");
    assert_eq!(log.send(batch(1, 4, 0, 5)), Verdict::Append);
    let fenced =
        ProducerFault::Fenced { expected_min: ProducerEpoch::new(4), got: ProducerEpoch::new(3) };
    assert_eq!(log.send(batch(1, 3, 6, 1)), Verdict::Refuse(fenced));
    assert_eq!(log.send(batch(1, 3, 0, 5)), Verdict::Refuse(fenced), "nor its repetitions");
    assert_eq!(log.send(batch(1, 4, 5, 1)), Verdict::Append);
}

#[test]
fn point_44_without_state_any_sequence_is_the_first() {
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 9, 123_456, 5)), Verdict::Append);
    assert_eq!(log.send(batch(1, 9, 123_461, 1)), Verdict::Append);
}

#[test]
fn point_44_a_silent_producer_expires_and_a_talking_one_does_not() {
    let mut state = ProducerState::default();
    let hour = Duration::from_hours(1);
    let at = |hours: u32| Instant::ZERO + hour * hours;
    let update = |state: &mut ProducerState, id, sequence, hours| {
        let batch = batch(id, 0, sequence, 1);
        state.update(&batch, Offset::new(0), Timestamp::NONE, at(hours));
    };
    update(&mut state, 1, 0, 0);
    update(&mut state, 2, 0, 0);
    update(&mut state, 2, 1, 10);
    state.expire(at(23), hour * 24);
    assert_eq!(state.len(), 2);
    state.expire(at(24), hour * 24);
    let left: Vec<_> = state.iter().map(|(id, _)| id.get()).collect();
    assert_eq!(left, [2]);
    assert_eq!(state.check(&batch(1, 0, 77, 1)), Verdict::Append);
}

#[test]
fn point_46_a_bumped_epoch_starts_anew_on_every_partition() {
    let mut log = Log::new();
    for sequence in 0..4 {
        assert_eq!(log.send(batch(1, 0, sequence, 1)), Verdict::Append);
    }
    assert_eq!(log.send(batch(1, 1, 0, 1)), Verdict::Append);
    assert_eq!(log.send(batch(1, 1, 1, 1)), Verdict::Append);
    let entry = log.state.iter().next().expect("remembered").1;
    assert_eq!(entry.batches().count(), 2, "the old epoch's batches are forgotten");
    assert_eq!(entry.epoch(), ProducerEpoch::new(1));
}

#[test]
fn point_47_batches_under_way_are_remembered_in_their_order() {
    let mut log = Log::new();
    // Five under way: the second is lost on its way, so the later ones are out of order, and all
    // are sent again.
    assert_eq!(log.send(batch(1, 0, 0, 1)), Verdict::Append);
    for sequence in 2..5 {
        assert_eq!(log.send(batch(1, 0, sequence, 1)), out_of_order(1, sequence));
    }
    for sequence in 1..5 {
        assert_eq!(log.send(batch(1, 0, sequence, 1)), Verdict::Append);
    }
    let entry = log.state.iter().next().expect("remembered").1;
    assert_eq!(entry.batches().count(), PRODUCER_BATCHES_MAX);
    let sequences: Vec<_> = entry.batches().map(|batch| batch.base_sequence.get()).collect();
    assert_eq!(sequences, [0, 1, 2, 3, 4]);
}

#[test]
fn a_marker_raises_the_epoch_and_leaves_no_batch() {
    let mut log = Log::new();
    assert_eq!(log.send(batch(1, 0, 0, 3)), Verdict::Append);
    log.append(ProducerBatch { base_sequence: Sequence::NONE, ..batch(1, 0, 0, 1) });
    assert_eq!(log.send(batch(1, 0, 3, 1)), Verdict::Append, "the same epoch goes on");
    log.append(ProducerBatch { base_sequence: Sequence::NONE, ..batch(1, 1, 0, 1) });
    assert_eq!(log.send(batch(1, 1, 3, 1)), out_of_order(0, 3));
    assert!(matches!(log.send(batch(1, 0, 4, 1)), Verdict::Refuse(ProducerFault::Fenced { .. })));
    assert_eq!(log.send(batch(1, 1, 0, 1)), Verdict::Append);
}

#[test]
fn millions_of_producers_are_bounded_and_the_oldest_go() {
    let mut log = Log::new();
    let count = i64::try_from(PARTITION_PRODUCERS_MAX).expect("small");
    for id in 0..count {
        log.append(batch(id, 0, 0, 1));
    }
    assert_eq!(log.state.len(), PARTITION_PRODUCERS_MAX);
    log.append(batch(0, 0, 1, 1));
    assert_eq!(log.state.len(), PARTITION_PRODUCERS_MAX, "a known one needs no room");
    log.append(batch(count, 0, 0, 1));
    let expected = PARTITION_PRODUCERS_MAX - PARTITION_PRODUCERS_MAX / 8 + 1;
    assert_eq!(log.state.len(), expected);
    let is_known = |id| matches!(log.state.check(&batch(id, 0, 9, 1)), Verdict::Refuse(_));
    assert!(is_known(0), "it came back a moment ago");
    assert!(!is_known(1) && is_known(count - 1) && is_known(count));
}
