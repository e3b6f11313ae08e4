//! What compaction leaves: gaps between offsets, and batches without a record.

use millstream_base::{Offset, Sequence, Timestamp};
use millstream_batch::{Content, DecompressLimit, Scratch, check, check_deep, find_timestamp};

use crate::common::{Assembly, LOG, simple_record};

#[test]
fn gaps_are_read_from_a_log() {
    let records = [simple_record(1, 2), simple_record(3, 3), simple_record(3, 7)];
    let assembly =
        Assembly { base_offset: 100, last_offset_delta: 9, ..Assembly::of_records(&records) };
    let bytes = assembly.bytes();
    let batch = check(&bytes, LOG).expect("sound");
    assert_eq!(batch.next_offset(), Offset::new(110));
    let mut scratch = Scratch::new();
    let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
    let offsets = records.map(|record| record.expect("sound").offset().get());
    assert_eq!(offsets.collect::<Vec<_>>(), [102, 103, 107]);
    let content = check_deep(&batch, DecompressLimit::DEFAULT, &mut scratch);
    let latest = Some((Timestamp::new(1003), Offset::new(103)));
    assert_eq!(content, Ok(Content { record_count: 3, payload_bytes: 21, latest }));
}

#[test]
fn a_batch_without_records_still_takes_its_offsets() {
    //= KIP-98: compaction keeps a producer's last batch, emptied, for its sequence.
    let assembly = Assembly {
        base_offset: 100,
        last_offset_delta: 9,
        producer_id: 5,
        producer_epoch: 0,
        base_sequence: i32::MAX - 4,
        record_count: 0,
        payload: Vec::new(),
        ..Default::default()
    };
    let bytes = assembly.bytes();
    let batch = check(&bytes, LOG).expect("sound");
    assert_eq!((batch.record_count(), batch.next_offset()), (0, Offset::new(110)));
    assert_eq!(batch.last_sequence(), Sequence::new(4), "wraps to 0");
    let mut scratch = Scratch::new();
    let content = check_deep(&batch, DecompressLimit::DEFAULT, &mut scratch);
    assert_eq!(content, Ok(Content { record_count: 0, payload_bytes: 0, latest: None }));
    let found = find_timestamp(&batch, Timestamp::new(0), DecompressLimit::DEFAULT, &mut scratch);
    assert_eq!(found, Ok(None));
}

#[test]
fn a_delete_horizon_is_the_base_of_the_times() {
    //= KIP-534: the base timestamp becomes the horizon; deltas count from it.
    let assembly = Assembly {
        attributes: 1 << 6,
        base_timestamp: 5000,
        ..Assembly::of_records(&[crate::common::record(&[0, 1, 0, 1, 1, 0])])
    };
    let bytes = assembly.bytes();
    let batch = check(&bytes, LOG).expect("sound");
    assert_eq!(batch.delete_horizon(), Some(Timestamp::new(5000)));
    let mut scratch = Scratch::new();
    let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
    let record = records.next().expect("one").expect("sound");
    assert_eq!(record.timestamp(), Timestamp::new(4999));
}
