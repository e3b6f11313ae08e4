//! Static members (KAFKA.md 86).

use crate::common::*;
use millstream_coordinator::*;

const INSTANCE: Option<&str> = Some("i1");

fn nobody() -> MemberId {
    MemberId::default()
}

/// A stable group of a static leader and a dynamic member.
fn stable(world: &mut World) -> (MemberId, MemberId, Generation) {
    let first = world.ask(join(&nobody(), INSTANCE));
    let leader = world.joined(first).member;
    assert!(leader.as_str().starts_with("i1-"), "{leader}");
    let second = world.ask(join(&nobody(), None));
    let again = world.ask(join(&leader, INSTANCE));
    let generation = world.joined(again).generation;
    let other = world.joined(second).member;
    let shares = vec![(leader.clone(), payload("a")), (other.clone(), payload("b"))];
    let first = world.ask(sync(&leader, generation, shares));
    let second = world.ask(sync(&other, generation, Vec::new()));
    assert!(world.synced(first).is_ok() && world.synced(second).is_ok());
    (leader, other, generation)
}

/// 86: it comes back under a new name, finds its share, and nobody else is disturbed; the process
/// before is fenced from everything.
#[test]
fn a_static_member_comes_back_without_a_rebalance() {
    let mut world = World::new();
    let (old, other, generation) = stable(&mut world);
    let request = world.ask(join(&nobody(), INSTANCE));
    let back = world.joined(request);
    assert_ne!(back.member, old);
    assert_eq!((back.generation, back.leader, back.members), (generation, old.clone(), vec![]));
    assert_eq!(world.heartbeat(&other, generation), Ok(()));
    let request = world.ask(sync(&back.member, generation, Vec::new()));
    assert_eq!(world.synced(request), Ok(payload("a")));

    let fenced = GroupError::FencedInstanceId;
    let request = world.ask(heartbeat(&old, INSTANCE, generation));
    assert_eq!(world.answer(request), Answer::Heartbeat(Err(fenced)));
    let request = world.ask(join(&old, INSTANCE));
    assert_eq!(world.join_refused(request).error, fenced);
    let late = Commit { instance: Some("i1".into()), ..committing(&old, generation, "t", 5) };
    let request = world.ask(Ask::Commit(late));
    assert_eq!(world.committed(request), Err(fenced));
    let request = world.ask(Ask::Sync(Sync {
        member: old,
        instance: Some("i1".into()),
        generation,
        protocol_type: None,
        protocol: None,
        assignments: Vec::new(),
    }));
    assert_eq!(world.synced(request), Err(fenced));
}

/// 86: a leader of version 9 hears that it leads and must not share out.
#[test]
fn a_leader_that_comes_back_skips_the_assignment() {
    let mut world = World::new();
    let (_, _, generation) = stable(&mut world);
    let knows = Join { knows_skip_assignment: true, ..joining(&nobody(), INSTANCE) };
    let request = world.ask(Ask::Join(knows));
    let back = world.joined(request);
    assert!(back.skip_assignment);
    assert_eq!((&back.leader, back.generation), (&back.member, generation));
    assert_eq!(back.members.len(), 2);
    assert_eq!(world.state(), Some(GroupState::Stable));
}

/// The new name is durable before the newcomer hears it, and survives a restart.
#[test]
fn the_new_name_is_durable_before_it_is_told() {
    let mut world = World::new();
    let (old, _, generation) = stable(&mut world);
    world.holds = true;
    let request = world.ask(join(&nobody(), INSTANCE));
    assert!(world.waits(request));
    world.complete();
    let new = world.joined(request).member;
    world.restart();
    let request = world.ask(heartbeat(&new, INSTANCE, generation));
    assert_eq!(world.answer(request), Answer::Heartbeat(Ok(())));
    let request = world.ask(heartbeat(&old, INSTANCE, generation));
    assert_eq!(world.answer(request), Answer::Heartbeat(Err(GroupError::FencedInstanceId)));
}

/// Where the record cannot be written, the old name holds as before.
#[test]
fn the_old_name_holds_when_the_new_one_cannot_be_written() {
    let mut world = World::new();
    let (old, other, generation) = stable(&mut world);
    world.holds = true;
    let changed = protocols(&[("range", "other"), ("sticky", "s")]);
    let request = world.ask(Ask::Join(Join { protocols: changed, ..joining(&nobody(), INSTANCE) }));
    world.fail(AppendFault::Unavailable);
    assert_eq!(world.join_refused(request).error, GroupError::CoordinatorNotAvailable);
    let request = world.ask(heartbeat(&old, INSTANCE, generation));
    assert_eq!(world.answer(request), Answer::Heartbeat(Ok(())));
    let described = world.coordinator.describe(&GroupId::from(GROUP)).expect("it is there");
    assert_eq!(described.members.len(), 2);
    assert!(described.members.iter().all(|member| member.metadata == payload("r")));
    assert_eq!(world.heartbeat(&other, generation), Ok(()));
    let request = world.ask(join(&old, INSTANCE));
    assert!(world.waits(request), "it leads as before, and a leader begins a rebalance");
}

/// Two processes come back at once, and the first one's record fails: the members meet again,
/// since what the log holds is neither's.
#[test]
fn two_who_come_back_at_once_meet_again_when_one_fails() {
    let mut world = World::new();
    stable(&mut world);
    world.holds = true;
    let first = world.ask(join(&nobody(), INSTANCE));
    let second = world.ask(join(&nobody(), INSTANCE));
    world.fail(AppendFault::Unavailable);
    assert_eq!(world.join_refused(first).error, GroupError::CoordinatorNotAvailable);
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
    world.complete();
    world.joined(second);
}

/// A stable group of two static members, `i1` and `i2`.
fn stable_pair(world: &mut World) {
    let first = world.ask(join(&nobody(), INSTANCE));
    let leader = world.joined(first).member;
    let second = world.ask(join(&nobody(), Some("i2")));
    let again = world.ask(join(&leader, INSTANCE));
    let generation = world.joined(again).generation;
    let other = world.joined(second).member;
    for member in [&leader, &other] {
        let request = world.ask(sync(member, generation, Vec::new()));
        assert!(world.synced(request).is_ok());
    }
}

/// Two static members come back at once, and the second one's record names the first too. When
/// the first one's fails, nobody can say yet what the log will hold: they meet again.
#[test]
fn a_name_that_a_later_record_may_hold_is_not_taken_back() {
    let mut world = World::new();
    stable_pair(&mut world);
    world.holds = true;
    let first = world.ask(join(&nobody(), INSTANCE));
    let second = world.ask(join(&nobody(), Some("i2")));
    world.fail(AppendFault::Unavailable);
    assert_eq!(world.join_refused(first).error, GroupError::CoordinatorNotAvailable);
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
    world.complete();
    world.joined(second);
}

/// The same, when it is known already that the later record holds the name: then it holds.
#[test]
fn a_name_that_a_later_record_holds_is_kept() {
    let mut world = World::new();
    stable_pair(&mut world);
    world.holds = true;
    let first = world.ask(join(&nobody(), INSTANCE));
    let second = world.ask(join(&nobody(), Some("i2")));
    world.held.swap(0, 1);
    world.complete();
    world.joined(second);
    world.fail(AppendFault::Unavailable);
    assert_eq!(world.join_refused(first).error, GroupError::CoordinatorNotAvailable);
    assert_eq!(world.state(), Some(GroupState::Stable));
    let live = world.coordinator.describe(&GroupId::from(GROUP));
    world.restart();
    assert_eq!(world.coordinator.describe(&GroupId::from(GROUP)), live);
}

/// 86: if the protocol would change, there is a rebalance after all.
#[test]
fn another_protocol_begins_a_rebalance() {
    let mut world = World::new();
    let (_, other, generation) = stable(&mut world);
    let changed = protocols(&[("sticky", "s")]);
    let request = world.ask(Ask::Join(Join { protocols: changed, ..joining(&nobody(), INSTANCE) }));
    assert!(world.waits(request));
    assert_eq!(world.heartbeat(&other, generation), Err(GroupError::RebalanceInProgress));
    let again = world.ask(join(&other, None));
    assert_eq!(world.joined(request).protocol, Some(ProtocolName::from("sticky")));
    world.joined(again);
}

/// 86: in the middle of a rebalance the older process's request is fenced, and the leader, who
/// knows the old name only, shares out again.
#[test]
fn coming_back_in_a_rebalance_fences_who_waits() {
    let mut world = World::new();
    let (leader, other, _) = stable(&mut world);
    let waiting = world.ask(join(&leader, INSTANCE));
    let request = world.ask(join(&nobody(), INSTANCE));
    assert_eq!(world.join_refused(waiting).error, GroupError::FencedInstanceId);
    let again = world.ask(join(&other, None));
    let new = world.joined(request);
    world.joined(again);

    let waiting = world.ask(sync(&other, new.generation, Vec::new()));
    let request = world.ask(join(&nobody(), INSTANCE));
    assert_eq!(world.synced(waiting), Err(GroupError::RebalanceInProgress));
    assert!(world.waits(request));
}

/// 86: a static member that is late for a rebalance stays, until its session ends.
#[test]
fn a_late_static_member_stays_in_the_group() {
    let mut world = World::new();
    let (leader, other, _) = stable(&mut world);
    let long = Join { session_timeout_ms: 300_000, ..joining(&leader, INSTANCE) };
    let first = world.ask(Ask::Join(long));
    let second = world.ask(join(&other, None));
    world.joined(first);
    world.joined(second);
    let newcomer = world.ask(join(&nobody(), None));
    world.pass(seconds(60));
    let told = world.joined(newcomer);
    assert_eq!(told.leader, told.member, "it leads who has joined");
    let instances: Vec<_> = told.members.iter().filter_map(|it| it.instance.clone()).collect();
    assert_eq!(instances, [InstanceId::from("i1")]);
}

/// An instance that is unknown, under a name that is not: neither is let in.
#[test]
fn an_unknown_instance_is_an_unknown_member() {
    let mut world = World::new();
    let (leader, other, _) = stable(&mut world);
    for member in [&leader, &other] {
        let request = world.ask(join(member, Some("i9")));
        assert_eq!(world.join_refused(request).error, GroupError::UnknownMemberId);
    }
}

/// 91: a static member survives a restart of the broker with its share.
#[test]
fn a_static_member_survives_a_restart() {
    let mut world = World::new();
    let (old, other, generation) = stable(&mut world);
    world.restart();
    let request = world.ask(join(&nobody(), INSTANCE));
    let back = world.joined(request);
    assert_eq!((back.generation, back.leader), (generation, old));
    let request = world.ask(sync(&back.member, generation, Vec::new()));
    assert_eq!(world.synced(request), Ok(payload("a")));
    assert_eq!(world.heartbeat(&other, generation), Ok(()));
}
