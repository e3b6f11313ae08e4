//! The disk against a small model of what each sector may hold after a power cut.

use crate::toolbox::{SECTOR_BYTES, durable_file, filled, sectors, world_after, write};
use millstream_base::Random;
use millstream_io::Durability;
use millstream_io::sim::PowerCut;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

const SECTOR_COUNT: u64 = 16;

/// For each sector the values that it may have, the newest last.
type Allowed = Vec<Vec<u8>>;

/// Writes and syncs at random, one after the other, and keeps book.
async fn scribble(io: millstream_io::Io, mut random: Random, allowed: Rc<RefCell<Allowed>>) {
    let file = durable_file(&io).await;
    for byte in 2..2 + u8::try_from(random.below(20)).expect("below 20") {
        if random.chance(1, 6) {
            file.sync_data().await.expect("syncs");
            allowed
                .borrow_mut()
                .iter_mut()
                .for_each(|values| drop(values.drain(..values.len() - 1)));
        }
        let first = random.below(SECTOR_COUNT);
        let end = first + 1 + random.below(SECTOR_COUNT - first);
        let is_stable = random.chance(1, 5);
        let durability = if is_stable { Durability::Stable } else { Durability::Written };
        let place = |sector: u64| usize::try_from(sector).expect("few") * SECTOR_BYTES;
        let slice = filled(byte, place(end) - place(first));
        write(&file, place(first) as u64, slice, durability).await;
        for sector in first..end {
            let values = &mut allowed.borrow_mut()[usize::try_from(sector).expect("few")];
            values.retain(|_| !is_stable);
            values.push(byte);
        }
    }
}

#[test]
fn each_sector_holds_something_that_it_may_hold() {
    let (mut oldest_count, mut newest_count, mut between_count) = (0, 0, 0);
    for seed in 0..500 {
        let allowed = Rc::new(RefCell::new(vec![vec![1]; 16]));
        let kept = Rc::clone(&allowed);
        let random = Random::new(seed);
        let (mut world, node) = world_after(seed, |io| scribble(io, random, kept));
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        for (value, allowed) in sectors(&bytes).iter().zip(&*allowed.borrow()) {
            let place = allowed.iter().position(|other| other == value);
            let place = place.expect("a value that no sync has made impossible");
            oldest_count += u32::from(place == 0 && allowed.len() > 1);
            newest_count += u32::from(place + 1 == allowed.len() && allowed.len() > 1);
            between_count += u32::from(place > 0 && place + 1 < allowed.len());
        }
    }
    let counts = [oldest_count, newest_count, between_count];
    assert!(counts.iter().all(|count| *count > 200), "{counts:?}");
}

/// What each sector held in 200 power cuts of one run.
fn seen_after(seed: u64, allowed: Rc<RefCell<Allowed>>) -> Vec<BTreeSet<u8>> {
    let (mut world, node) = world_after(seed, |io| scribble(io, Random::new(seed), allowed));
    world.cut_power(node, PowerCut::Undecided);
    let disk = world.disk(node);
    let before = disk.snapshot();
    let mut seen = vec![BTreeSet::new(); 16];
    for _ in 0..200 {
        disk.restore(&before);
        disk.decide(PowerCut::Random);
        let bytes = disk.read_file(Path::new("/file")).expect("its name was synced");
        for (value, seen) in sectors(&bytes).into_iter().zip(&mut seen) {
            seen.insert(value);
        }
    }
    seen
}

#[test]
fn all_that_a_sector_may_hold_comes_up() {
    let mut complete_count = 0;
    for seed in 0..40 {
        let allowed = Rc::new(RefCell::new(vec![vec![1]; 16]));
        let seen = seen_after(seed, Rc::clone(&allowed));
        for (allowed, seen) in allowed.borrow().iter().zip(&seen) {
            let allowed: BTreeSet<_> = allowed.iter().copied().collect();
            assert!(seen.is_subset(&allowed), "{seen:?} in {allowed:?}");
            complete_count += u32::from(allowed.len() > 2 && *seen == allowed);
        }
    }
    assert!(complete_count > 20, "{complete_count} of 640");
}
