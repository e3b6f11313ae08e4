//! LeaveGroup (KAFKA.md 86, 89).

use crate::common::*;
use millstream_coordinator::*;

/// 89: who leaves sets off a rebalance at once.
#[test]
fn leaving_begins_a_rebalance_at_once() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    assert_eq!(world.leave(&members[0]), Ok(()));
    let answer = world.heartbeat(&members[1], generation);
    assert_eq!(answer, Err(GroupError::RebalanceInProgress));
    let again = world.ask(join(&members[1], None));
    assert_eq!(world.joined(again).leader, members[1], "the next member leads");
}

/// 89: the last one that leaves leaves an empty group behind.
#[test]
fn the_last_one_leaves_an_empty_group() {
    let mut world = World::new();
    let (members, _) = world.stable(1);
    assert_eq!(world.leave(&members[0]), Ok(()));
    assert_eq!(world.state(), Some(GroupState::Empty));
}

/// 86: version 3 takes several out together, also by their instance alone, and answers for each.
#[test]
fn several_leave_together_and_each_has_its_answer() {
    let mut world = World::new();
    let first = world.ask(join(&MemberId::default(), Some("i1")));
    let leader = world.joined(first).member;
    let second = world.ask(join(&MemberId::default(), Some("i2")));
    let again = world.ask(join(&leader, Some("i1")));
    world.joined(again);
    let other = world.joined(second).member;

    let request = world.ask(leave(&[
        ("", Some("i1")),
        (leader.as_str(), Some("i2")),
        ("stranger", None),
        ("", None),
        ("", Some("i3")),
        (other.as_str(), Some("i2")),
    ]));
    let unknown = Err(GroupError::UnknownMemberId);
    let fenced = Err(GroupError::FencedInstanceId);
    let expected = vec![Ok(()), fenced, unknown, unknown, unknown, Ok(())];
    assert_eq!(world.answer(request), Answer::Leave(Ok(expected)));
    assert_eq!(world.state(), Some(GroupState::Empty));
}

/// A name that was handed out is given back without disturbing anybody.
#[test]
fn giving_a_name_back_disturbs_nobody() {
    let mut world = World::new();
    let (members, generation) = world.stable(1);
    let nameless = Join { needs_member_id: true, ..joining(&MemberId::default(), None) };
    let request = world.ask(Ask::Join(nameless));
    let name = world.join_refused(request).member;
    assert_eq!(world.leave(&name), Ok(()));
    assert_eq!(world.leave(&name), Err(GroupError::UnknownMemberId));
    assert_eq!(world.heartbeat(&members[0], generation), Ok(()));
}

/// Who waits when it is taken out is told.
#[test]
fn whoever_leaves_while_it_waits_is_answered() {
    let mut world = World::new();
    let (members, _) = world.stable(3);
    let waiting = world.ask(join(&members[0], None));
    assert_eq!(world.leave(&members[0]), Ok(()));
    assert_eq!(world.join_refused(waiting).error, GroupError::UnknownMemberId);

    let again: Vec<_> = members[1..].iter().map(|member| world.ask(join(member, None))).collect();
    let joined: Vec<_> = again.into_iter().map(|request| world.joined(request)).collect();
    let follower = joined.iter().find(|joined| joined.member != joined.leader).expect("one of two");
    let waiting = world.ask(sync(&follower.member, follower.generation, Vec::new()));
    assert_eq!(world.leave(&follower.member), Ok(()));
    assert_eq!(world.synced(waiting), Err(GroupError::UnknownMemberId));
}

/// A group that is not there has no members to leave it.
#[test]
fn nobody_leaves_a_group_that_is_not_there() {
    let mut world = World::new();
    let request = world.ask(leave(&[("a", None), ("b", None)]));
    let unknown = Err(GroupError::UnknownMemberId);
    assert_eq!(world.answer(request), Answer::Leave(Ok(vec![unknown, unknown])));
}
