//! What a restart keeps, and what an unloading tells (KAFKA.md 77, 91).

use crate::common::*;
use millstream_coordinator::*;

/// 91: members, their shares, the generation and the offsets are there after a restart, and
/// members that go on with their heartbeats notice nothing.
#[test]
fn a_group_survives_a_restart() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    let request = world.ask(commit_by(&members[1], generation, "t", 9));
    assert_eq!(world.committed(request), Ok(()));
    let before = world.coordinator.describe(&GroupId::from(GROUP));
    world.restart();
    assert_eq!(world.coordinator.describe(&GroupId::from(GROUP)), before);
    assert_eq!(world.offset("t", 0), Some(9));
    for member in &members {
        assert_eq!(world.heartbeat(member, generation), Ok(()));
        let request = world.ask(sync(member, generation, Vec::new()));
        assert_eq!(world.synced(request), Ok(payload(member.as_str())));
    }
    let request = world.ask(join(&members[1], None));
    assert_eq!(world.joined(request).leader, members[0], "the leader leads as before");
}

/// 91: the leader is whoever led, and not whose name comes first.
#[test]
fn the_leader_survives_a_restart() {
    let mut world = World::new();
    let (members, _) = world.stable(4);
    let first = members.iter().min().expect("there are four");
    assert_ne!(*first, members[0], "the seed makes the leader another than the first");
    world.restart();
    let request = world.ask(join(&members[1], None));
    assert_eq!(world.joined(request).leader, members[0]);
}

/// 91: sessions begin anew with a restart, and end when nobody comes back.
#[test]
fn sessions_begin_anew_after_a_restart() {
    let mut world = World::new();
    world.stable(2);
    world.pass(seconds(9));
    world.restart();
    world.pass(seconds(9));
    assert_eq!(world.state(), Some(GroupState::Stable));
    world.pass(seconds(1));
    assert_eq!(world.state(), Some(GroupState::Empty));
}

/// 91: a generation that had begun and was not shared out is forgotten; the one before holds.
#[test]
fn a_generation_that_was_not_shared_out_is_forgotten() {
    let mut world = World::new();
    let (members, generation) = world.stable(1);
    let newcomer = world.ask(join(&MemberId::default(), None));
    let again = world.ask(join(&members[0], None));
    assert_eq!(world.joined(again).generation, Generation::new(2));
    let stranger = world.joined(newcomer).member;
    world.restart();
    assert_eq!(world.heartbeat(&members[0], generation), Ok(()));
    let answer = world.heartbeat(&stranger, Generation::new(2));
    assert_eq!(answer, Err(GroupError::UnknownMemberId));
}

/// 77: when the partition goes elsewhere, all who wait are told, each once.
#[test]
fn all_who_wait_are_told_when_the_coordinator_goes() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    world.ask_of("simple", commit("t", 1));
    world.ask_of("gone", commit("t", 1));
    world.holds = true;
    let joining = world.ask(join(&members[0], None));
    let committing = world.ask(commit_by(&members[1], generation, "t", 1));
    let forgetting = world.ask_of("simple", delete_offset("t"));
    let deleting = world.ask_of("gone", Ask::DeleteGroup);
    let newcomer = world.ask_of("new", join(&MemberId::default(), None));
    let member = world.joined(newcomer).member;
    let syncing = world.ask_of("new", sync(&member, Generation::new(1), Vec::new()));
    assert_eq!(world.waiting_count(), 5);

    let mut answers = world.coordinator.unload();
    answers.sort_by_key(|(request, _)| *request);
    let error = GroupError::NotCoordinator;
    let refused = JoinRefused { error, member: members[0].clone() };
    let outcome = TopicOutcome {
        topic: TopicName::from("t"),
        partitions: vec![(PartitionIndex::new(0), Err(error))],
    };
    let expected = [
        (joining, Answer::Join(Err(refused))),
        (committing, Answer::Commit(vec![outcome])),
        (forgetting, Answer::DeleteOffsets(Err(error))),
        (deleting, Answer::DeleteGroup(Err(error))),
        (syncing, Answer::Sync(Err(error))),
    ];
    assert_eq!(answers, expected);
}

/// Two runs that are seeded alike do not take a newcomer for somebody who is in.
#[test]
fn a_name_that_is_taken_is_not_given_again() {
    let mut world = World::new();
    let (members, _) = world.stable(1);
    let mut replay = Replay::new(settings(), millstream_base::Random::new(1));
    for record in &world.log {
        replay.record(&record.key, record.value.as_deref()).expect("our own record");
    }
    world.coordinator = replay.finish(world.now);
    let nameless = Join { needs_member_id: true, ..joining(&MemberId::default(), None) };
    let request = world.ask(Ask::Join(nameless));
    assert_ne!(world.join_refused(request).member, members[0]);
}

/// An outcome that nobody waits for changes nothing.
#[test]
fn an_unknown_outcome_is_passed_over() {
    let mut world = World::new();
    let effects = world.coordinator.appended(world.now, AppendId::new(77));
    assert_eq!(effects, Effects::default());
    let effects =
        world.coordinator.append_failed(world.now, AppendId::new(77), AppendFault::NotLeader);
    assert_eq!(effects, Effects::default());
}
