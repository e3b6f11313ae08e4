//! Records that take longer than `offsets.commit.timeout.ms`.

use std::time::Duration;

use crate::common::*;
use millstream_coordinator::*;

const LATE: GroupError = GroupError::CoordinatorNotAvailable;

/// What is handed out stays open, for as long as a request waits.
fn holding() -> World {
    let mut world = World::new();
    world.holds = true;
    world
}

/// What is left of a limit that began `before`: until then everybody waits.
fn wait(world: &mut World, requests: &[RequestId], before: Duration) {
    let millisecond = Duration::from_millis(1);
    world.pass(world.settings.append_timeout - before - millisecond);
    assert!(requests.iter().all(|request| world.waits(*request)));
    world.pass(millisecond);
}

/// Who commits is told when the limit is over, and once; the offset holds when it is durable.
#[test]
fn a_late_offset_is_refused_and_holds_later() {
    let mut world = holding();
    let first = world.ask(commit("t", 1));
    world.pass(seconds(2));
    let second = world.ask(commit("t", 2));
    wait(&mut world, &[first], seconds(2));
    assert_eq!(world.committed(first), Err(LATE));
    assert!(world.waits(second), "the limit begins with its own records");
    world.complete();
    assert_eq!(world.offset("t", 0), Some(1), "it was refused and came to be");
    world.complete();
    assert_eq!((world.committed(second), world.offset("t", 0)), (Ok(()), Some(2)));
}

/// A late offset that is not written in the end is as if it had never come.
#[test]
fn a_late_offset_may_come_to_nothing() {
    let mut world = holding();
    let request = world.ask(commit("t", 1));
    wait(&mut world, &[request], Duration::ZERO);
    assert_eq!(world.committed(request), Err(LATE));
    world.fail(AppendFault::Unavailable);
    assert_eq!((world.state(), world.offset("t", 0)), (None, None));
}

/// The leader and all who wait with it are told, whoever came first; the generation goes on, and
/// who asks again has his share when it is durable.
#[test]
fn a_late_assignment_is_given_to_those_who_ask_again() {
    let mut world = World::new();
    let joining = world.ask(join(&MemberId::default(), None));
    let joined = world.joined(joining);
    let (leader, generation) = (joined.member, joined.generation);
    world.holds = true;
    let shares = vec![(leader.clone(), payload("a"))];
    let request = world.ask(sync(&leader, generation, shares.clone()));
    wait(&mut world, &[request], Duration::ZERO);
    assert_eq!(world.synced(request), Err(LATE));
    assert_eq!(world.state(), Some(GroupState::CompletingRebalance));
    let again = world.ask(sync(&leader, generation, shares));
    assert_eq!(world.held.len(), 1, "the record that is on its way is enough");
    world.complete();
    assert_eq!(world.synced(again), Ok(payload("a")));
    assert_eq!(world.state(), Some(GroupState::Stable));
}

/// A static member that comes back is told; under which name it is known then is open until the
/// record's outcome, and by its instance it can come back again.
#[test]
fn a_late_replacement_is_told_to_come_back() {
    let mut world = World::new();
    let instance = Some("one");
    let joining = world.ask(join(&MemberId::default(), instance));
    let joined = world.joined(joining);
    let shares = vec![(joined.member.clone(), payload("a"))];
    let syncing = world.ask(sync(&joined.member, joined.generation, shares));
    assert_eq!(world.synced(syncing), Ok(payload("a")));
    world.holds = true;
    let back = world.ask(join(&MemberId::default(), instance));
    wait(&mut world, &[back], Duration::ZERO);
    assert_eq!(world.join_refused(back).error, LATE);
    world.complete();
    world.holds = false;
    let again = world.ask(join(&MemberId::default(), instance));
    assert_eq!(world.joined(again).generation, joined.generation);
    assert_eq!(world.state(), Some(GroupState::Stable));
}

/// Deletions are told too, of offsets and of groups; the group is gone when that is durable.
#[test]
fn a_late_deletion_is_refused_and_happens() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.ask(commit("u", 1));
    world.holds = true;
    let offsets = world.ask(delete_offset("t"));
    let group = world.ask(Ask::DeleteGroup);
    wait(&mut world, &[offsets, group], Duration::ZERO);
    assert_eq!(world.answer(offsets), Answer::DeleteOffsets(Err(LATE)));
    assert_eq!(world.answer(group), Answer::DeleteGroup(Err(LATE)));
    assert_eq!(world.state(), Some(GroupState::Dead));
    world.complete();
    world.complete();
    assert_eq!((world.state(), world.offset("u", 0)), (None, None));
}

/// What has its outcome is waited for no more, in whichever order outcomes are heard.
#[test]
fn an_outcome_ends_its_limit() {
    let mut world = holding();
    let before = world.coordinator.next_deadline();
    world.ask(commit("t", 1));
    world.ask(commit("t", 2));
    let limit = world.now.instant + world.settings.append_timeout;
    assert_eq!(world.coordinator.next_deadline(), Some(limit));
    world.held.swap(0, 1);
    world.complete();
    assert_eq!(world.coordinator.next_deadline(), Some(limit), "the first is still open");
    world.complete();
    assert_eq!(world.coordinator.next_deadline(), before);
}
