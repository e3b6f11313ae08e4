//! Batches written by hand from the specification, byte by byte.

use millstream_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, CheckedBatch, Compression, DecompressLimit, Producer,
    RecordHeader, Scratch, TimestampType, check,
};

use crate::common::{LOG, PRODUCER};

/// One record: time 10, key `k`, empty value, header `h` of null.
#[rustfmt::skip]
const ONE_RECORD: &[u8] = &[
    0, 0, 0, 0, 0, 0, 0, 5,             // base offset 5
    0, 0, 0, 60,                        // length: 49 and 11
    0, 0, 0, 3,                         // leader epoch 3
    2,                                  // magic
    0xe2, 0x49, 0x10, 0x98,             // CRC-32C
    0, 0,                               // attributes
    0, 0, 0, 0,                         // last offset delta
    0, 0, 0, 0, 0, 0, 0, 10,            // base timestamp
    0, 0, 0, 0, 0, 0, 0, 10,            // maximum timestamp
    0, 0, 0, 0, 0, 0, 0, 9,             // producer id
    0, 2,                               // producer epoch
    0, 0, 0, 7,                         // base sequence
    0, 0, 0, 1,                         // one record
    20,                                 // length 10
    0,                                  // attributes
    0,                                  // timestamp delta
    0,                                  // offset delta
    2, b'k',                            // key
    0,                                  // value: empty
    2,                                  // one header
    2, b'h',                            // its key
    1,                                  // its value: null
];

fn first_record(batch: &CheckedBatch<'_>, test: impl FnOnce(millstream_batch::Record<'_>)) {
    let mut scratch = Scratch::new();
    let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
    test(records.next().expect("one record").expect("sound"));
    assert_eq!(records.next(), None);
}

#[test]
fn each_field_is_read_from_its_place() {
    let batch = check(ONE_RECORD, PRODUCER).expect("by the specification");
    assert_eq!(batch.base_offset(), Offset::new(5));
    assert_eq!(batch.last_offset(), Offset::new(5));
    assert_eq!(batch.next_offset(), Offset::new(6));
    assert_eq!((batch.last_offset_delta(), batch.next_offset_delta()), (0, 1));
    assert_eq!(batch.leader_epoch(), LeaderEpoch::new(3));
    assert_eq!(batch.crc(), 0xe249_1098);
    assert_eq!(batch.compression(), Compression::None);
    assert_eq!(batch.timestamp_type(), TimestampType::Create);
    assert!(!batch.is_control() && !batch.is_transactional());
    assert_eq!(batch.delete_horizon(), None);
    assert_eq!(batch.base_timestamp(), Timestamp::new(10));
    assert_eq!(batch.max_timestamp(), Timestamp::new(10));
    assert_eq!(batch.producer_id(), ProducerId::new(9));
    assert_eq!(batch.producer_epoch(), ProducerEpoch::new(2));
    assert_eq!(batch.base_sequence(), Sequence::new(7));
    assert_eq!(batch.last_sequence(), Sequence::new(7));
    assert_eq!(batch.record_count(), 1);
    assert_eq!(batch.bytes(), ONE_RECORD);
    assert_eq!(batch.payload(), &ONE_RECORD[61..]);
    first_record(&batch, |record| {
        assert_eq!(record.offset(), Offset::new(5));
        assert_eq!(record.timestamp(), Timestamp::new(10));
        assert_eq!(record.key(), Some(b"k".as_slice()));
        assert_eq!(record.value(), Some(b"".as_slice()));
        let headers = record.headers().collect::<Vec<_>>();
        assert_eq!(headers, [RecordHeader { key: b"h", value: None }]);
    });
}

#[test]
fn the_builder_writes_the_same_bytes() {
    let mut builder = BatchBuilder::new(BuilderOptions {
        base_offset: Offset::new(5),
        leader_epoch: LeaderEpoch::new(3),
        producer: Some(Producer {
            id: ProducerId::new(9),
            epoch: ProducerEpoch::new(2),
            base_sequence: Sequence::new(7),
        }),
        ..BuilderOptions::default()
    });
    let headers = [RecordHeader { key: b"h", value: None }];
    builder.append(Timestamp::new(10), Some(b"k"), Some(b""), &headers).expect("fits");
    assert_eq!(builder.finish(), Ok(ONE_RECORD));
}

/// A transaction's commit marker (KIP-98), as a coordinator writes it: log append time, control
/// and transactional bits, no sequence, key of version 0 and type 1, value of version 0 and
/// coordinator epoch 4.
#[rustfmt::skip]
const COMMIT_MARKER: &[u8] = &[
    0, 0, 0, 0, 0, 0, 1, 0,
    0, 0, 0, 66,
    0xff, 0xff, 0xff, 0xff,
    2,
    0xd3, 0x66, 0xa1, 0xae,
    0, 0b11_1000,
    0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 20,
    0, 0, 0, 0, 0, 0, 0, 30,
    0, 0, 0, 0, 0, 0, 0, 9,
    0, 2,
    0xff, 0xff, 0xff, 0xff,
    0, 0, 0, 1,
    32,
    0, 0, 0,
    8, 0, 0, 0, 1,
    12, 0, 0, 0, 0, 0, 4,
    0,
];

#[test]
fn a_commit_marker_is_a_control_batch_of_the_log() {
    let batch = check(COMMIT_MARKER, LOG).expect("by the specification");
    assert!(batch.is_control() && batch.is_transactional());
    assert_eq!(batch.timestamp_type(), TimestampType::LogAppend);
    assert_eq!(batch.last_sequence(), Sequence::NONE);
    first_record(&batch, |record| {
        assert_eq!(record.offset(), Offset::new(256));
        assert_eq!(record.timestamp(), Timestamp::new(30), "that of the append, not 20");
        assert_eq!(record.key(), Some([0, 0, 0, 1].as_slice()));
        assert_eq!(record.value(), Some([0, 0, 0, 0, 0, 4].as_slice()));
    });
}

/// The payload of [`ONE_RECORD`] in each codec, as its specification says it may be stored.
#[test]
fn each_codec_is_read_as_specified() {
    let payload = &ONE_RECORD[61..];
    #[rustfmt::skip]
    let packed: [(i16, Vec<u8>); 5] = [
        // RFC 1952 header; RFC 1951 stored block: last, 11 bytes and their complement; CRC-32
        // and size, little-endian.
        (1, [&[31, 139, 8, 0, 0, 0, 0, 0, 0, 255, 1, 11, 0, 0xf4, 0xff], payload,
            &0xf3aa_25c9_u32.to_le_bytes(), &[11, 0, 0, 0]].concat()),
        // Snappy: size 11, a literal of 11.
        (2, [&[11, 10 << 2], payload].concat()),
        // The same in the Java framing.
        (2, [b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\0\x0d\x0b\x28".as_slice(), payload].concat()),
        // LZ4 frame: version 1, independent, 64 KiB; its checksum; a stored block; the end.
        (3, [[4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82].as_slice(), &0x8000_000b_u32.to_le_bytes(),
            payload, &[0; 4]].concat()),
        // RFC 8878 frame: single segment of 11 bytes; a raw block, the last.
        (4, [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 11, 11 << 3 | 1, 0, 0], payload].concat()),
    ];
    for (attributes, payload) in packed {
        let assembly = crate::common::Assembly { attributes, payload, ..Default::default() };
        let bytes = assembly.bytes();
        let batch = check(&bytes, PRODUCER).expect("sound");
        first_record(&batch, |record| assert_eq!(record.key(), Some(b"k".as_slice())));
    }
}
