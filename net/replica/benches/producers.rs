//! What an idempotent producer costs with each batch, among few and among many.
#![forbid(unsafe_code)]

use criterion::Criterion;
use millstream_base::{Instant, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_replica::{ProducerBatch, ProducerState, Snapshot, Verdict};
use std::hint::black_box;

const RECORDS: u32 = 100;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    producers(&mut criterion);
    criterion.final_summary();
}

fn batch(id: i64, turn: u32) -> ProducerBatch {
    ProducerBatch {
        id: ProducerId::new(id),
        epoch: ProducerEpoch::new(0),
        base_sequence: Sequence::new(0).advance(turn.wrapping_mul(RECORDS) & 0x7fff_ffff),
        last_delta: RECORDS - 1,
    }
}

fn update(state: &mut ProducerState, batch: &ProducerBatch, offset: &mut i64) {
    state.update(batch, Offset::new(*offset), Timestamp::new(1), Instant::ZERO);
    *offset += i64::from(RECORDS);
}

fn producers(criterion: &mut Criterion) {
    for count in [1, 1_000, 60_000] {
        let mut state = ProducerState::default();
        let mut offset = 0;
        (0..count).for_each(|id| update(&mut state, &batch(id, 0), &mut offset));
        let mut turns = vec![1_u32; usize::try_from(count).expect("small")];
        let mut step = 0_usize;
        criterion.bench_function(&format!("check and update, {count} producers"), |bencher| {
            bencher.iter(|| {
                // Strides over all ids, so that no look-up profits from the one before.
                step = (step + 7_919) % turns.len();
                let batch = batch(i64::try_from(step).expect("small"), turns[step]);
                turns[step] += 1;
                assert_eq!(black_box(state.check(&batch)), Verdict::Append);
                update(&mut state, &batch, &mut offset);
            });
        });
        let snapshot =
            Snapshot { upto: Offset::new(offset), producers: state, ..Snapshot::default() };
        let mut bytes = Vec::new();
        snapshot.encode(&mut bytes);
        println!("a snapshot of {count} producers has {} bytes", bytes.len());
        criterion.bench_function(&format!("read a snapshot of {count} producers"), |bencher| {
            bencher.iter(|| black_box(Snapshot::decode(&bytes, Instant::ZERO)));
        });
    }
}
