//! What is built is read back, in every codec: nulls, empties, order, doubles, bytes that are not
//! text, and times that go back.

use millstream_base::{Offset, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, Compression, DecompressLimit, RecordHeader, Scratch, check,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::common::PRODUCER;

type Header = (Vec<u8>, Option<Vec<u8>>);

#[derive(Clone, Debug, PartialEq)]
struct Plain {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Header>,
}

fn plain() -> impl Strategy<Value = Plain> {
    let key = option::of(vec(any::<u8>(), 0..20));
    // Few letters and up to 300 of them: lengths of one and two bytes, and something to compress.
    let value = option::of(vec(0_u8..3, 0..300));
    let header = (vec(any::<u8>(), 0..4), option::of(vec(any::<u8>(), 0..4)));
    (-5_i64..1 << 45, key, value, vec(header, 0..4))
        .prop_map(|(timestamp, key, value, headers)| Plain { timestamp, key, value, headers })
}

fn build(records: &[Plain], options: BuilderOptions) -> Vec<u8> {
    let mut builder = BatchBuilder::new(options);
    for record in records {
        let headers =
            record.headers.iter().map(|(key, value)| RecordHeader { key, value: value.as_deref() });
        let headers = headers.collect::<Vec<_>>();
        let timestamp = Timestamp::new(record.timestamp);
        builder
            .append(timestamp, record.key.as_deref(), record.value.as_deref(), &headers)
            .expect("fits");
    }
    let estimated_bytes = builder.estimated_bytes();
    let bytes = builder.finish().expect("not empty").to_vec();
    assert!(bytes.len() <= estimated_bytes);
    bytes
}

fn read(bytes: &[u8]) -> Vec<Plain> {
    let batch = check(bytes, PRODUCER).expect("built");
    let mut scratch = Scratch::new();
    let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
    let mut plains = Vec::new();
    for (delta, record) in (0..).zip(records) {
        let record = record.expect("sound");
        assert_eq!(record.offset_delta(), delta);
        assert_eq!(Some(record.offset()), batch.base_offset().checked_add(i64::from(delta)));
        let headers = record.headers();
        plains.push(Plain {
            timestamp: record.timestamp().get(),
            key: record.key().map(<[u8]>::to_vec),
            value: record.value().map(<[u8]>::to_vec),
            headers: headers
                .map(|header| (header.key.to_vec(), header.value.map(<[u8]>::to_vec)))
                .collect(),
        });
    }
    plains
}

#[test]
fn nulls_doubles_and_bytes_that_are_not_text_survive() {
    let headers = vec![
        (b"b".to_vec(), Some(b"1".to_vec())),
        (b"a".to_vec(), None),
        (b"b".to_vec(), Some(Vec::new())),
        (b"b".to_vec(), Some(b"1".to_vec())),
        (vec![0xff, 0xfe, 0], None),
        (Vec::new(), None),
    ];
    let records = [
        Plain { timestamp: 5, key: None, value: Some(Vec::new()), headers },
        Plain { timestamp: -1, key: Some(Vec::new()), value: None, headers: Vec::new() },
        Plain { timestamp: i64::MAX - 10, key: None, value: None, headers: Vec::new() },
    ];
    for compression in Compression::ALL {
        let bytes = build(&records, BuilderOptions { compression, ..Default::default() });
        assert_eq!(read(&bytes), records);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_built_is_read(records in vec(plain(), 1..30), base_offset in 0..i64::MAX - 30) {
        let base_offset = Offset::new(base_offset);
        for compression in Compression::ALL {
            let options = BuilderOptions { compression, base_offset, ..Default::default() };
            let bytes = build(&records, options);
            prop_assert_eq!(&read(&bytes), &records);
            let batch = check(&bytes, PRODUCER).expect("built");
            let latest = records.iter().map(|record| record.timestamp).max();
            prop_assert_eq!(Some(batch.max_timestamp().get()), latest);
        }
    }
}
