//! Golden test of `docs/formats/segment.md`.

use crate::golden::golden;
use crate::identity::LOG_ID;
use crate::table::{Value, assert_table, bytes};
use millstream_base::{LeaderEpoch, Offset, PartitionId, Position, Timestamp, crc};
use millstream_batch::{BatchBuilder, BuilderOptions, patch};
use millstream_log::segment::index::{
    IndexEntry, IndexOwner, decode_block, encode_block, stretch_crc,
};
use millstream_log::segment::walk::{WalkEnd, walk};

const DOCUMENT: &str = "docs/formats/segment.md";
const OWNER: IndexOwner =
    IndexOwner { log_id: LOG_ID, partition: PartitionId::new(3), segment: Offset::new(5000) };

/// Two writes: two batches of three records, and one behind them in a block of its own.
fn make_segment() -> Vec<u8> {
    let mut file = [batch(5000, b"first"), batch(5003, b"second")].concat();
    file.resize(4096, 0);
    file.extend(batch(5006, b"third"));
    file.resize(8192, 0);
    file
}

pub(crate) fn batch(base_offset: i64, value: &[u8]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    for index in 0..3 {
        let timestamp = Timestamp::new(1_767_225_600_000 + base_offset + index);
        builder.append(timestamp, Some(b"key"), Some(value), &[]).expect("a small record");
    }
    let mut bytes = builder.finish().expect("three records").to_vec();
    patch::assign(&mut bytes, Offset::new(base_offset), LeaderEpoch::new(7));
    bytes
}

fn segment() -> Vec<u8> {
    golden("segment-1.log", make_segment)
}

fn index() -> Vec<u8> {
    golden("segment-1.index", || {
        let mut block = vec![0; 4096];
        encode_block(&OWNER, 0, &walked(), &mut block);
        block
    })
}

fn walked() -> Vec<IndexEntry> {
    let segment = segment();
    let found = walk(&OWNER, Position::ZERO, &segment, OWNER.segment..Offset::new(5009));
    assert_eq!((found.next_offset, found.end), (Offset::new(5009), WalkEnd::Complete));
    found.entries
}

#[test]
fn the_golden_index_is_read_and_written_the_same() {
    let index = index();
    let entries = decode_block(&OWNER, 0, &index).expect("golden");
    let mut again = vec![0xee; 4096];
    encode_block(&OWNER, 0, &entries, &mut again);
    assert_eq!(again, index);
}

#[test]
fn the_golden_index_is_that_of_the_golden_segment() {
    let entries = decode_block(&OWNER, 0, &index()).expect("golden");
    assert_eq!(entries, walked());
    let places: Vec<_> = entries.iter().map(|entry| entry.position.get()).collect();
    assert_eq!(places, [0, 4096]);
    let times: Vec<_> = entries.iter().map(|entry| entry.max_timestamp.get()).collect();
    assert_eq!(times, [1_767_225_605_005, 1_767_225_605_008]);
}

#[test]
fn the_document_says_where_a_block_has_its_fields() {
    let index = index();
    let sum = crc::crc32c(&[&index[..60], &index[64..]].concat());
    assert_table(
        DOCUMENT,
        "Block header",
        &index[..64],
        &[
            ("magic", bytes("MSTINDEX")),
            ("version", 1.into()),
            ("entry_count", 2.into()),
            ("number", 0.into()),
            ("log_id", bytes(LOG_ID.0)),
            ("partition", 3.into()),
            ("segment", 5000.into()),
            ("reserved", Value::Zeros),
            ("crc", sum.into()),
        ],
    );
    let segment = segment();
    let length_bytes = u32::from_le_bytes(*index[96..].first_chunk().expect("an entry"));
    let stretch = &segment[..length_bytes as usize];
    let sum = stretch_crc(OWNER.partition, OWNER.segment, Position::ZERO, stretch);
    assert_table(
        DOCUMENT,
        "Index entry",
        &index[64..104],
        &[
            ("first_offset", 5000.into()),
            ("next_offset", 5006.into()),
            ("position", 0.into()),
            ("max_timestamp", 1_767_225_605_005_i64.into()),
            ("length_bytes", length_bytes.into()),
            ("crc", sum.into()),
        ],
    );
    assert!(index[144..].iter().all(|byte| *byte == 0), "two entries");
}

#[test]
fn the_checksum_of_a_stretch_is_as_the_document_says() {
    let place = [3_i64, 5000, 4096].map(i64::to_le_bytes).concat();
    let sum = stretch_crc(OWNER.partition, OWNER.segment, Position::new(4096), b"batches");
    assert_eq!(sum, crc::crc32c(&[place.as_slice(), b"batches"].concat()));
}
