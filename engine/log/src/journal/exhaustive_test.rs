//! The planner against all short histories: every way to seal with up to four frames in flight,
//! every fate of what was in flight when the power went, every single frame rotten, two openings;
//! and against long random ones. What must hold is in [`World`]: nothing acknowledged is lost,
//! nothing replaced comes back, no torn tail is taken for rot.

use super::world_test::{Fate, Rot, World};
use crate::journal::plan::{Plan, Step, Verdict};
use millstream_base::Random;
use std::collections::BTreeSet;

const IN_FLIGHT_MAX: u64 = 4;
const FATES: [Fate; 4] = [Fate::Whole, Fate::Absent, Fate::TornPayload, Fate::TornHeader];
const ROTS: [Rot; 3] = [Rot::Header, Rot::Payload, Rot::Older];

/// Calls `then` with each world in which `frame_count` frames more were sealed and the power went:
/// all ways of acknowledging between the seals and of the writes in flight to end.
fn each_crash(world: &World, frame_count: u64, then: &mut dyn FnMut(&World)) {
    let first = world.next_sequence();
    each_seal(world, first + frame_count, first, then);
}

fn each_seal(world: &World, end: u64, synced: u64, then: &mut dyn FnMut(&World)) {
    let sequence = world.next_sequence();
    if sequence == end {
        let oldest = synced.max(end.saturating_sub(IN_FLIGHT_MAX));
        for stable in oldest..=end {
            each_fate(&landed(world, synced, stable), stable, end, then);
        }
        return;
    }
    let oldest = synced.max((sequence + 1).saturating_sub(IN_FLIGHT_MAX));
    for stable in oldest..=sequence {
        let mut world = landed(world, synced, stable);
        world.seal(stable);
        each_seal(&world, end, stable, then);
    }
}

/// The frames from `synced` to `stable` became stable, and their callers know.
fn landed(world: &World, synced: u64, stable: u64) -> World {
    let mut world = world.clone();
    (synced..stable).for_each(|sequence| world.land(sequence, Fate::Whole));
    world.acknowledge(stable);
    world
}

fn each_fate(world: &World, sequence: u64, end: u64, then: &mut dyn FnMut(&World)) {
    if sequence == end {
        return then(world);
    }
    for fate in FATES {
        let mut world = world.clone();
        world.land(sequence, fate);
        each_fate(&world, sequence + 1, end, then);
    }
}

/// Opens by the plan and appends one frame: recovery must then do the same steps and that one.
fn check_reopened(world: &World, plan: &Plan, moves_on: bool) -> World {
    let mut opened = world.clone();
    opened.open(plan, moves_on);
    let unlabelled = |steps: &[Step]| steps.iter().map(range).collect::<Vec<_>>();
    let steps = unlabelled(&plan.steps);
    assert_eq!(unlabelled(&opened.plan().steps), steps, "recovery may be killed and begun anew");
    let empty = opened.clone();
    let sequence = opened.append();
    let again = opened.plan();
    let expected = [plan.steps.as_slice(), &[Step::Replay(opened.header(sequence))]].concat();
    assert_eq!(unlabelled(&again.steps), unlabelled(&expected));
    assert_eq!(again.verdict, Verdict::CleanEnd);
    empty
}

/// A step without its label, since rot at the end is rot in the middle once the journal goes on.
fn range(step: &Step) -> (bool, u64, u64) {
    match step {
        Step::Replay(header) => (true, header.sequence, header.sequence),
        Step::Rot { first_sequence, last_sequence, .. } => (false, *first_sequence, *last_sequence),
    }
}

#[test]
fn every_crash_of_one_opening() {
    let mut count = 0;
    let mut verdicts = BTreeSet::new();
    for frame_count in 0..=6 {
        each_crash(&World::new(), frame_count, &mut |world| {
            verdicts.insert(world.plan().verdict);
            count += 1;
        });
    }
    assert!(count > 10_000, "{count}");
    let expected = [Verdict::CleanEnd, Verdict::TornPayload, Verdict::TornMissing];
    assert_eq!(verdicts, BTreeSet::from(expected));
}

#[test]
fn every_crash_and_every_single_frame_rotten() {
    let mut verdicts = BTreeSet::new();
    for frame_count in 1..=4 {
        each_crash(&World::new(), frame_count, &mut |world| {
            for sequence in 0..frame_count {
                let rots = ROTS.map(|rot| rotten(world, sequence, rot));
                for world in rots.into_iter().flatten() {
                    let plan = world.plan();
                    verdicts.extend(plan.steps.iter().filter_map(label));
                    check_reopened(&world, &plan, false);
                }
            }
        });
    }
    assert_eq!(verdicts, BTreeSet::from([Verdict::RotPayload, Verdict::RotMissing]));
}

fn label(step: &Step) -> Option<Verdict> {
    match step {
        Step::Replay(_) => None,
        Step::Rot { verdict, .. } => Some(*verdict),
    }
}

/// The world with this frame rotten, if it was written.
fn rotten(world: &World, sequence: u64, rot: Rot) -> Option<World> {
    let header = world.header(sequence);
    let is_there = world.sightings().iter().any(|sighting| sighting.header == header);
    is_there.then(|| {
        let mut world = world.clone();
        world.rot(sequence, rot);
        world
    })
}

#[test]
fn every_crash_of_two_openings() {
    for (frame_count, moves_on) in [(1, false), (2, false), (3, false), (2, true), (3, true)] {
        let mut seen = BTreeSet::new();
        each_crash(&World::new(), frame_count, &mut |world| {
            let plan = world.plan();
            let opened = check_reopened(world, &plan, moves_on);
            // Many crashes leave the same disk; one of each is enough.
            let is_new = seen.insert(format!("{:?}", (opened.sightings(), plan.next_sequence)));
            if is_new {
                each_crash(&opened, 2, &mut |world| drop(world.plan()));
            }
        });
    }
}

#[test]
fn every_single_frame_rotten_after_two_openings() {
    for (frame_count, moves_on) in [(2, false), (3, false), (3, true)] {
        each_crash(&World::new(), frame_count, &mut |world| {
            let mut world = world.clone();
            world.open(&world.plan(), moves_on);
            world.append();
            world.append();
            for sequence in 0..world.next_sequence() {
                for rot in ROTS {
                    let mut world = world.clone();
                    world.rot(sequence, rot);
                    world.plan();
                }
            }
        });
    }
}

#[test]
fn long_random_histories() {
    for seed in 0..2000 {
        run(seed);
    }
}

/// Some openings, each with a random crash; then one frame rots, perhaps the newer checkpoint too,
/// and recovery goes on.
fn run(seed: u64) {
    let mut random = Random::new(seed);
    let mut world = World::new();
    for _ in 0..=random.below(5) {
        crash(&mut world, &mut random);
        let plan = world.plan();
        assert!(!plan.has_rot(), "seed {seed}");
        world.open(&plan, random.chance(1, 3));
        if random.chance(1, 2) {
            world.checkpoint(random.below(world.next_sequence() + 1));
        }
    }
    crash(&mut world, &mut random);
    let oldest = world.start.sequence;
    if world.next_sequence() > oldest {
        let sequence = oldest + random.below(world.next_sequence() - oldest);
        let rot = ROTS[usize::try_from(random.below(3)).expect("three")];
        if let Some(rotten) = rotten(&world, sequence, rot) {
            world = rotten;
        }
    }
    if random.chance(1, 4) {
        world.fall_back();
    }
    let plan = world.plan();
    let opened = check_reopened(&world, &plan, random.chance(1, 3));
    assert_eq!(opened.plan().next_sequence, plan.next_sequence, "seed {seed}");
}

fn crash(world: &mut World, random: &mut Random) {
    let mut stable = world.next_sequence();
    for _ in 0..random.below(8) {
        let sequence = world.next_sequence();
        let oldest = stable.max((sequence + 1).saturating_sub(IN_FLIGHT_MAX));
        let next = oldest + random.below(sequence - oldest + 1);
        *world = landed(world, stable, next);
        stable = next;
        world.seal(stable);
    }
    for sequence in stable..world.next_sequence() {
        let fate = FATES[usize::try_from(random.below(4)).expect("four")];
        world.land(sequence, fate);
    }
}
