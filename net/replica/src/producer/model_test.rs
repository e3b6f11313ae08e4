//! The state against a model that remembers everything that was ever appended.

use super::state_test::batch;
use super::*;
use millstream_base::{Instant, Offset, Timestamp};
use proptest::prelude::*;

/// Every batch that was appended, in order.
#[derive(Default)]
struct Model {
    appended: Vec<ProducerBatch>,
}

impl Model {
    fn expects(&self, batch: &ProducerBatch) -> Verdict {
        let own = || self.appended.iter().filter(|known| known.id == batch.id);
        let Some(epoch) = own().map(|known| known.epoch).max() else { return Verdict::Append };
        if batch.epoch < epoch {
            let (expected_min, got) = (epoch, batch.epoch);
            return Verdict::Refuse(ProducerFault::Fenced { expected_min, got });
        }
        let of_epoch: Vec<_> = own().filter(|known| known.epoch == batch.epoch).collect();
        let window = &of_epoch[of_epoch.len().saturating_sub(5)..];
        if let Some(known) = window.iter().find(|known| **known == batch) {
            return Verdict::Duplicate(self.memory(known));
        }
        let expected = of_epoch.last().map_or(0, |last| {
            let next = i64::from(last.base_sequence.get()) + i64::from(last.last_delta) + 1;
            i32::try_from(next % (1 << 31)).expect("31 bits")
        });
        let (expected, got) = (millstream_base::Sequence::new(expected), batch.base_sequence);
        match expected == got {
            true => Verdict::Append,
            false => Verdict::Refuse(ProducerFault::OutOfOrder { expected, got }),
        }
    }

    fn memory(&self, batch: &ProducerBatch) -> BatchMemory {
        let is_same = |known: &ProducerBatch| std::ptr::eq(known, batch);
        let before = self.appended.iter().take_while(|known| !is_same(known));
        let offset: i64 = before.map(|known| i64::from(known.last_delta) + 1).sum();
        BatchMemory {
            base_sequence: batch.base_sequence,
            last_delta: batch.last_delta,
            base_offset: Offset::new(offset),
            timestamp: Timestamp::new(offset),
        }
    }

    fn end(&self) -> i64 {
        self.appended.iter().map(|known| i64::from(known.last_delta) + 1).sum()
    }
}

/// What a client does next.
#[derive(Clone, Debug)]
enum Step {
    /// The batch that should come next, in the epoch so many later.
    Next { id: i64, epochs: i16, count: u32 },
    /// Something that was sent before.
    Again { back: usize },
    /// Anything.
    Any { id: i64, epoch: i16, sequence: i32, count: u32 },
}

fn steps() -> impl Strategy<Value = Step> {
    let id = 0_i64..3;
    let next = (id.clone(), prop_oneof![9 => Just(0_i16), 1 => Just(1)], 1_u32..4);
    let sequence = prop_oneof![0..12_i32, i32::MAX - 6..=i32::MAX];
    prop_oneof![
        5 => next.prop_map(|(id, epochs, count)| Step::Next { id, epochs, count }),
        2 => (0_usize..9).prop_map(|back| Step::Again { back }),
        2 => (id, 0_i16..3, sequence, 1_u32..5)
            .prop_map(|(id, epoch, sequence, count)| Step::Any { id, epoch, sequence, count }),
    ]
}

proptest! {
    #[test]
    fn the_verdict_is_that_of_a_model_that_forgets_nothing(
        steps in prop::collection::vec(steps(), 1..60)
    ) {
        let mut model = Model::default();
        let mut state = ProducerState::default();
        let mut sent: Vec<ProducerBatch> = Vec::new();
        for step in steps {
            let batch = match step {
                Step::Any { id, epoch, sequence, count } => batch(id, epoch, sequence, count),
                Step::Again { back } => match sent.iter().rev().nth(back) {
                    Some(sent) => *sent,
                    None => continue,
                },
                Step::Next { id, epochs, count } => {
                    let known = state.iter().find(|(known, _)| known.get() == id);
                    let epoch = known.map_or(0, |(_, entry)| entry.epoch().get()) + epochs;
                    let next = known.map_or(0, |(_, entry)| entry.next_sequence().get());
                    batch(id, epoch, if epochs == 0 { next } else { 0 }, count)
                }
            };
            sent.push(batch);
            let verdict = state.check(&batch);
            prop_assert_eq!(verdict, model.expects(&batch), "{:?}", batch);
            if verdict == Verdict::Append {
                let end = model.end();
                state.update(&batch, Offset::new(end), Timestamp::new(end), Instant::ZERO);
                model.appended.push(batch);
            }
        }
    }
}
