//! What the fuzz targets call, here so that their corpora are replayed by the ordinary tests.
//!
//! Not part of the API. A finding is a panic: of the code under test, or of what is asserted here
//! about its answer.

use crate::producer::{ProducerBatch, ProducerState, Verdict};
use crate::snapshot::Snapshot;
use millstream_base::{Instant, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

/// A snapshot: what is one is written the same.
pub fn snapshot(input: &[u8]) {
    if let Ok(snapshot) = Snapshot::decode(input, Instant::ZERO) {
        assert_eq!(Snapshot::decode_upto(input), Ok(snapshot.upto));
        let mut written = Vec::new();
        snapshot.encode(&mut written);
        assert_eq!(written, input, "there is one way to write a snapshot");
    }
}

/// Batches of producers, 8 bytes each: what is appended is a duplicate at once, and a snapshot of
/// what is remembered is read again.
pub fn producers(input: &[u8]) {
    let mut state = ProducerState::default();
    let mut end = Offset::ZERO;
    for chunk in input.as_chunks::<8>().0 {
        let [id, epoch, count, skip, sequence @ ..] = *chunk;
        let batch = ProducerBatch {
            id: ProducerId::new(i64::from(id % 4)),
            epoch: ProducerEpoch::new(i16::from(epoch % 4)),
            base_sequence: Sequence::new(i32::from_le_bytes(sequence) & i32::MAX),
            last_delta: u32::from(count),
        };
        if state.check(&batch) != Verdict::Append {
            continue;
        }
        end = end.checked_add(i64::from(skip)).expect("far from the edge");
        state.update(&batch, end, Timestamp::NONE, Instant::ZERO);
        let is_known = matches!(state.check(&batch), Verdict::Duplicate(known)
            if known.base_offset == end);
        assert!(is_known, "what was appended is known");
        end = end.checked_add(i64::from(count) + 1).expect("far from the edge");
    }
    let state = Snapshot { upto: end, producers: state, ..Snapshot::default() };
    let mut bytes = Vec::new();
    state.encode(&mut bytes);
    assert_eq!(Snapshot::decode(&bytes, Instant::ZERO), Ok(state));
}
