//! SyncGroup (KAFKA.md 80, 82, 83).

use crate::common::*;
use millstream_coordinator::*;

const FIRST: Generation = Generation::new(1);

/// A group of two in `CompletingRebalance`: the leader, the other, and their generation.
fn completing(world: &mut World) -> (MemberId, MemberId, Generation) {
    let first = world.ask(join(&MemberId::default(), None));
    let leader = world.joined(first).member;
    let newcomer = world.ask(join(&MemberId::default(), None));
    let again = world.ask(join(&leader, None));
    world.joined(again);
    let other = world.joined(newcomer).member;
    assert_eq!(world.state(), Some(GroupState::CompletingRebalance));
    (leader, other, Generation::new(2))
}

/// 82: members wait for the leader's assignment, and get their own share of it.
#[test]
fn members_wait_for_the_leader() {
    let mut world = World::new();
    let (leader, other, generation) = completing(&mut world);
    let second = world.ask(sync(&other, generation, Vec::new()));
    assert!(world.waits(second));
    let shares = vec![(other.clone(), payload("b")), (leader.clone(), payload("a"))];
    let first = world.ask(sync(&leader, generation, shares));
    assert_eq!((world.synced(first), world.synced(second)), (Ok(payload("a")), Ok(payload("b"))));
    assert_eq!(world.state(), Some(GroupState::Stable));
    let again = world.ask(sync(&other, generation, Vec::new()));
    assert_eq!(world.synced(again), Ok(payload("b")), "a stable group answers at once");
}

/// What is shared out is durable before anybody hears of it, and only then is the group stable.
#[test]
fn nobody_hears_of_a_share_that_is_not_durable() {
    let mut world = World::new();
    let (leader, other, generation) = completing(&mut world);
    world.holds = true;
    let second = world.ask(sync(&other, generation, Vec::new()));
    let shares = vec![(leader.clone(), payload("a")), (other.clone(), payload("b"))];
    let first = world.ask(sync(&leader, generation, shares.clone()));
    assert!(world.waits(first) && world.waits(second));
    assert_eq!(world.state(), Some(GroupState::CompletingRebalance));

    // The leader asks again: the record that is on its way is enough.
    let again = world.ask(sync(&leader, generation, shares));
    assert_eq!(world.synced(first), Err(GroupError::RebalanceInProgress));
    assert_eq!(world.held.len(), 1);
    world.complete();
    assert_eq!((world.synced(again), world.synced(second)), (Ok(payload("a")), Ok(payload("b"))));
    assert_eq!(world.state(), Some(GroupState::Stable));
}

/// Where the record cannot be written, all who wait are told, and join again.
#[test]
fn a_share_that_cannot_be_written_is_nobodys() {
    for (fault, error) in [
        (AppendFault::Unavailable, GroupError::CoordinatorNotAvailable),
        (AppendFault::NotLeader, GroupError::NotCoordinator),
        (AppendFault::TooLarge, GroupError::GroupTooLarge),
    ] {
        let mut world = World::new();
        let (leader, other, generation) = completing(&mut world);
        world.holds = true;
        let second = world.ask(sync(&other, generation, Vec::new()));
        let first = world.ask(sync(&leader, generation, vec![(leader.clone(), payload("a"))]));
        world.fail(fault);
        assert_eq!((world.synced(first), world.synced(second)), (Err(error), Err(error)));
        assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
    }
}

/// A record that becomes durable after the group has moved on changes nothing any more.
#[test]
fn a_late_outcome_does_not_bring_a_generation_back() {
    let mut world = World::new();
    let (leader, other, generation) = completing(&mut world);
    world.holds = true;
    let first = world.ask(sync(&leader, generation, vec![(leader.clone(), payload("a"))]));
    assert_eq!(world.leave(&other), Ok(()));
    assert_eq!(world.synced(first), Err(GroupError::RebalanceInProgress));
    world.complete();
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));

    let again = world.ask(join(&leader, None));
    assert_eq!(world.joined(again).generation, Generation::new(3));
}

/// 83: nothing is 0 bytes, for whoever the leader forgot too; names that it made up are dropped.
#[test]
fn an_empty_share_is_empty() {
    let mut world = World::new();
    let (leader, other, generation) = completing(&mut world);
    let shares = vec![(leader.clone(), payload("")), (MemberId::from("nobody"), payload("x"))];
    let first = world.ask(sync(&leader, generation, shares));
    let second = world.ask(sync(&other, generation, Vec::new()));
    assert_eq!(world.synced(first), Ok(Payload::default()));
    assert_eq!(world.synced(second), Ok(Payload::default()));
    world.restart();
    let described = world.coordinator.describe(&GroupId::from(GROUP)).expect("it is there");
    assert_eq!(described.members.len(), 2);
    assert!(described.members.iter().all(|member| member.assignment == Payload::default()));
}

/// 80: from version 5 type and protocol are named, and must be those of the group.
#[test]
fn type_and_protocol_are_checked_where_they_are_named() {
    let mut world = World::new();
    let (_, other, generation) = completing(&mut world);
    let named = |kind: Option<&str>, protocol: Option<&str>| {
        Ask::Sync(Sync {
            member: other.clone(),
            instance: None,
            generation,
            protocol_type: kind.map(ProtocolType::from),
            protocol: protocol.map(ProtocolName::from),
            assignments: Vec::new(),
        })
    };
    for (kind, protocol) in [(Some("connect"), Some("range")), (Some("consumer"), Some("sticky"))] {
        let request = world.ask(named(kind, protocol));
        assert_eq!(world.synced(request), Err(GroupError::InconsistentGroupProtocol));
    }
    for (kind, protocol) in [(Some("consumer"), Some("range")), (None, None)] {
        let request = world.ask(named(kind, protocol));
        assert!(world.waits(request));
    }
}

/// 82: strangers, old generations, and members of a group that prepares are told so.
#[test]
fn who_may_not_sync_is_told_why() {
    let mut world = World::new();
    let stranger = MemberId::from("stranger");
    let request = world.ask(sync(&stranger, FIRST, Vec::new()));
    assert_eq!(world.synced(request), Err(GroupError::UnknownMemberId));
    let (members, generation) = world.stable(2);
    let request = world.ask(sync(&stranger, generation, Vec::new()));
    assert_eq!(world.synced(request), Err(GroupError::UnknownMemberId));
    let request = world.ask(sync(&members[0], FIRST, Vec::new()));
    assert_eq!(world.synced(request), Err(GroupError::IllegalGeneration));
    world.ask(join(&MemberId::default(), None));
    let request = world.ask(sync(&members[0], generation, Vec::new()));
    assert_eq!(world.synced(request), Err(GroupError::RebalanceInProgress));
}

/// Members that have joined and do not ask for their share are gone when the timeout is over.
#[test]
fn who_does_not_sync_is_out_after_the_rebalance_timeout() {
    let mut world = World::new();
    let (leader, other, generation) = completing(&mut world);
    let waiting = world.ask(sync(&other, generation, Vec::new()));
    for _ in 0..12 {
        assert_eq!(world.heartbeat(&leader, generation), Ok(()));
        assert!(world.waits(waiting));
        world.pass(seconds(5));
    }
    assert_eq!(world.synced(waiting), Err(GroupError::RebalanceInProgress));
    assert_eq!(world.heartbeat(&leader, generation), Err(GroupError::UnknownMemberId));
    let again = world.ask(join(&other, None));
    assert_eq!(world.joined(again).leader, other);
}

/// A group whose record would be larger than its log takes says so, and does not hang.
#[test]
fn a_group_too_large_for_its_record_is_refused() {
    let mut world = World::with(Settings { append_bytes_max: 1_000, ..settings() });
    let first = world.ask(join(&MemberId::default(), None));
    let member = world.joined(first).member;
    let large = Payload::new(vec![0; 1_000].into());
    let request = world.ask(sync(&member, FIRST, vec![(member.clone(), large)]));
    assert_eq!(world.synced(request), Err(GroupError::GroupTooLarge));
    let again = world.ask(join(&member, None));
    let generation = world.joined(again).generation;
    let request = world.ask(sync(&member, generation, vec![(member.clone(), payload("a"))]));
    assert_eq!(world.synced(request), Ok(payload("a")));
}
