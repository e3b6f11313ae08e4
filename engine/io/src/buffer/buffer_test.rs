//! Buffers: cut, frozen, shared, sent home.

use super::pool::{LOADED_COUNT, STOCK_COUNT};
use super::{Buffer, Pool, Slice};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};

#[test]
fn a_region_is_aligned_to_its_size() {
    let pool = Pool::new(8 << 20, 0);
    let region = pool.region().unwrap();
    assert_eq!(region.len(), REGION_BYTES);
    assert_eq!(region.as_ptr() as usize % REGION_BYTES, 0);
    // Miri takes minutes for two million bytes.
    let step = if cfg!(miri) { BLOCK_BYTES } else { 1 };
    assert!(region.iter().step_by(step).all(|byte| *byte == 0));
}

#[test]
fn a_split_keeps_both_parts_apart() {
    let mut rest = Buffer::unpooled(10);
    let mut front = rest.split_to(4);
    front.fill(1);
    rest.fill(2);
    assert_eq!(&*front, &[1; 4]);
    assert_eq!(&*rest, &[2; 6]);
}

#[test]
fn neighbours_are_joined_again() {
    let mut rest = Buffer::unpooled(10);
    let mut front = rest.split_to(0);
    for byte in 1..=2 {
        let mut next = rest.split_to(3);
        next.fill(byte);
        front.rejoin(next);
    }
    assert_eq!(&*front, &[1, 1, 1, 2, 2, 2]);
    front.rejoin(rest);
    assert_eq!(front.len(), 10);
}

#[test]
fn a_frozen_range_stays_while_the_rest_is_written() {
    let mut rest = Buffer::unpooled(8);
    let mut front = rest.split_to(4);
    front.copy_from_slice(b"abcd");
    let slice = front.freeze();
    rest.fill(9);
    let cut = slice.slice(1..3);
    drop(slice);
    assert_eq!(&*cut, b"bc");
}

#[test]
fn the_limit_is_kept_and_memory_comes_home() {
    let pool = Pool::new(2 * REGION_BYTES, REGION_BYTES);
    let first = pool.region().unwrap();
    let second = pool.region().unwrap().freeze();
    assert!(pool.region().is_err());
    let elsewhere = second.clone();
    drop(second);
    assert!(pool.region().is_err(), "a clone still pins the region");
    std::thread::scope(|scope| {
        scope.spawn(move || drop(elsewhere));
    });
    drop(first);
    let kept_bytes = |pool: &Pool| {
        assert_eq!(pool.usage().lent_bytes, 0);
        pool.usage().kept_bytes
    };
    assert_eq!(kept_bytes(&pool), 2 * REGION_BYTES);
    pool.trim();
    assert_eq!(kept_bytes(&pool), REGION_BYTES, "the reserve stays");
    pool.shrink();
    assert_eq!(kept_bytes(&pool), 0);
}

#[test]
fn what_is_in_use_again_and_again_is_kept_and_what_nobody_asks_for_goes_back() {
    let pool = Pool::new(16 * REGION_BYTES, REGION_BYTES);
    let take = |count| (0..count).map(|_| pool.region().unwrap()).collect::<Vec<_>>();
    drop(take(10));
    for _ in 0..100 {
        drop(take(6));
    }
    assert_eq!(pool.usage().kept_bytes, 6 * REGION_BYTES + REGION_BYTES, "six and the reserve");
    for _ in 0..1000 {
        drop(take(1));
    }
    assert_eq!(pool.usage().kept_bytes, 2 * REGION_BYTES, "one and the reserve");
}

#[test]
fn small_buffers_share_a_region_and_are_aligned() {
    let pool = Pool::new(4 * REGION_BYTES, 0);
    let buffers: Vec<Buffer> = (0..4).map(|_| pool.buffer(5000).unwrap()).collect();
    assert!(buffers.iter().all(|buffer| (buffer.as_ptr() as usize).is_multiple_of(BLOCK_BYTES)));
    assert_eq!(pool.usage().lent_bytes, REGION_BYTES);
}

#[test]
fn a_vector_becomes_a_slice_where_it_is() {
    let mut bytes = Vec::with_capacity(100);
    bytes.extend_from_slice(b"millstream");
    let address = bytes.as_ptr();
    let slice = Slice::from(bytes);
    assert_eq!(&*slice, b"millstream");
    assert_eq!(slice.as_ptr(), address);
    assert_eq!(&*slice.slice(4..10), b"stream");
    assert!(Slice::from(Vec::new()).is_empty());
    assert!(Slice::from(Vec::with_capacity(5)).is_empty());
}

#[test]
fn bytes_copied_into_a_slice_are_the_bytes() {
    let slice = Slice::from(&b"millstream"[..]);
    assert_eq!(&*slice.slice(4..10), b"stream");
    assert!(slice.same_region(&slice.slice(0..0)));
}

/// Waits until a thread that works by itself has come so far.
fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        std::thread::park_timeout(std::time::Duration::from_millis(1));
    }
}

fn stocked(region_count: usize) -> Pool {
    Pool::stocked(region_count * REGION_BYTES, REGION_BYTES, 0, "stock".to_owned()).unwrap()
}

/// Asks until the pool takes itself for one under load.
fn load(pool: &Pool) {
    (0..LOADED_COUNT).for_each(|_| drop(pool.region().unwrap()));
}

#[test]
fn a_pool_under_load_has_regions_ready_and_gives_them_back_at_rest() {
    let pool = stocked(100);
    let kept_count = || pool.usage().kept_bytes / REGION_BYTES;
    (1..LOADED_COUNT).for_each(|_| drop(pool.region().unwrap()));
    assert_eq!(kept_count(), 1, "a little use makes no stock");
    let held = pool.region().unwrap();
    wait_until(|| kept_count() == STOCK_COUNT);
    let more: Vec<Buffer> = (0..STOCK_COUNT).map(|_| pool.region().unwrap()).collect();
    assert!(more.iter().all(|region| region.iter().all(|byte| *byte == 0)), "as new");
    wait_until(|| kept_count() == STOCK_COUNT);
    drop(more);
    drop(held);
    pool.trim();
    wait_until(|| kept_count() == 1);
    assert_eq!(pool.usage().lent_bytes, 0);
}

#[test]
fn a_stock_stays_within_the_limit_of_its_pool() {
    let pool = stocked(20);
    load(&pool);
    let mut held: Vec<Buffer> = Vec::new();
    for _ in 0..20 {
        held.push(pool.region().unwrap());
        // As much as may still be lent, at most: what was made before is left where it is.
        wait_until(|| pool.usage().kept_bytes + pool.usage().lent_bytes >= 20 * REGION_BYTES);
        let usage = pool.usage();
        assert!(usage.lent_bytes + usage.kept_bytes <= 21 * REGION_BYTES, "{usage:?}");
    }
    assert!(pool.region().is_err());
}

#[test]
fn a_pool_that_is_prefaulted_has_its_regions_from_the_start_and_at_rest() {
    let name = "stock".to_owned();
    let pool = Pool::stocked(100 * REGION_BYTES, 0, 20 * REGION_BYTES, name).unwrap();
    let kept_count = || pool.usage().kept_bytes / REGION_BYTES;
    wait_until(|| kept_count() == 20);
    let held = pool.region().unwrap();
    assert_eq!(kept_count(), 19);
    load(&pool);
    wait_until(|| kept_count() >= STOCK_COUNT);
    pool.trim();
    wait_until(|| kept_count() == 19);
    drop(held);
    assert_eq!(kept_count(), 20);
    pool.shrink();
    wait_until(|| kept_count() == 20);
}
