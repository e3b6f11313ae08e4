//! Headers that carry a right CRC and say what cannot be.

use millstream_base::{Offset, ProducerEpoch, ProducerId, Sequence};
use millstream_batch::{BatchError, CheckOptions, Origin};

use crate::common::{Assembly, LOG, PRODUCER};

#[test]
fn the_assembly_itself_is_sound() {
    assert_eq!(Assembly::default().check(PRODUCER), Ok(()));
    assert_eq!(Assembly::default().check(LOG), Ok(()));
}

#[test]
fn other_formats_are_named() {
    for magic in [0, 1, 3, -1, i8::MIN, i8::MAX] {
        let assembly = Assembly { magic, ..Default::default() };
        assert_eq!(assembly.check(PRODUCER), Err(BatchError::Magic { got: magic }));
    }
    // A message of format 0 is shorter than our header: 26 bytes without key and value.
    let mut old = vec![0; 26];
    old[11] = 14;
    old[18..].fill(0xff);
    let result = millstream_batch::check(&old, PRODUCER);
    assert_eq!(result.map(|_| ()), Err(BatchError::Magic { got: 0 }));
}

#[test]
fn lying_lengths_are_refused() {
    for (length, error) in [
        (-1, BatchError::Length { got: -1, expected_min: 49 }),
        (0, BatchError::Length { got: 0, expected_min: 49 }),
        (48, BatchError::Length { got: 48, expected_min: 49 }),
        (i32::MIN, BatchError::Length { got: i32::MIN, expected_min: 49 }),
        (57, BatchError::Truncated { expected_bytes: 69, got_bytes: 68 }),
        (55, BatchError::TrailingBytes { expected_bytes: 67, got_bytes: 68 }),
        (i32::MAX, BatchError::TooLarge { got_bytes: 0x8000_000b, bytes_max: 64 << 20 }),
    ] {
        let assembly = Assembly { length: Some(length), ..Default::default() };
        assert_eq!(assembly.check(PRODUCER), Err(error), "length {length}");
    }
}

#[test]
fn the_size_limit_is_exact() {
    let assembly = Assembly::default();
    let got_bytes = assembly.bytes().len();
    let options = |bytes_max| CheckOptions { batch_bytes_max: bytes_max, ..LOG };
    assert_eq!(assembly.check(options(got_bytes)), Ok(()));
    let bytes_max = got_bytes - 1;
    let too_large = BatchError::TooLarge { got_bytes, bytes_max };
    assert_eq!(assembly.check(options(bytes_max)), Err(too_large));
}

#[test]
fn unknown_attributes_are_refused() {
    for bit in 7..16 {
        let attributes = 1 << bit;
        let assembly = Assembly { attributes, ..Default::default() };
        let unknown = BatchError::UnknownAttributes { got: attributes };
        assert_eq!(assembly.check(LOG), Err(unknown));
    }
    for attributes in 5..8 {
        let assembly = Assembly { attributes, ..Default::default() };
        let got = u8::try_from(attributes).expect("three bits");
        assert_eq!(assembly.check(LOG), Err(BatchError::UnknownCompression { got }));
    }
}

#[test]
fn lying_counts_are_refused() {
    // Seven bytes of payload hold one record at most.
    for got in [i32::MIN, -1, 0, 2, i32::MAX] {
        let last_offset_delta = got.saturating_sub(1);
        let assembly = Assembly { record_count: got, last_offset_delta, ..Default::default() };
        let error = BatchError::RecordCount { got, expected_min: 1, expected_max: 1 };
        assert_eq!(assembly.check(PRODUCER), Err(error));
    }
    // What is compressed may hold any number, but never a negative one.
    let compressed = Assembly {
        attributes: 4,
        record_count: i32::MAX,
        last_offset_delta: i32::MAX - 1,
        ..Default::default()
    };
    assert_eq!(compressed.check(PRODUCER), Ok(()));
    let negative = Assembly { attributes: 4, record_count: -1, ..Default::default() };
    let error = BatchError::RecordCount { got: -1, expected_min: 0, expected_max: i32::MAX };
    assert_eq!(negative.check(LOG), Err(error));
}

#[test]
fn lying_offset_deltas_are_refused() {
    for (got, is_possible_in_log) in [(i32::MIN, false), (-1, false), (1, true), (i32::MAX, true)] {
        let assembly = Assembly { last_offset_delta: got, ..Default::default() };
        let lie = Err(BatchError::LastOffsetDelta { got, record_count: 1 });
        assert_eq!(assembly.check(PRODUCER), lie.clone());
        let in_log = if is_possible_in_log { Ok(()) } else { lie };
        assert_eq!(assembly.check(LOG), in_log, "compaction leaves gaps");
    }
    let mut two = Assembly::of_records(&[
        crate::common::simple_record(0, 0),
        crate::common::simple_record(0, 1),
    ]);
    two.last_offset_delta = 0;
    let lie = Err(BatchError::LastOffsetDelta { got: 0, record_count: 2 });
    assert_eq!(two.check(LOG), lie, "two records need two offsets");
    let none = Assembly { record_count: 0, last_offset_delta: -1, ..Default::default() };
    let lie = Err(BatchError::LastOffsetDelta { got: -1, record_count: 0 });
    assert_eq!(none.check(LOG), lie, "a batch takes at least one offset");
}

#[test]
fn offsets_that_cannot_be_are_refused() {
    for (base_offset, is_possible) in
        [(-1, false), (i64::MIN, false), (i64::MAX, false), (i64::MAX - 1, true), (7, true)]
    {
        let assembly = Assembly { base_offset, ..Default::default() };
        let got = Offset::new(base_offset);
        let impossible = BatchError::BaseOffset { got, last_offset_delta: 0 };
        let expected = if is_possible { Ok(()) } else { Err(impossible) };
        assert_eq!(assembly.check(PRODUCER), expected, "{base_offset}");
    }
}

#[test]
fn half_a_producer_is_refused() {
    for (producer_id, producer_epoch, base_sequence) in
        [(5, -1, 0), (5, 0, -1), (-2, -1, -1), (i64::MIN, 0, 0), (5, i16::MIN, 0)]
    {
        let assembly =
            Assembly { producer_id, producer_epoch, base_sequence, ..Default::default() };
        let error = BatchError::Producer {
            id: ProducerId::new(producer_id),
            epoch: ProducerEpoch::new(producer_epoch),
            sequence: Sequence::new(base_sequence),
        };
        assert_eq!(assembly.check(PRODUCER), Err(error));
    }
    for (producer_id, producer_epoch, base_sequence) in
        [(5, 0, 0), (0, i16::MAX, i32::MAX), (-1, -1, -1), (-1, -1, 0)]
    {
        let assembly =
            Assembly { producer_id, producer_epoch, base_sequence, ..Default::default() };
        assert_eq!(assembly.check(PRODUCER), Ok(()));
    }
}

#[test]
fn what_clients_may_not_write_is_refused_from_them_alone() {
    let transaction = Assembly { attributes: 1 << 4, ..Default::default() };
    assert_eq!(transaction.check(PRODUCER), Err(BatchError::TransactionWithoutProducer));
    assert_eq!(transaction.check(LOG), Err(BatchError::TransactionWithoutProducer));
    let control = Assembly { attributes: 1 << 5, ..Default::default() };
    assert_eq!(control.check(PRODUCER), Err(BatchError::ControlFromProducer));
    assert_eq!(control.check(LOG), Ok(()));
    let horizon = Assembly { attributes: 1 << 6, ..Default::default() };
    assert_eq!(horizon.check(PRODUCER), Err(BatchError::DeleteHorizonFromProducer));
    assert_eq!(horizon.check(LOG), Ok(()));
    let origins = [Origin::Producer, Origin::Log];
    assert!(origins.iter().all(|origin| {
        Assembly::default().check(CheckOptions { origin: *origin, ..LOG }).is_ok()
    }));
}
