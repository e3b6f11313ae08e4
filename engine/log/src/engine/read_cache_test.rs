//! What is kept, for how long, and what is never given again.

use super::*;

const BLOCK: usize = 1 << 20;
const ONE: PartitionId = PartitionId::new(1);
const TWO: PartitionId = PartitionId::new(2);

fn at(partition: PartitionId, position: u64) -> Place {
    (partition, Offset::ZERO, position)
}

fn block(byte: u8) -> Slice {
    Slice::from(vec![byte; BLOCK])
}

fn seconds(seconds: u64) -> Instant {
    Instant::default() + Duration::from_secs(seconds)
}

/// A cache of ten blocks with one of them in it, at byte 4096 of partition 1.
fn cache() -> ReadCache {
    let mut cache = ReadCache::new(10 * BLOCK as u64);
    cache.keep(at(ONE, 4096), &block(1), 0, seconds(0));
    cache
}

fn is_found(cache: &mut ReadCache, place: Place, length_bytes: u64) -> bool {
    cache.find(place, length_bytes, seconds(0)).is_some()
}

#[test]
fn a_block_gives_each_part_of_it_and_nothing_beyond() {
    let mut cache = cache();
    let (start, bytes) = cache.find(at(ONE, 5000), 100, seconds(0)).expect("within");
    assert_eq!((start, bytes.len(), bytes[0]), (4096, BLOCK, 1));
    let end = 4096 + BLOCK as u64;
    assert!(is_found(&mut cache, at(ONE, 4096), BLOCK as u64));
    assert!(is_found(&mut cache, at(ONE, end - 1), 1));
    assert!(!is_found(&mut cache, at(ONE, end - 1), 2), "it ends before");
    assert!(!is_found(&mut cache, at(ONE, 4095), 1), "it begins behind");
    assert!(!is_found(&mut cache, at(TWO, 4096), 1), "another partition");
    assert!(!is_found(&mut cache, (ONE, Offset::new(9), 4096), 1), "another segment");
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let mut cache = cache();
    for number in 1..10 {
        cache.keep(at(TWO, number * BLOCK as u64), &block(2), 0, seconds(0));
    }
    assert_eq!(cache.held_bytes(), 10 * BLOCK as u64);
    assert!(is_found(&mut cache, at(ONE, 4096), 1), "used again");
    cache.keep(at(TWO, 0), &block(3), 0, seconds(0));
    assert_eq!(cache.held_bytes(), 10 * BLOCK as u64);
    assert!(is_found(&mut cache, at(ONE, 4096), 1));
    assert!(!is_found(&mut cache, at(TWO, BLOCK as u64), 1), "the oldest has gone");
}

#[test]
fn small_reads_and_very_large_ones_are_not_kept() {
    let mut cache = ReadCache::new(8 * BLOCK as u64);
    cache.keep(at(ONE, 0), &Slice::from(vec![0; BLOCK_BYTES_MIN - 1]), 0, seconds(0));
    cache.keep(at(ONE, 0), &Slice::from(vec![0; BLOCK + 1]), 0, seconds(0));
    assert_eq!(cache.held_bytes(), 0);
    let mut none = ReadCache::new(0);
    none.keep(at(ONE, 0), &block(1), 0, seconds(0));
    assert_eq!(none.held_bytes(), 0);
}

#[test]
fn a_longer_block_takes_the_place_of_a_shorter_one_and_not_the_other_way_round() {
    let mut cache = cache();
    cache.keep(at(ONE, 4096), &block(1).slice(0..BLOCK / 2), 0, seconds(0));
    assert_eq!(cache.held_bytes(), BLOCK as u64);
    let longer = Slice::from(vec![1; BLOCK + 4096]);
    cache.keep(at(ONE, 4096), &longer, 0, seconds(0));
    assert_eq!(cache.held_bytes(), longer.len() as u64);
    assert!(is_found(&mut cache, at(ONE, 4096), longer.len() as u64));
}

#[test]
fn what_was_forgotten_does_not_come_back_with_a_read_that_began_before() {
    let mut cache = cache();
    cache.keep(at(TWO, 0), &block(2), 0, seconds(0));
    let generation = cache.generation();
    cache.forget(ONE);
    assert!(!is_found(&mut cache, at(ONE, 4096), 1));
    assert!(is_found(&mut cache, at(TWO, 0), 1), "another partition stays");
    cache.keep(at(ONE, 4096), &block(1), generation, seconds(0));
    assert!(!is_found(&mut cache, at(ONE, 4096), 1));
    cache.keep(at(ONE, 4096), &block(1), cache.generation(), seconds(0));
    assert!(is_found(&mut cache, at(ONE, 4096), 1));
}

#[test]
fn what_nobody_comes_back_to_gives_its_memory_back() {
    let mut cache = cache();
    cache.keep(at(TWO, 0), &block(2), 0, seconds(10));
    assert_eq!(cache.expire(seconds(59)), Some(seconds(60)));
    assert_eq!(cache.expire(seconds(60)), Some(seconds(70)));
    assert_eq!(cache.held_bytes(), BLOCK as u64);
    assert!(cache.find(at(TWO, 0), 1, seconds(69)).is_some());
    assert_eq!(cache.expire(seconds(70)), Some(seconds(129)));
    assert_eq!(cache.expire(seconds(129)), None);
    assert_eq!(cache.held_bytes(), 0);
}
