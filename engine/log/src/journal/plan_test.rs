//! The planner's decisions, each by its label: the table of `docs/formats/journal.md`, row by row.

use super::world_test::{Fate, Rot, World};
use super::*;

/// `count` frames, each acknowledged before the next is sealed.
fn world(count: u64) -> World {
    let mut world = World::new();
    (0..count).for_each(|_| {
        world.append();
    });
    world
}

/// Adds frames that are all in flight at once, and end so.
fn fly(world: &mut World, fates: &[Fate]) {
    let synced_upto = world.next_sequence();
    let sealed: Vec<_> = fates.iter().map(|_| world.seal(synced_upto)).collect();
    for (sequence, fate) in sealed.into_iter().zip(fates) {
        world.land(sequence, *fate);
    }
}

fn replayed(plan: &Plan) -> Vec<u64> {
    plan.replays().map(|header| header.sequence).collect()
}

fn rot(plan: &Plan) -> Vec<(u64, u64, Verdict)> {
    let rot = plan.steps.iter().filter_map(|step| match step {
        Step::Rot { first_sequence, last_sequence, verdict, .. } => {
            Some((*first_sequence, *last_sequence, *verdict))
        }
        Step::Replay(_) => None,
    });
    rot.collect()
}

#[test]
fn clean_end_an_empty_journal_goes_on_at_its_start() {
    let world = World::new();
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::CleanEnd, 0));
    assert_eq!(plan.next_place, Some(world.start.place));
    assert_eq!(plan.previous_hash, FrameHash::NONE);
    assert_eq!(plan.steps, []);
}

#[test]
fn clean_end_whole_frames_are_replayed_also_unacknowledged() {
    let mut world = world(2);
    fly(&mut world, &[Fate::Whole, Fate::Whole, Fate::Absent]);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::CleanEnd, 4));
    assert_eq!(replayed(&plan), [0, 1, 2, 3]);
    assert_eq!(plan.next_place, world.header(3).next_place());
    assert_eq!(plan.previous_hash, world.header(3).hash());
}

#[test]
fn torn_payload_is_cut_off_with_what_lies_behind() {
    let mut world = world(2);
    fly(&mut world, &[Fate::Whole, Fate::TornPayload, Fate::Whole]);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::TornPayload, 3));
    assert_eq!(replayed(&plan), [0, 1, 2]);
    assert_eq!(plan.next_place, Some(world.header(3).place));
    assert_eq!(plan.passed_over.unproven_count, 2);
}

#[test]
fn torn_missing_is_cut_off_with_what_lies_behind() {
    let mut world = world(2);
    fly(&mut world, &[Fate::Absent, Fate::Whole, Fate::TornPayload]);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::TornMissing, 2));
    assert_eq!(replayed(&plan), [0, 1]);
    assert_eq!(plan.passed_over.unproven_count, 2);
    assert!(!plan.has_rot());
}

#[test]
fn torn_run_cuts_the_plan_before_its_frame() {
    let mut world = world(2);
    fly(&mut world, &[Fate::Whole, Fate::Whole, Fate::Whole]);
    let mut plan = world.plan();
    assert_eq!((plan.verdict, plan.proven_synced), (Verdict::CleanEnd, 2));
    plan.cut(3);
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::TornRun, 3));
    assert_eq!(replayed(&plan), [0, 1, 2]);
    assert_eq!(plan.next_place, Some(world.header(3).place));
    assert_eq!(plan.previous_hash, world.header(2).hash());
    assert_eq!(plan.passed_over.unproven_count, 2);
    // What was cut off does not come back, whether the next opening writes over it or not.
    for moves_on in [false, true] {
        let mut world = world.clone();
        world.open(&plan, moves_on);
        world.append();
        assert_eq!(replayed(&world.plan()), [0, 1, 2, 3]);
    }
}

#[test]
fn rot_payload_fails_closed_and_the_chain_goes_on() {
    let mut world = world(5);
    world.rot(2, Rot::Payload);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::CleanEnd, 5));
    assert_eq!(replayed(&plan), [0, 1, 3, 4]);
    assert_eq!(rot(&plan), [(2, 2, Verdict::RotPayload)]);
    let header = world.header(2);
    assert!(plan.steps.iter().any(|step| matches!(
        step,
        Step::Rot { header: Some(found), .. } if *found == header
    )));
}

#[test]
fn rot_missing_fails_closed_up_to_the_next_whole_frame() {
    let mut world = world(6);
    world.rot(2, Rot::Header);
    world.rot(3, Rot::Older);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::CleanEnd, 6));
    assert_eq!(replayed(&plan), [0, 1, 4, 5]);
    assert_eq!(rot(&plan), [(2, 3, Verdict::RotMissing)]);
}

#[test]
fn rot_missing_ends_where_the_proof_does() {
    // 2 was synced when 3 to 5 were sealed; 3 was lost in flight.
    let mut world = world(3);
    fly(&mut world, &[Fate::Absent, Fate::Whole, Fate::Whole]);
    world.rot(2, Rot::Header);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::TornMissing, 3));
    assert_eq!(replayed(&plan), [0, 1]);
    assert_eq!(rot(&plan), [(2, 2, Verdict::RotMissing)]);
    assert_eq!(plan.next_place, None, "nobody knows how far frame 2 reached");
    assert_eq!(plan.previous_hash, world.header(1).hash());
}

#[test]
fn rot_end_is_told_by_the_checkpoint_alone() {
    let mut world = world(5);
    world.checkpoint(2);
    world.rot(3, Rot::Header);
    world.rot(4, Rot::Older);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::RotEnd, 5));
    assert_eq!(replayed(&plan), [2]);
    assert_eq!(rot(&plan), [(3, 4, Verdict::RotEnd)]);
    assert_eq!(plan.next_place, None);
    assert_eq!(plan.previous_hash, world.header(2).hash());
}

#[test]
fn rot_end_stays_rot_when_the_frames_can_be_read_again() {
    let mut world = world(5);
    world.checkpoint(2);
    let readable = world.clone();
    world.rot(3, Rot::Header);
    world.rot(4, Rot::Older);
    let plan = world.plan();
    world.open(&plan, false);
    world.append();
    let mut sightings = world.sightings();
    sightings.extend(readable.sightings().into_iter().skip(3));
    let again = super::plan(&world.start, &sightings);
    assert_eq!(replayed(&again), [2, 5]);
    assert_eq!(rot(&again), [(3, 4, Verdict::RotMissing)]);
    assert_eq!(again.passed_over.disowned_count, 2);
}

#[test]
fn the_residual_case_rot_of_the_last_frame_is_taken_for_a_torn_tail() {
    let mut world = world(3);
    world.rot(2, Rot::Header);
    let plan = world.plan();
    assert_eq!((plan.verdict, plan.next_sequence), (Verdict::CleanEnd, 2));
    // Until a checkpoint, or any later frame, has seen it.
    let mut world = self::world(3);
    world.checkpoint(0);
    world.rot(2, Rot::Header);
    assert_eq!(world.plan().verdict, Verdict::RotEnd);
}

#[test]
fn recycled_frames_are_passed_over() {
    let mut world = world(5);
    world.checkpoint(3);
    let plan = world.plan();
    assert_eq!((replayed(&plan), plan.passed_over.recycled_count), (vec![3, 4], 3));
}

#[test]
fn what_an_opening_gave_up_does_not_come_back() {
    for moves_on in [false, true] {
        let mut world = world(2);
        fly(&mut world, &[Fate::TornPayload, Fate::Whole, Fate::Whole]);
        let plan = world.plan();
        assert_eq!(plan.next_sequence, 2);
        world.open(&plan, moves_on);
        // Before the first frame of the new opening, and if that one is torn too.
        assert_eq!(replayed(&world.plan()), [0, 1]);
        let sequence = world.seal(2);
        for fate in [Fate::Absent, Fate::TornHeader, Fate::TornPayload] {
            let mut torn = world.clone();
            torn.land(sequence, fate);
            assert_eq!(replayed(&torn.plan()), [0, 1], "{fate:?}");
        }
        world.land(sequence, Fate::Whole);
        world.acknowledge(3);
        let plan = world.plan();
        assert_eq!((replayed(&plan), plan.verdict), (vec![0, 1, 2], Verdict::CleanEnd));
        let expected = if moves_on { 3 } else { 2 };
        assert_eq!(plan.passed_over.replaced_count, expected);
    }
}

#[test]
fn one_frame_of_an_opening_tells_all_that_it_gave_up() {
    let mut world = world(2);
    fly(&mut world, &[Fate::TornPayload, Fate::Whole, Fate::Whole, Fate::Whole]);
    world.open(&world.plan(), true);
    (0..4).for_each(|_| {
        world.append();
    });
    // Of the new opening only the last frame is left; frames 3 and 4 of the old one lie there
    // whole, and were never acknowledged.
    (2..5).for_each(|sequence| world.rot(sequence, Rot::Header));
    // Even an old checkpoint, which knows nothing of the opening, does not bring them back.
    world.start = JournalStart { epoch: 1, epoch_start: 0, synced_upto: 0, ..world.start };
    let plan = world.plan();
    assert_eq!(plan.next_epoch, 3, "an epoch is not used twice");
    assert_eq!(replayed(&plan), [0, 1, 5]);
    assert_eq!(rot(&plan), [(2, 4, Verdict::RotMissing)]);
}

#[test]
fn the_checkpoint_tells_what_its_opening_gave_up() {
    let mut world = world(2);
    fly(&mut world, &[Fate::TornPayload, Fate::Whole, Fate::Whole]);
    world.open(&world.plan(), true);
    (0..3).for_each(|_| {
        world.append();
    });
    world.checkpoint(0);
    (2..5).for_each(|sequence| world.rot(sequence, Rot::Header));
    let plan = world.plan();
    assert_eq!(replayed(&plan), [0, 1]);
    assert_eq!(rot(&plan), [(2, 4, Verdict::RotEnd)]);
    assert_eq!(plan.passed_over.replaced_count, 3);
}

#[test]
fn frames_that_a_later_one_disowns_are_passed_over() {
    // Two openings gave up and wrote anew; of the second nothing is left but what the third says.
    let mut world = world(2);
    fly(&mut world, &[Fate::TornPayload, Fate::Whole]);
    world.open(&world.plan(), true);
    world.append();
    world.append();
    world.open(&world.plan(), true);
    world.append();
    world.rot(2, Rot::Header);
    world.rot(3, Rot::Header);
    let plan = world.plan();
    assert_eq!(replayed(&plan), [0, 1, 4]);
    // Frame 2 of the first opening is the torn one: its payload is as wrong as its successor's.
    assert_eq!(plan.passed_over.disowned_count, 1);
    assert_eq!(rot(&plan).last().map(|rot| rot.1), Some(3));
}

#[test]
fn frames_that_do_not_follow_the_checkpoint_are_passed_over() {
    let mut world = world(4);
    let other = JournalStart { sequence: 1, previous_hash: FrameHash::new(7), ..world.start };
    let sightings = world.sightings();
    let plan = super::plan(&JournalStart { synced_upto: 1, ..other }, &sightings);
    assert_eq!((replayed(&plan), plan.verdict), (vec![], Verdict::RotEnd));
    assert_eq!(plan.passed_over.disowned_count, 3);
    world.checkpoint(4);
    assert_eq!((world.plan().verdict, world.plan().next_sequence), (Verdict::CleanEnd, 4));
}

#[test]
fn a_frame_that_names_one_of_its_own_sequence_is_no_successor() {
    // Nobody writes such a frame, but with a forged checksum bytes can say so.
    let world = world(2);
    let elsewhere = Place { chunk: 9, position: 0 };
    let previous_hash = world.header(1).hash();
    let forged = FrameHeader { place: elsewhere, previous_hash, ..world.header(1) };
    let sightings =
        [world.sightings(), vec![Sighting { header: forged, payload: Ok(()), unreadable: None }]]
            .concat();
    let plan = super::plan(&world.start, &sightings);
    // It takes the place of both, since it comes from no frame before: that range fails closed.
    assert_eq!((replayed(&plan), rot(&plan)), (vec![1], vec![(0, 0, Verdict::RotMissing)]));
    assert_eq!(plan.passed_over.disowned_count, 2);
}

#[test]
fn a_full_chunk_leaves_the_next_place_open() {
    let end = u32::try_from(JOURNAL_CHUNK_BYTES).expect("16 MiB");
    let place = Place { chunk: 0, position: end };
    let start = JournalStart { place, ..World::new().start };
    assert_eq!(super::plan(&start, &[]).next_place, None);
}
