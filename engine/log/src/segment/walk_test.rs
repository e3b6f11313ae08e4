//! Walks: what they find of what settling wrote, and where they stop.

use super::*;
use crate::identity::LogId;
use millstream_base::{LeaderEpoch, PartitionId, Random};
use millstream_batch::{BatchBuilder, BuilderOptions, patch};

const OWNER: IndexOwner = IndexOwner {
    log_id: LogId([5; 16]),
    partition: PartitionId::new(4),
    segment: Offset::new(100),
};

/// A batch of so many records of so many random bytes each.
fn batch(base_offset: i64, record_count: i64, value_bytes: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let mut value = vec![0; value_bytes];
    Random::new(base_offset.cast_unsigned()).fill(&mut value);
    for index in 0..record_count {
        let timestamp = Timestamp::new(1000 + base_offset + index);
        builder.append(timestamp, None, Some(&value), &[]).expect("a small record");
    }
    let mut bytes = builder.finish().expect("records").to_vec();
    patch::assign(&mut bytes, Offset::new(base_offset), LeaderEpoch::new(0));
    bytes
}

fn pad(file: &mut Vec<u8>, block_count: usize) {
    file.resize(file.len().next_multiple_of(BLOCK_BYTES) + block_count * BLOCK_BYTES, 0);
}

/// Three writes, the second after room that was not used; offsets 100 to 200.
fn file() -> Vec<u8> {
    let mut file = [batch(100, 10, 30), batch(110, 5, 40)].concat();
    pad(&mut file, 2);
    file.extend(batch(115, 5, 2000));
    pad(&mut file, 0);
    file.extend((0..16).flat_map(|number| batch(120 + 5 * number, 5, 2000)));
    pad(&mut file, 0);
    file
}

fn walk_from(from: u64, bytes: &[u8], expected: i64) -> Walk {
    walk(&OWNER, Position::new(from), bytes, Offset::new(expected)..Offset::MAX)
}

fn offsets(walk: &Walk) -> Vec<(i64, i64)> {
    let range = |entry: &IndexEntry| (entry.first_offset.get(), entry.next_offset.get());
    walk.entries.iter().map(range).collect()
}

#[test]
fn all_batches_are_found_across_padding_and_room() {
    let file = file();
    let walk = walk_from(0, &file, 100);
    assert_eq!((walk.next_offset, walk.end), (Offset::new(200), WalkEnd::Exhausted));
    // Seven batches of some 10 KiB each are the first to be 64 KiB together.
    assert_eq!(offsets(&walk), [(100, 115), (115, 120), (120, 155), (155, 190), (190, 200)]);
    for entry in &walk.entries {
        let start = usize::try_from(entry.position.get()).expect("short");
        let stretch = &file[start..start + entry.length_bytes as usize];
        assert_eq!(entry.crc, stretch_crc(OWNER.partition, OWNER.segment, entry.position, stretch));
        assert_eq!(entry.max_timestamp, Timestamp::new(1000 + entry.next_offset.get() - 1));
    }
    let second = walk.entries[1].position;
    assert_eq!(second, Position::new(3 * 4096), "behind the room");
}

#[test]
fn what_a_truncation_cut_off_is_not_found_again() {
    let file = file();
    for (limit, entry_count) in [(100, 0), (110, 1), (115, 1), (120, 2), (125, 3), (200, 5)] {
        let found = walk(&OWNER, Position::ZERO, &file, OWNER.segment..Offset::new(limit));
        assert_eq!((found.next_offset, found.end), (Offset::new(limit), WalkEnd::Complete));
        assert_eq!(found.entries.len(), entry_count, "{limit}");
    }
    let inside = walk(&OWNER, Position::ZERO, &file, OWNER.segment..Offset::new(117));
    let position = Position::new(3 * 4096);
    assert_eq!((inside.next_offset, inside.end), (Offset::new(115), WalkEnd::Damaged(position)));
}

#[test]
fn a_walk_goes_on_where_another_ended() {
    let file = file();
    let whole = walk_from(0, &file, 100);
    for length in (0..file.len()).step_by(1777) {
        let first = walk_from(0, &file[..length], 100);
        let last = first.entries.last();
        let end = last.map_or(0, |last| last.position.get() + u64::from(last.length_bytes));
        let at = usize::try_from(end).expect("short");
        let second = walk_from(end, &file[at..], first.next_offset.get());
        assert_eq!(second.next_offset, whole.next_offset, "cut at {length}");
        if let WalkEnd::Cut(position) = first.end {
            assert!(position.get() >= end && position.get() < length as u64);
        }
    }
}

#[test]
fn a_batch_that_the_bytes_cut_off_is_told() {
    let bytes = batch(100, 5, 2000);
    for length in [1, 60, 61, 4096, bytes.len() - 1] {
        let walk = walk_from(8192, &bytes[..length], 100);
        assert_eq!((walk.entries, walk.end), (vec![], WalkEnd::Cut(Position::new(8192))));
    }
    assert_eq!(walk_from(8192, &bytes, 100).end, WalkEnd::Exhausted);
}

#[test]
fn every_damaged_byte_of_the_next_batch_stops_the_walk_before_it() {
    let bytes = [batch(100, 3, 20), batch(103, 3, 20), batch(106, 3, 20)].concat();
    let batch_bytes = bytes.len() / 3;
    let mut ends = std::collections::BTreeMap::new();
    for at in batch_bytes..2 * batch_bytes {
        let mut rotten = bytes.clone();
        rotten[at] ^= 0x40;
        let walk = walk_from(0, &rotten, 100);
        // The leader epoch is no batch's own: the stretch's checksum covers it.
        let is_epoch = (12..16).contains(&(at - batch_bytes));
        assert_eq!(walk.next_offset, Offset::new(if is_epoch { 109 } else { 103 }), "{at}");
        *ends.entry(format!("{:?}", walk.end).split('(').next().map(str::to_owned)).or_insert(0) +=
            1;
    }
    assert_eq!(ends.len(), 3, "exhausted, cut and damaged: {ends:?}");
}

#[test]
fn what_a_client_put_inside_a_damaged_batch_is_not_taken_for_the_next_one() {
    // A record whose value holds, at the next block of the file, a batch with this very offset.
    let forged = batch(100, 1, 10);
    let mut value = vec![0; 3 * BLOCK_BYTES];
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(1), None, Some(&value), &[]).expect("a small record");
    let plain = builder.finish().expect("a record").to_vec();
    let head = plain.len() - value.len() - 1;
    let at = BLOCK_BYTES - head;
    value[at..at + forged.len()].copy_from_slice(&forged);
    builder.restart(BuilderOptions::default());
    builder.append(Timestamp::new(1), None, Some(&value), &[]).expect("a small record");
    let mut bytes = builder.finish().expect("a record").to_vec();
    patch::assign(&mut bytes, Offset::new(100), LeaderEpoch::new(0));
    assert_eq!(bytes[BLOCK_BYTES..][..forged.len()], forged);

    assert_eq!(offsets(&walk_from(0, &bytes, 100)), [(100, 101)]);
    assert_eq!(walk_from(0, &bytes[..2 * BLOCK_BYTES], 100).end, WalkEnd::Cut(Position::ZERO));
    bytes[200] ^= 1;
    let walk = walk_from(0, &bytes, 100);
    assert_eq!((walk.entries, walk.end), (vec![], WalkEnd::Damaged(Position::ZERO)));
}

#[test]
fn other_batches_are_passed_over() {
    let mut file = batch(90, 10, 30);
    pad(&mut file, 0);
    file.extend(batch(100, 10, 30));
    pad(&mut file, 0);
    file.extend(batch(105, 10, 30));
    let walk = walk_from(4096, &file, 100);
    assert_eq!(offsets(&walk), [(100, 110)]);
    assert_eq!((walk.next_offset, walk.end), (Offset::new(110), WalkEnd::Exhausted));
    assert_eq!(walk_from(0, &[], 100).entries, []);
}
