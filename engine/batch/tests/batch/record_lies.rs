//! Payloads that carry a right CRC and are not what the header declares.

use millstream_batch::{
    BatchError, Compression, DecompressLimit, RecordFault, Scratch, check, check_deep,
};

use crate::common::{Assembly, LOG, record, sample, simple_record};

/// The fault of the whole batch and the index of the record it was found at.
fn fault(assembly: &Assembly) -> (u32, RecordFault) {
    let bytes = assembly.bytes();
    let batch = check(&bytes, LOG).expect("sound from outside");
    let mut scratch = Scratch::new();
    match check_deep(&batch, DecompressLimit::DEFAULT, &mut scratch) {
        Err(BatchError::Record { index, position_bytes, fault }) => {
            assert!(position_bytes <= assembly.payload.len());
            (index, fault)
        }
        other => panic!("{other:?}"),
    }
}

fn fault_of_body(body: &[u8]) -> RecordFault {
    let payload = record(body);
    let (index, fault) = fault(&Assembly { payload, ..Default::default() });
    assert_eq!(index, 0);
    fault
}

#[test]
fn more_records_than_declared_are_found() {
    let records = [simple_record(0, 0), simple_record(0, 1), simple_record(0, 2)];
    let mut assembly = Assembly::of_records(&records);
    assembly.record_count = 2;
    assert_eq!(fault(&assembly), (2, RecordFault::TrailingBytes { count: 7 }));
}

#[test]
fn fewer_records_than_declared_are_found() {
    let longer = record(&[0, 0, 0, 1, 16, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
    let mut assembly = Assembly::of_records(&[longer]);
    assembly.record_count = 2;
    assembly.last_offset_delta = 1;
    assert_eq!(fault(&assembly), (1, RecordFault::Truncated));
}

#[test]
fn a_count_that_the_compressed_payload_lacks_is_found() {
    // Of a batch of 20, say 21.
    let mut bytes = sample(Compression::Zstd, 20);
    bytes[57..61].copy_from_slice(&21_i32.to_be_bytes());
    bytes[23..27].copy_from_slice(&20_i32.to_be_bytes());
    let crc = millstream_base::crc::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    let batch = check(&bytes, LOG).expect("sound from outside");
    let result = check_deep(&batch, DecompressLimit::DEFAULT, &mut Scratch::new());
    assert!(
        matches!(result, Err(BatchError::Record { index: 20, fault: RecordFault::Truncated, .. })),
        "{result:?}"
    );
}

#[test]
fn offset_deltas_that_repeat_or_leave_a_gap_are_found() {
    let deltas = |deltas: &[u8]| {
        let records = deltas.iter().map(|delta| simple_record(0, *delta)).collect::<Vec<_>>();
        fault(&Assembly::of_records(&records))
    };
    let wrong = |got, expected_min, expected_max| RecordFault::OffsetDelta {
        got,
        expected_min,
        expected_max,
    };
    assert_eq!(deltas(&[0, 0, 2]), (1, wrong(0, 1, 1)));
    assert_eq!(deltas(&[0, 2, 2]), (1, wrong(2, 1, 1)));
    assert_eq!(deltas(&[1, 2, 3]), (0, wrong(1, 0, 0)));
    assert_eq!(deltas(&[0, 1, 3]), (2, wrong(3, 2, 2)));
    let negative = record(&[0, 0, 1, 1, 1, 0]);
    assert_eq!(fault(&Assembly::of_records(&[negative])), (0, wrong(-1, 0, 0)));
}

#[test]
fn timestamps_that_do_not_fit_are_found() {
    let mut assembly = Assembly { base_timestamp: i64::MAX, ..Default::default() };
    assembly.payload = simple_record(1, 0);
    assert_eq!(fault(&assembly), (0, RecordFault::Timestamp));
    assembly.base_timestamp = i64::MIN;
    assembly.payload = record(&[0, 1, 0, 1, 1, 0]);
    assert_eq!(fault(&assembly), (0, RecordFault::Timestamp));
}

#[test]
fn lying_lengths_inside_a_record_are_found() {
    // Attributes, timestamp delta, offset delta; then key, value, header count.
    assert_eq!(fault_of_body(&[0, 0, 0, 3, 1, 0]), RecordFault::NegativeLength { got: -2 });
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 3, 0]), RecordFault::NegativeLength { got: -2 });
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 1, 1]), RecordFault::NegativeLength { got: -1 });
    assert_eq!(fault_of_body(&[0, 0, 0, 8, 1, 0]), RecordFault::Truncated, "key beyond its record");
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 4, 0]), RecordFault::Truncated, "value beyond it");
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 1, 0, 0]), RecordFault::UnusedBytes { count: 1 });
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 1, 2, 1, 1]), RecordFault::NegativeLength { got: -1 });
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 1, 2, 0, 3]), RecordFault::NegativeLength { got: -2 });
    let crowd = RecordFault::HeaderCount { got: 3, expected_max: 2 };
    assert_eq!(fault_of_body(&[0, 0, 0, 1, 1, 6, 0, 1, 0, 1]), crowd);
    let many = [0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 1];
    let crowd = RecordFault::HeaderCount { got: i32::MAX, expected_max: 1 };
    assert_eq!(fault_of_body(&many), crowd, "nothing is taken for a declared number");
    let overlong = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0];
    assert_eq!(fault_of_body(&overlong), RecordFault::Varint);
}

#[test]
fn a_record_cut_at_every_byte_is_found() {
    let body = [0, 0, 0, 4, 1, 2, 2, 3, 2, 2, 9, 1];
    for end in 0..body.len() {
        let payload = [record(&body[..end]), vec![0; 8]].concat();
        let found = fault(&Assembly { payload, ..Default::default() });
        let is_cut = matches!(found, (0, RecordFault::Truncated | RecordFault::HeaderCount { .. }));
        assert!(is_cut, "{found:?} at {end}");
    }
}

#[test]
fn lying_record_lengths_are_found() {
    for (length, expected) in [
        (vec![1], RecordFault::NegativeLength { got: -1 }),
        (vec![0], RecordFault::Truncated),
        (vec![14], RecordFault::Truncated),
        (vec![0xfe, 0xff, 0xff, 0xff, 0x0f], RecordFault::Truncated),
        (vec![0xff; 6], RecordFault::Varint),
    ] {
        let payload = [&*length, &[0, 0, 0, 1, 1, 0]].concat();
        assert_eq!(fault(&Assembly { payload, ..Default::default() }), (0, expected));
    }
}

#[test]
fn nothing_comes_after_an_error() {
    let mut assembly = Assembly::of_records(&[simple_record(0, 0), simple_record(0, 0)]);
    assembly.payload.extend(simple_record(0, 1));
    let bytes = assembly.bytes();
    let batch = check(&bytes, LOG).expect("sound from outside");
    let mut scratch = Scratch::new();
    let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
    assert!(matches!(records.next(), Some(Ok(_))));
    assert!(matches!(records.next(), Some(Err(_))));
    assert_eq!(records.next(), None);
}
