//! Snapshots to bytes and back, and bytes that are none.

use super::*;
use crate::epochs::LeaderEpochs;
use crate::producer::{ProducerBatch, ProducerState};
use millstream_base::{
    Instant, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp,
};
use proptest::prelude::*;

/// A state that batches of these producers led to.
fn snapshots() -> impl Strategy<Value = Snapshot> {
    let batch = (0_i64..9, 0_i16..3, -1_i32..i32::MAX, 1_u32..99, any::<i64>());
    let epoch = (0_i32..99, 0_i64..99);
    let parts = (prop::collection::vec(batch, 0..30), prop::collection::vec(epoch, 0..5));
    parts.prop_map(|(batches, starts)| {
        let mut producers = ProducerState::default();
        let mut end = 0;
        for (id, epoch, base_sequence, count, timestamp) in batches {
            let batch = ProducerBatch {
                id: ProducerId::new(id),
                epoch: ProducerEpoch::new(epoch),
                base_sequence: Sequence::new(base_sequence),
                last_delta: count - 1,
            };
            let timestamp = Timestamp::new(timestamp);
            producers.update(&batch, Offset::new(end), timestamp, Instant::new(5));
            end += i64::from(count);
        }
        let mut epochs = LeaderEpochs::default();
        for (epoch, start) in starts {
            epochs.assign(LeaderEpoch::new(epoch), Offset::new(start));
        }
        Snapshot { upto: Offset::new(end), epochs, producers }
    })
}

fn bytes_of(snapshot: &Snapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.encode(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(snapshot in snapshots()) {
        let bytes = bytes_of(&snapshot);
        prop_assert_eq!(Snapshot::decode_upto(&bytes), Ok(snapshot.upto));
        for end in 0..bytes.len() {
            let fault = Snapshot::decode(&bytes[..end], Instant::new(5));
            prop_assert_eq!(fault, Err(SnapshotFault::Truncated), "{}", end);
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        let fault = Snapshot::decode(&longer, Instant::new(5));
        prop_assert_eq!(fault, Err(SnapshotFault::TrailingBytes));
        prop_assert_eq!(Snapshot::decode(&bytes, Instant::new(5)), Ok(snapshot));
    }

    #[test]
    fn any_bytes_are_a_snapshot_or_a_fault(
        snapshot in snapshots(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>()
    ) {
        let mut bytes = bytes_of(&snapshot);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = Snapshot::decode(&bytes, Instant::new(5)) {
            prop_assert_eq!(bytes_of(&read), bytes, "one way to write each");
        }
    }
}

#[test]
fn a_newer_snapshot_is_refused() {
    let newer = Err(SnapshotFault::Newer { version: 2 });
    assert_eq!(Snapshot::decode(&[2, 0, 0], Instant::ZERO), newer);
    let malformed = Err(SnapshotFault::Malformed { field: "version" });
    assert_eq!(Snapshot::decode(&[0], Instant::ZERO), malformed);
}

#[test]
fn declared_counts_take_no_memory() {
    let head = [&[1], 5_i64.to_le_bytes().as_slice()].concat();
    let huge = u32::MAX.to_le_bytes();
    let epochs = [head.as_slice(), &huge].concat();
    assert_eq!(Snapshot::decode(&epochs, Instant::ZERO), Err(SnapshotFault::Truncated));
    let producers = [head.as_slice(), &[0; 4], &huge].concat();
    assert_eq!(Snapshot::decode(&producers, Instant::ZERO), Err(SnapshotFault::Truncated));
}
