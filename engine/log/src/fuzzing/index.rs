//! Index blocks and the walk through a segment.

use super::script::Script;
use crate::cursor::Writer;
use crate::identity::LogId;
use crate::segment::index::{
    INDEX_BLOCK_ENTRIES, IndexEntry, IndexOwner, decode_block, encode_block, stretch_crc,
};
use crate::segment::walk::{Walk, WalkEnd, walk};
use core::ops::Range;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{LeaderEpoch, Offset, PartitionId, Position, Timestamp, crc};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check, patch};

const OWNER: IndexOwner = IndexOwner {
    log_id: LogId([0x22; 16]),
    partition: PartitionId::new(7),
    segment: Offset::new(4),
};
const CRC: usize = 60;

/// The input as an index block, with its checksum and without; as the bytes of a segment; and as a
/// segment that was written, in pieces and damaged, which is walked through.
pub fn index(data: &[u8]) {
    block(data);
    check_walk(data, Position::ZERO, OWNER.segment..Offset::MAX);
    let mut script = Script::new(data);
    let bytes = make_segment(&mut script);
    let from = Position::new((script.below(16) * 512) as u64);
    let limit = match script.below(4) {
        0 => OWNER.segment.checked_add(i64::from(script.byte())).expect("a small offset"),
        _ => Offset::MAX,
    };
    let whole = check_walk(&bytes, from, OWNER.segment..limit);
    // A walk that is cut anywhere goes on behind the last stretch, and comes to the same end.
    let cut = script.below(256) * bytes.len() / 256;
    let first = check_walk(&bytes[..cut], from, OWNER.segment..limit);
    let last = first.entries.last();
    let end = last.map_or(from.get(), |last| last.position.get() + u64::from(last.length_bytes));
    let at = usize::try_from(end - from.get()).expect("within the bytes");
    let second = check_walk(&bytes[at..], Position::new(end), first.next_offset..limit);
    assert_eq!((second.next_offset, second.end), (whole.next_offset, whole.end));
}

/// What is read is written the same.
fn block(data: &[u8]) {
    let mut sealed = data.to_vec();
    sealed.resize(BLOCK_BYTES, 0);
    let entry_count = u16::from(data.first().copied().unwrap_or(1) % 128);
    let mut writer = Writer::new(&mut sealed);
    writer.bytes(b"MSTINDEX").u16(1).u16(entry_count).u32(0);
    writer.bytes(&OWNER.log_id.0).u64(OWNER.partition.get()).i64(OWNER.segment.get());
    writer.zeros_to(CRC);
    let sum = crc::crc32c_append(crc::crc32c(&sealed[..CRC]), &sealed[CRC + 4..]);
    sealed[CRC..CRC + 4].copy_from_slice(&sum.to_le_bytes());
    for bytes in [data, &sealed] {
        let Ok(entries) = decode_block(&OWNER, 0, bytes) else { continue };
        assert!((1..=INDEX_BLOCK_ENTRIES).contains(&entries.len()));
        let mut again = vec![0xee; BLOCK_BYTES];
        encode_block(&OWNER, 0, &entries, &mut again);
        assert_eq!(again, bytes[..BLOCK_BYTES]);
    }
}

/// Walks, and holds each stretch that is found against the bytes.
fn check_walk(bytes: &[u8], from: Position, offsets: Range<Offset>) -> Walk {
    let found = walk(&OWNER, from, bytes, offsets.clone());
    let mut next = (offsets.start, from);
    for entry in &found.entries {
        assert!(entry.first_offset == next.0 && entry.position >= next.1, "in order");
        let start = usize::try_from(entry.position.get() - from.get()).expect("within the bytes");
        let stretch = &bytes[start..start + entry.length_bytes as usize];
        let sum = stretch_crc(OWNER.partition, OWNER.segment, entry.position, stretch);
        assert_eq!(entry.crc, sum);
        check_stretch(entry, stretch);
        next = (entry.next_offset, Position::new(entry.position.get() + stretch.len() as u64));
    }
    assert_eq!(found.next_offset, next.0);
    assert!(found.entries.is_empty() || found.next_offset <= offsets.end, "within the offsets");
    assert_eq!(found.end == WalkEnd::Complete, found.next_offset >= offsets.end);
    if let WalkEnd::Cut(position) | WalkEnd::Damaged(position) = found.end {
        assert!(position >= next.1 && position.get() <= from.get() + bytes.len() as u64);
    }
    found
}

fn check_stretch(entry: &IndexEntry, stretch: &[u8]) {
    let options = CheckOptions { batch_bytes_max: 64 << 20, origin: Origin::Log };
    let mut next_offset = entry.first_offset;
    for batch in millstream_batch::Batches::new(stretch, options) {
        let batch = batch.expect("a stretch is whole batches");
        assert_eq!(batch.base_offset(), next_offset);
        assert!(batch.max_timestamp() <= entry.max_timestamp);
        assert!(check(batch.bytes(), options).is_ok());
        next_offset = batch.next_offset();
    }
    assert_eq!(next_offset, entry.next_offset);
}

/// Writes what the script says: batches that follow each other and some that do not, padding,
/// room, noise, and damage.
fn make_segment(script: &mut Script<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut next_offset = OWNER.segment.get();
    while !script.is_over() && bytes.len() < 16 * BLOCK_BYTES {
        match script.below(8) {
            0..=3 => {
                let record_count = 1 + script.below(4);
                let batch = batch(script, next_offset, record_count);
                next_offset += i64::try_from(record_count).expect("few");
                bytes.extend(batch);
            }
            4 => bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0),
            5 => {
                let other = i64::try_from(script.below(64)).expect("few");
                let batch = batch(script, other, 1);
                bytes.extend(batch);
            }
            6 => {
                let byte_count = script.below(256);
                bytes.extend(script.bytes(byte_count));
            }
            _ => {
                let at = script.below(256) * bytes.len() / 256;
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= script.byte() | 1;
                }
            }
        }
    }
    bytes
}

fn batch(script: &mut Script<'_>, base_offset: i64, record_count: usize) -> Vec<u8> {
    let value = vec![script.byte(); script.below(256) * 16];
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    for _ in 0..record_count {
        let timestamp = Timestamp::new(i64::from(script.byte()));
        builder.append(timestamp, None, Some(&value), &[]).expect("a small record");
    }
    let mut bytes = builder.finish().expect("some records").to_vec();
    patch::assign(&mut bytes, Offset::new(base_offset), LeaderEpoch::new(0));
    bytes
}
