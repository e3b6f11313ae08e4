//! OffsetCommit and OffsetFetch (KAFKA.md 84, 85).

use millstream_base::{LeaderEpoch, Offset, Timestamp};

use crate::common::*;
use millstream_coordinator::*;

fn nobody() -> MemberId {
    MemberId::default()
}

/// 84: text and leader epoch come back as they were sent.
#[test]
fn what_was_committed_comes_back() {
    let mut world = World::new();
    let request = world.ask(commit("t", 42));
    assert_eq!(world.committed(request), Ok(()));
    for restarts in [false, true] {
        if restarts {
            world.restart();
        }
        let (group, topic) = (GroupId::from(GROUP), TopicName::from("t"));
        let found = world.coordinator.offset(&group, &topic, PartitionIndex::new(0));
        let expected = CommittedOffset {
            offset: Offset::new(42),
            leader_epoch: LeaderEpoch::new(3),
            note: Note::new("note"),
            committed_at: Timestamp::new(1_000_000),
            expires_at: None,
        };
        assert_eq!(found, Some(&expected));
    }
}

/// 85: without a commit there is nothing, for a partition, a topic, or a group.
#[test]
fn what_was_not_committed_is_not_there() {
    let mut world = World::new();
    assert_eq!(world.offset("t", 0), None);
    world.ask(commit("t", 42));
    assert_eq!((world.offset("t", 0), world.offset("t", 1)), (Some(42), None));
    assert_eq!(world.offset("u", 0), None);
}

/// 85: all of a group, in the order of topics and partitions.
#[test]
fn all_offsets_of_a_group_can_be_had() {
    let mut world = World::new();
    for (topic, offset) in [("b", 2), ("a", 1), ("c", 3), ("a", 4)] {
        world.ask(commit(topic, offset));
    }
    let group = GroupId::from(GROUP);
    let all = world.coordinator.offsets(&group);
    let all: Vec<_> = all
        .map(|(topic, partition, it)| (topic.as_str(), partition.get(), it.offset.get()))
        .collect();
    assert_eq!(all, [("a", 0, 4), ("b", 0, 2), ("c", 0, 3)]);
    assert_eq!(world.coordinator.offsets(&GroupId::from("other")).count(), 0);
}

/// An offset holds when it is durable, and until then what held before.
#[test]
fn an_offset_is_pending_until_it_is_durable() {
    let mut world = World::new();
    world.ask(commit("t", 1));
    world.holds = true;
    let second = world.ask(commit("t", 2));
    let third = world.ask(commit("t", 3));
    assert!(world.waits(second) && world.waits(third));
    assert_eq!(world.offset("t", 0), Some(1));
    world.complete();
    assert_eq!(world.committed(second), Ok(()));
    assert_eq!((world.offset("t", 0), world.waits(third)), (Some(2), true));
    world.complete();
    assert_eq!(world.committed(third), Ok(()));
    assert_eq!(world.offset("t", 0), Some(3));
}

/// Whichever outcome is heard first: of two offsets the one that stands later in the log holds.
#[test]
fn outcomes_may_be_heard_in_any_order() {
    let mut world = World::new();
    world.holds = true;
    world.ask(commit("t", 1));
    world.ask(commit("t", 2));
    world.held.swap(0, 1);
    world.complete();
    assert_eq!(world.offset("t", 0), Some(2));
    world.complete();
    assert_eq!(world.offset("t", 0), Some(2));
}

/// An offset that could not be written is as if it had never come, and its committer hears it.
#[test]
fn an_offset_that_was_not_written_does_not_hold() {
    for (fault, error) in [
        (AppendFault::Unavailable, GroupError::CoordinatorNotAvailable),
        (AppendFault::NotLeader, GroupError::NotCoordinator),
        (AppendFault::TooLarge, GroupError::InvalidCommitOffsetSize),
    ] {
        let mut world = World::new();
        world.holds = true;
        let request = world.ask(commit("t", 1));
        world.fail(fault);
        assert_eq!(world.committed(request), Err(error));
        assert_eq!((world.offset("t", 0), world.state()), (None, None), "nothing is left");
    }
}

/// 84: a committer of no generation is let in while there are no members, and only then.
#[test]
fn a_stranger_commits_to_an_empty_group_only() {
    let mut world = World::new();
    let request = world.ask(commit("t", 1));
    assert_eq!(world.committed(request), Ok(()));
    let (members, _) = world.stable(1);
    let request = world.ask(commit("t", 2));
    assert_eq!(world.committed(request), Err(GroupError::UnknownMemberId));
    world.leave(&members[0]).expect("it was there");
    let request = world.ask(commit("t", 3));
    assert_eq!(world.committed(request), Ok(()));
    assert_eq!(world.offset("t", 0), Some(3));
}

/// 84: UNKNOWN_MEMBER_ID and ILLEGAL_GENERATION, and the error that the version wants where there
/// is no such group.
#[test]
fn a_member_commits_in_its_own_generation_only() {
    let mut world = World::new();
    let member = MemberId::from("stranger");
    for error in [GroupError::IllegalGeneration, GroupError::GroupIdNotFound] {
        let commit =
            Commit { unknown_group: error, ..committing(&member, Generation::new(1), "t", 1) };
        let request = world.ask(Ask::Commit(commit));
        assert_eq!(world.committed(request), Err(error));
    }
    let (members, generation) = world.stable(2);
    for (member, generation, expected) in [
        (&members[1], generation, Ok(())),
        (&members[1], Generation::new(1), Err(GroupError::IllegalGeneration)),
        (&members[1], Generation::NONE, Err(GroupError::IllegalGeneration)),
        (&member, generation, Err(GroupError::UnknownMemberId)),
        (&nobody(), generation, Err(GroupError::UnknownMemberId)),
    ] {
        let request = world.ask(commit_by(member, generation, "t", 1));
        assert_eq!(world.committed(request), expected, "{member} {generation}");
    }
}

/// 84: a member may still commit when the others are to join, and no more when they have joined.
#[test]
fn a_member_commits_until_the_next_generation_begins() {
    let mut world = World::new();
    let (members, generation) = world.stable(1);
    let newcomer = world.ask(join(&nobody(), None));
    let request = world.ask(commit_by(&members[0], generation, "t", 1));
    assert_eq!(world.committed(request), Ok(()));
    let again = world.ask(join(&members[0], None));
    let next = world.joined(again).generation;
    world.joined(newcomer);
    let request = world.ask(commit_by(&members[0], next, "t", 2));
    assert_eq!(world.committed(request), Err(GroupError::RebalanceInProgress));
    let request = world.ask(commit_by(&members[0], generation, "t", 2));
    assert_eq!(world.committed(request), Err(GroupError::IllegalGeneration));
    assert_eq!(world.offset("t", 0), Some(1));
}

/// A commit is a sign of life.
#[test]
fn a_commit_is_a_heartbeat() {
    let mut world = World::new();
    let (members, generation) = world.stable(1);
    for _ in 0..3 {
        world.pass(seconds(9));
        let request = world.ask(commit_by(&members[0], generation, "t", 1));
        assert_eq!(world.committed(request), Ok(()));
    }
}

/// 84: text that is too long is refused beside its partition; the others hold.
#[test]
fn a_long_text_is_refused_for_its_partition_alone() {
    let mut world = World::with(Settings { note_bytes_max: 4, ..settings() });
    let mut two = committing(&nobody(), Generation::NONE, "t", 7);
    let mut short = two.topics[0].partitions[0].clone();
    two.topics[0].partitions[0].note = Note::new("12345");
    short.partition = PartitionIndex::new(1);
    short.note = Note::new("1234");
    two.topics[0].partitions.push(short);
    let request = world.ask(Ask::Commit(two));
    let expected = TopicOutcome {
        topic: TopicName::from("t"),
        partitions: vec![
            (PartitionIndex::new(0), Err(GroupError::OffsetMetadataTooLarge)),
            (PartitionIndex::new(1), Ok(())),
        ],
    };
    assert_eq!(world.answer(request), Answer::Commit(vec![expected]));
    assert_eq!((world.offset("t", 0), world.offset("t", 1)), (None, Some(7)));
}

/// A commit that does not fit one batch is refused whole, before it takes memory.
#[test]
fn a_commit_too_large_for_a_batch_is_refused() {
    let mut world = World::with(Settings { append_bytes_max: 300, ..settings() });
    let mut many = committing(&nobody(), Generation::NONE, "t", 7);
    let one = many.topics[0].partitions[0].clone();
    many.topics[0].partitions = vec![one; 4];
    let request = world.ask(Ask::Commit(many));
    assert_eq!(world.committed(request), Err(GroupError::InvalidCommitOffsetSize));
    assert_eq!((world.state(), world.log.len()), (None, 0));
    let request = world.ask(commit("t", 7));
    assert_eq!(world.committed(request), Ok(()));
}

/// The same partition twice in one commit: the last one holds, live and after a restart.
#[test]
fn the_last_of_two_for_one_partition_holds() {
    let mut world = World::new();
    let mut two = committing(&nobody(), Generation::NONE, "t", 7);
    let mut later = two.topics[0].partitions[0].clone();
    later.offset = Offset::new(8);
    two.topics[0].partitions.push(later);
    let request = world.ask(Ask::Commit(two));
    assert_eq!(world.committed(request), Ok(()));
    assert_eq!(world.offset("t", 0), Some(8));
    world.restart();
    assert_eq!(world.offset("t", 0), Some(8));
}

/// The group "" has offsets, for clients that never named one; but no members.
#[test]
fn the_group_without_a_name_has_offsets() {
    let mut world = World::new();
    let request = world.ask_of("", commit("t", 5));
    assert_eq!(world.committed(request), Ok(()));
    let (group, topic) = (GroupId::from(""), TopicName::from("t"));
    assert!(world.coordinator.offset(&group, &topic, PartitionIndex::new(0)).is_some());
}

/// A commit of nothing is answered with nothing.
#[test]
fn a_commit_of_nothing_is_answered() {
    let mut world = World::new();
    let nothing = Commit { topics: vec![], ..committing(&nobody(), Generation::NONE, "t", 1) };
    let request = world.ask(Ask::Commit(nothing));
    assert_eq!(world.answer(request), Answer::Commit(vec![]));
    assert_eq!(world.state(), None);
}
