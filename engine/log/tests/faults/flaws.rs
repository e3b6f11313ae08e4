//! Negative controls: an engine with a bug put into it is caught by these tests. What has never
//! been seen to fail proves nothing.

use crate::flips::used_blocks;
use crate::harness::world::{Report, run_seed};
use crate::machine::Machine;
use crate::power_cut;
use millstream_base::Position;
use millstream_log::flaw::{self, Flaw};
use std::panic::catch_unwind;
use std::path::Path;

/// A bug stays in the engines of this thread while this lives.
struct Planted;

impl Planted {
    fn new(flaw: Flaw) -> Self {
        flaw::set(Some(flaw));
        Self
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        flaw::set(None);
    }
}

/// How many cases it takes until one fails, `None` if none of so many does.
fn count_until_caught(
    flaw: Flaw,
    case_count_max: u64,
    case: impl Fn(u64) + std::panic::RefUnwindSafe,
) -> Option<u64> {
    let _planted = Planted::new(flaw);
    (0..case_count_max).find(|number| catch_unwind(|| case(*number)).is_err())
}

fn assert_caught(flaw: Flaw, case_count_max: u64, case: impl Fn(u64) + std::panic::RefUnwindSafe) {
    let count = count_until_caught(flaw, case_count_max, case);
    let Some(count) = count else { panic!("{flaw:?} was not found in {case_count_max} cases") };
    println!("{flaw:?}: found by case {count}");
}

/// One seed of the crash test.
fn crash(seed: u64) {
    let mut total = Report::default();
    total.add(&run_seed(seed));
    assert!(total.to_string().contains("1 seeds"), "{total}");
}

/// One bit flips in what was acknowledged and synced: in the journal or in a segment.
fn rot(seed: u64, name: &str) {
    let mut machine = Machine::new(seed);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.kill(machine.node);
    machine.disk().flip_bit(Path::new(name), position(&machine, name, seed), 0);
    let damage = machine.assess().expect("opens");
    assert!(damage.lost.is_empty(), "{damage:?}");
}

/// A place in a block that was synced: of a segment from its beginning on, of the journal from the
/// last frame but some back, which recovery needs.
fn position(machine: &Machine, name: &str, seed: u64) -> Position {
    let bytes = machine.disk().read_file(Path::new(name)).expect("is there");
    let mut used = used_blocks(&bytes);
    if name == CHUNK {
        used.reverse();
        used.remove(0);
    }
    let index = usize::try_from(seed).expect("small") % used.len().min(4);
    Position::new(used[index] as u64 + 100)
}

const CHUNK: &str = "/data/shard-0/journal/00000000.chunk";
const SEGMENT: &str = "/data/shard-0/segments/0000000000000001/00000000000000000000.log";

#[test]
fn the_crash_test_finds_what_is_not_stable() {
    assert_caught(Flaw::FrameNotStable, 50, crash);
    assert_caught(Flaw::RunNotStable, 200, crash);
    assert_caught(Flaw::NoNameSync, 200, crash);
    assert_caught(Flaw::NoSegmentSync, 200, crash);
}

#[test]
fn the_crash_test_finds_what_is_out_of_order() {
    // Writes must overtake each other at the very moment of the crash: one seed of 150 does it.
    assert_caught(Flaw::OutOfOrder, 1000, crash);
    assert_caught(Flaw::NoBarrier, 300, crash);
    assert_caught(Flaw::NoRunCheck, 300, crash);
    assert_caught(Flaw::NoChecksum, 300, crash);
}

#[test]
fn the_crash_test_finds_space_that_is_used_again_too_early() {
    assert_caught(Flaw::RemoveEarly, 300, crash);
}

#[test]
fn rot_finds_what_is_cut_off_and_what_is_not_compared() {
    assert_caught(Flaw::CutAtRot, 20, |seed| rot(seed, CHUNK));
    assert_caught(Flaw::NoReadCheck, 20, |seed| rot(seed, SEGMENT));
}

#[test]
fn an_engine_without_a_bug_passes_the_same() {
    (0..5).for_each(|seed| rot(seed, CHUNK));
    (0..5).for_each(|seed| rot(seed, SEGMENT));
    assert!(power_cut::event_count() > 300);
}
