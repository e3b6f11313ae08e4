//! Expiry of offsets and groups (KAFKA.md 91).

use std::time::Duration;

use crate::common::*;
use millstream_coordinator::*;

const DAY: u64 = 24 * 60 * 60;

/// 91: offsets that nobody in particular committed go with time, and the group with them.
#[test]
fn offsets_of_a_simple_group_expire_by_their_own_age() {
    let mut world = World::new();
    world.ask(commit("old", 1));
    world.pass(seconds(DAY));
    world.ask(commit("new", 1));
    world.pass(seconds(6 * DAY - 1));
    assert_eq!((world.offset("old", 0), world.offset("new", 0)), (Some(1), Some(1)));
    world.pass(seconds(601));
    assert_eq!((world.offset("old", 0), world.offset("new", 0)), (None, Some(1)));
    world.pass(seconds(DAY));
    assert_eq!(world.state(), None);
    world.restart();
    assert_eq!(world.state(), None);
}

/// 91: offsets of a group with members never expire, however old they are; the time counts from
/// when the last member left.
#[test]
fn offsets_of_a_group_with_members_stay() {
    let mut world = World::new();
    let first = world.ask(join(&MemberId::default(), None));
    let member = world.joined(first).member;
    let generation = Generation::new(1);
    let request = world.ask(sync(&member, generation, Vec::new()));
    assert!(world.synced(request).is_ok());
    let request = world.ask(commit_by(&member, generation, "t", 1));
    assert_eq!(world.committed(request), Ok(()));
    for _ in 0..10 * DAY / 1_000 {
        world.pass(Duration::from_millis(9_999));
        assert_eq!(world.heartbeat(&member, generation), Ok(()));
    }
    // Ten days in short: the clock on the wall goes ahead of the machine's.
    world.now.wall = world.now.wall.checked_add_ms(10 * 86_400_000).expect("short");
    for _ in 0..61 {
        world.pass(Duration::from_millis(9_999));
        assert_eq!(world.heartbeat(&member, generation), Ok(()));
    }
    assert_eq!(world.offset("t", 0), Some(1));

    world.leave(&member).expect("it was there");
    world.pass(seconds(7 * DAY - 1));
    assert_eq!(world.offset("t", 0), Some(1));
    world.pass(seconds(601));
    assert_eq!((world.offset("t", 0), world.state()), (None, None));
    world.restart();
    assert_eq!(world.state(), None);
}

/// An expiry that the client named itself (versions 2 to 4) holds instead, also after a restart.
#[test]
fn an_offset_may_name_its_own_expiry() {
    let mut world = World::new();
    let member = MemberId::default();
    let short = Commit { retention_ms: 1_000_000, ..committing(&member, Generation::NONE, "t", 1) };
    let request = world.ask(Ask::Commit(short));
    assert_eq!(world.committed(request), Ok(()));
    world.restart();
    world.pass(seconds(600));
    assert_eq!(world.offset("t", 0), Some(1));
    world.pass(seconds(600));
    assert_eq!(world.offset("t", 0), None);
}

/// An empty group without offsets is not kept: the next look ends it.
#[test]
fn an_empty_group_without_offsets_goes() {
    let mut world = World::new();
    let (members, _) = world.stable(1);
    world.leave(&members[0]).expect("it was there");
    world.pass(seconds(600));
    assert_eq!(world.state(), None);
    world.restart();
    assert_eq!(world.state(), None);
}

/// An expiry that could not be written is tried again at the next look.
#[test]
fn an_expiry_that_was_not_written_is_tried_again() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.holds = true;
    world.pass(seconds(7 * DAY + 600));
    assert_eq!(world.held.len(), 1);
    world.fail(AppendFault::Unavailable);
    assert_eq!((world.offset("t", 0), world.state()), (Some(1), Some(GroupState::Empty)));
    world.pass(seconds(600));
    world.complete();
    assert_eq!((world.offset("t", 0), world.state()), (None, None));
}

/// While the tombstone is on its way nobody commits into the grave.
#[test]
fn a_group_that_expires_answers_nobody() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.holds = true;
    world.pass(seconds(7 * DAY + 600));
    let late = world.ask(commit("t", 2));
    assert_eq!(world.committed(late), Err(GroupError::CoordinatorNotAvailable));
    world.complete();
    let again = world.ask(commit("t", 2));
    world.complete();
    assert_eq!(world.committed(again), Ok(()));
    assert_eq!(world.offset("t", 0), Some(2));
}

/// The look at very many offsets lets others go first in between, and comes to its end.
#[test]
fn a_long_look_is_taken_in_turns() {
    let mut world = World::new();
    for number in 0..20_000 {
        world.ask_of(&format!("group-{number:05}"), commit("t", 1));
    }
    world.now.wall = world.now.wall.checked_add_ms(8 * 86_400_000).expect("short");
    world.now.instant += seconds(600);
    let effects = world.coordinator.tick(world.now);
    let looked = effects.appends.len();
    assert!((1..20_000).contains(&looked), "{looked}");
    world.apply(effects);
    world.pass(seconds(1));
    assert_eq!(world.coordinator.list(&ListFilter::default()).count(), 0);
}
