//! Heartbeat, and silence (KAFKA.md 82, 89).

use crate::common::*;
use millstream_coordinator::*;

/// 82: OK while the group is stable or waits for its leader's assignment, and
/// REBALANCE_IN_PROGRESS while it waits for members.
#[test]
fn the_answer_says_whether_to_join_again() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    assert_eq!(world.heartbeat(&members[1], generation), Ok(()));

    let newcomer = world.ask(join(&MemberId::default(), None));
    let answer = world.heartbeat(&members[1], generation);
    assert_eq!(answer, Err(GroupError::RebalanceInProgress));

    for member in &members {
        world.ask(join(member, None));
    }
    let third = world.joined(newcomer);
    assert_eq!(world.state(), Some(GroupState::CompletingRebalance));
    assert_eq!(world.heartbeat(&third.member, third.generation), Ok(()));
}

/// 82: strangers and old generations.
#[test]
fn who_is_not_of_this_generation_is_told_so() {
    let mut world = World::new();
    let stranger = MemberId::from("stranger");
    let answer = world.heartbeat(&stranger, Generation::new(1));
    assert_eq!(answer, Err(GroupError::UnknownMemberId));
    let (members, _) = world.stable(2);
    let answer = world.heartbeat(&stranger, Generation::new(2));
    assert_eq!(answer, Err(GroupError::UnknownMemberId));
    let answer = world.heartbeat(&members[0], Generation::new(1));
    assert_eq!(answer, Err(GroupError::IllegalGeneration));
}

/// 89: a silent member is out when its session ends, exactly then.
#[test]
fn a_silent_member_is_out_when_its_session_ends() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    world.pass(seconds(7));
    assert_eq!(world.heartbeat(&members[0], generation), Ok(()));
    world.pass(seconds(2));
    assert_eq!(world.state(), Some(GroupState::Stable));
    world.pass(seconds(1));
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
    let answer = world.heartbeat(&members[1], generation);
    assert_eq!(answer, Err(GroupError::UnknownMemberId));
    let again = world.ask(join(&members[0], None));
    assert_eq!(world.joined(again).members.len(), 1);
}

/// 82: whoever waits in JoinGroup or SyncGroup is alive, however long it takes.
#[test]
fn waiting_counts_as_alive() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    let waiting = world.ask(join(&members[0], None));
    for _ in 0..11 {
        world.pass(seconds(5));
        let answer = world.heartbeat(&members[1], generation);
        assert_eq!(answer, Err(GroupError::RebalanceInProgress));
    }
    assert!(world.waits(waiting), "its own session is 10 s");
    let other = world.ask(join(&members[1], None));
    let generation = world.joined(waiting).generation;
    world.joined(other);

    let waiting = world.ask(sync(&members[1], generation, Vec::new()));
    for _ in 0..11 {
        world.pass(seconds(5));
        assert_eq!(world.heartbeat(&members[0], generation), Ok(()));
    }
    let request = world.ask(sync(&members[0], generation, Vec::new()));
    assert!(world.synced(request).is_ok() && world.synced(waiting).is_ok());
    world.pass(seconds(9));
    assert_eq!(world.heartbeat(&members[1], generation), Ok(()), "a session begins anew");
}

/// 89: a group whose last member is silent is empty, in a new generation, and the log says so.
#[test]
fn a_group_of_silent_members_is_empty() {
    let mut world = World::new();
    world.stable(2);
    world.pass(seconds(10));
    assert_eq!(world.state(), Some(GroupState::Empty));
    world.restart();
    assert_eq!(world.state(), Some(GroupState::Empty));
    let first = world.ask(join(&MemberId::default(), None));
    assert_eq!(world.joined(first).generation, Generation::new(4));
}

/// A thousand members live by their heartbeats, and not beyond them.
#[test]
fn a_thousand_members_live_by_their_heartbeats() {
    let mut world = World::with(Settings { initial_rebalance_delay: seconds(1), ..settings() });
    let requests: Vec<_> =
        (0..1_000).map(|_| world.ask(join(&MemberId::default(), None))).collect();
    world.pass(seconds(2));
    let members: Vec<_> = requests.into_iter().map(|request| world.joined(request)).collect();
    let generation = members[0].generation;
    let leader = members[0].leader.clone();
    for member in &members {
        world.ask(sync(&member.member, generation, Vec::new()));
    }
    assert_eq!(world.state(), Some(GroupState::Stable), "{leader} has shared out");
    for _ in 0..3 {
        world.pass(seconds(9));
        for member in &members {
            assert_eq!(world.heartbeat(&member.member, generation), Ok(()));
        }
    }
    world.pass(seconds(10));
    assert_eq!(world.state(), Some(GroupState::Empty));
}
