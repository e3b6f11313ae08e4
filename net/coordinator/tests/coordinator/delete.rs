//! OffsetDelete and DeleteGroups (KAFKA.md 90).

use crate::common::*;
use millstream_coordinator::*;

fn deleted(world: &mut World, request: RequestId) -> Result<(), GroupError> {
    match world.answer(request) {
        Answer::DeleteGroup(answer) => answer,
        Answer::DeleteOffsets(answer) => answer.and_then(|topics| topics[0].partitions[0].1),
        other => panic!("{other:?}"),
    }
}

/// 90: NON_EMPTY_GROUP while there are members; GROUP_ID_NOT_FOUND where there is no group.
#[test]
fn only_an_empty_group_is_deleted() {
    let mut world = World::new();
    let request = world.ask(Ask::DeleteGroup);
    assert_eq!(deleted(&mut world, request), Err(GroupError::GroupIdNotFound));
    let (members, generation) = world.stable(1);
    let request = world.ask(commit_by(&members[0], generation, "t", 1));
    assert_eq!(world.committed(request), Ok(()));
    let request = world.ask(Ask::DeleteGroup);
    assert_eq!(deleted(&mut world, request), Err(GroupError::NonEmptyGroup));
    world.leave(&members[0]).expect("it was there");
    let request = world.ask(Ask::DeleteGroup);
    assert_eq!(deleted(&mut world, request), Ok(()));
    assert_eq!((world.state(), world.offset("t", 0)), (None, None));
    world.restart();
    assert_eq!((world.state(), world.offset("t", 0)), (None, None));
}

/// Until the tombstones are durable the group is dead to all who ask, and its offsets stay.
#[test]
fn a_group_that_is_going_answers_nobody() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.holds = true;
    let request = world.ask(Ask::DeleteGroup);
    assert!(world.waits(request));
    assert_eq!((world.state(), world.offset("t", 0)), (Some(GroupState::Dead), Some(1)));
    let joining = world.ask(join(&MemberId::default(), None));
    assert_eq!(world.join_refused(joining).error, GroupError::CoordinatorNotAvailable);
    let again = world.ask(Ask::DeleteGroup);
    assert_eq!(deleted(&mut world, again), Err(GroupError::GroupIdNotFound));
    let late = world.ask(commit("t", 2));
    assert_eq!(world.committed(late), Err(GroupError::CoordinatorNotAvailable));
    world.complete();
    assert_eq!(deleted(&mut world, request), Ok(()));
    assert_eq!((world.state(), world.offset("t", 0)), (None, None));
}

/// A deletion that could not be written has not happened.
#[test]
fn a_deletion_that_was_not_written_has_not_happened() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.holds = true;
    let request = world.ask(Ask::DeleteGroup);
    world.fail(AppendFault::Unavailable);
    assert_eq!(deleted(&mut world, request), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!((world.state(), world.offset("t", 0)), (Some(GroupState::Empty), Some(1)));
    let request = world.ask(commit("t", 2));
    world.complete();
    assert_eq!(world.committed(request), Ok(()));
}

/// A commit that is on its way when the group goes, goes with it.
#[test]
fn a_commit_on_its_way_is_deleted_too() {
    for is_durable in [true, false] {
        let mut world = World::new();
        world.holds = true;
        let committing = world.ask(commit("t", 1));
        let request = world.ask(Ask::DeleteGroup);
        match is_durable {
            true => world.complete(),
            false => world.fail(AppendFault::Unavailable),
        }
        assert_eq!(world.committed(committing).is_ok(), is_durable);
        world.complete();
        assert_eq!(deleted(&mut world, request), Ok(()));
        assert_eq!(world.state(), None);
        world.restart();
        assert_eq!((world.state(), world.offset("t", 0)), (None, None));
    }
}

/// The record of a group that is on its way when the group goes does not bring it back.
#[test]
fn a_group_record_on_its_way_is_deleted_too() {
    let mut world = World::new();
    let first = world.ask(join(&MemberId::default(), None));
    let member = world.joined(first).member;
    world.holds = true;
    world.leave(&member).expect("it was there");
    assert_eq!(world.held.len(), 1);
    let request = world.ask(Ask::DeleteGroup);
    world.complete();
    world.complete();
    assert_eq!(deleted(&mut world, request), Ok(()));
    assert_eq!(world.state(), None);
    world.restart();
    assert_eq!(world.state(), None);
}

/// A group with many offsets goes in several batches, each within its limit.
#[test]
fn a_large_group_goes_batch_by_batch() {
    let mut world = World::with(Settings { append_bytes_max: 1_000, ..settings() });
    let topics: Vec<_> = (0..40).map(|number| format!("topic-{number}")).collect();
    for topic in &topics {
        let request = world.ask(commit(topic, 1));
        assert_eq!(world.committed(request), Ok(()));
    }
    world.holds = true;
    let request = world.ask(Ask::DeleteGroup);
    let mut batch_count = 0;
    while let Some(append) = world.held.front() {
        let bytes: usize = append.records.iter().map(|record| record.size_bytes()).sum();
        assert!(bytes <= 1_000 && append.records.iter().all(|record| record.value.is_none()));
        assert!(world.waits(request));
        batch_count += 1;
        world.complete();
    }
    assert!(batch_count > 3, "{batch_count}");
    assert_eq!(deleted(&mut world, request), Ok(()));
    world.restart();
    assert_eq!(world.state(), None);
}

/// 90: offsets of a group without members are deleted; one that was never there is no error.
#[test]
fn offsets_are_deleted_when_the_tombstone_is_durable() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.ask(commit("u", 1));
    world.holds = true;
    let request = world.ask(delete_offset("t"));
    assert!(world.waits(request));
    assert_eq!(world.offset("t", 0), Some(1));
    world.complete();
    assert_eq!(deleted(&mut world, request), Ok(()));
    assert_eq!((world.offset("t", 0), world.offset("u", 0)), (None, Some(1)));
    let request = world.ask(delete_offset("nothing"));
    assert_eq!(deleted(&mut world, request), Ok(()));
    world.restart();
    assert_eq!((world.offset("t", 0), world.offset("u", 0)), (None, Some(1)));
    let request = world.ask_of("other", delete_offset("t"));
    assert_eq!(deleted(&mut world, request), Err(GroupError::GroupIdNotFound));
}

/// 90: GROUP_SUBSCRIBED_TO_TOPIC for what a consumer still reads, and only for that.
#[test]
fn offsets_that_are_read_stay() {
    let mut world = World::new();
    let subscription = "\0\0\0\0\0\u{1}\0\u{4}read\0\0\0\0";
    let reads = Join {
        protocols: protocols(&[("range", subscription)]),
        ..joining(&MemberId::default(), None)
    };
    let request = world.ask(Ask::Join(reads));
    let joined = world.joined(request);
    let request = world.ask(sync(&joined.member, joined.generation, Vec::new()));
    assert!(world.synced(request).is_ok());
    for topic in ["read", "left"] {
        let request = world.ask(commit_by(&joined.member, joined.generation, topic, 1));
        assert_eq!(world.committed(request), Ok(()));
    }
    let read = world.ask(delete_offset("read"));
    assert_eq!(deleted(&mut world, read), Err(GroupError::GroupSubscribedToTopic));
    let left = world.ask(delete_offset("left"));
    assert_eq!(deleted(&mut world, left), Ok(()));
    assert_eq!((world.offset("read", 0), world.offset("left", 0)), (Some(1), None));
}

/// 90: of a group of another type it is not known what it reads, so all its offsets stay.
#[test]
fn offsets_of_other_groups_with_members_stay() {
    let mut world = World::new();
    let other = Join { protocol_type: "other".into(), ..joining(&MemberId::default(), None) };
    let request = world.ask(Ask::Join(other));
    world.joined(request);
    let request = world.ask(delete_offset("t"));
    assert_eq!(deleted(&mut world, request), Err(GroupError::NonEmptyGroup));
}

/// A topic that is gone takes what was committed for it along, also where members still read it;
/// what was committed for others stays.
#[test]
fn a_topic_that_is_gone_takes_its_offsets_along() {
    let mut world = World::new();
    let (members, generation) = world.stable(1);
    for topic in ["t", "u"] {
        let request = world.ask(commit_by(&members[0], generation, topic, 1));
        assert_eq!(world.committed(request), Ok(()));
    }
    let effects = world.coordinator.forget_topic(world.now, &TopicName::from("t"));
    assert_eq!(effects.appends.len(), 1);
    world.apply(effects);
    assert_eq!((world.offset("t", 0), world.offset("u", 0)), (None, Some(1)));
    world.restart();
    assert_eq!((world.offset("t", 0), world.offset("u", 0)), (None, Some(1)));
    let effects = world.coordinator.forget_topic(world.now, &TopicName::from("t"));
    assert_eq!(effects, Effects::default());
}
