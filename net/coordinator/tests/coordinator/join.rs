//! JoinGroup (KAFKA.md 78 to 81, 87, 88, 112, 113).

use std::time::Duration;

use crate::common::*;
use millstream_coordinator::*;

fn nobody() -> MemberId {
    MemberId::default()
}

/// 78: from version 4 a nameless client is sent away with a name and comes back under it.
#[test]
fn a_nameless_member_gets_its_name_first() {
    let mut world = World::new();
    let nameless = Join { needs_member_id: true, ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(nameless.clone()));
    let refused = world.join_refused(request);
    assert_eq!(refused.error, GroupError::MemberIdRequired);
    assert!(refused.member.as_str().starts_with("client-"), "{}", refused.member);
    assert_eq!(refused.member.as_str().len(), "client-".len() + 36);

    let named = Join { member: refused.member.clone(), ..nameless };
    let request = world.ask(Ask::Join(named));
    assert_eq!(world.joined(request).member, refused.member);
}

/// 78: versions 0 to 3 join at once.
#[test]
fn an_old_client_joins_without_a_name() {
    let mut world = World::new();
    let request = world.ask(join(&nobody(), None));
    let joined = world.joined(request);
    assert_eq!(joined.generation, Generation::new(1));
    assert_eq!(joined.leader, joined.member);
    assert!(!joined.skip_assignment);
}

/// 78: the name is good for the session's timeout, and the group it opened is forgotten with it.
#[test]
fn a_name_that_is_not_used_expires() {
    let mut world = World::new();
    let nameless = Join { needs_member_id: true, ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(nameless.clone()));
    let name = world.join_refused(request).member;
    assert_eq!(world.state(), Some(GroupState::Empty));

    world.pass(seconds(10));
    assert_eq!(world.state(), None);
    let request = world.ask(Ask::Join(Join { member: name, ..nameless }));
    assert_eq!(world.join_refused(request).error, GroupError::UnknownMemberId);
}

/// 78: a rebalance waits for a name that was handed out, as long as it is good.
#[test]
fn a_rebalance_waits_for_whoever_has_a_name() {
    let mut world = World::new();
    let (members, _) = world.stable(2);
    let nameless = Join { needs_member_id: true, ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(nameless));
    world.join_refused(request);
    let again: Vec<_> = members.iter().map(|member| world.ask(join(member, None))).collect();
    assert!(again.iter().all(|request| world.waits(*request)));
    world.pass(seconds(10));
    assert!(again.into_iter().all(|request| world.joined(request).generation.get() == 3));
}

/// 79: an empty group waits for the initial delay, and again for whoever came meanwhile, in all
/// no longer than the members' timeout.
#[test]
fn a_new_group_waits_for_more_members() {
    let delayed = Settings { initial_rebalance_delay: seconds(3), ..settings() };
    let mut world = World::with(delayed);
    let first = world.ask(join(&nobody(), None));
    world.pass(seconds(2));
    let second = world.ask(join(&nobody(), None));
    world.pass(seconds(1));
    assert!(world.waits(first) && world.waits(second), "a newcomer begins the delay anew");
    world.pass(Duration::from_millis(2_999));
    assert!(world.waits(first));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.joined(first).generation, Generation::new(1));
    assert_eq!(world.joined(second).generation, Generation::new(1));
}

/// 79: newcomers cannot hold a new group up for longer than the members' timeout.
#[test]
fn the_initial_delay_ends_with_the_rebalance_timeout() {
    let delayed = Settings { initial_rebalance_delay: seconds(3), ..settings() };
    let mut world = World::with(delayed);
    let short = Join { rebalance_timeout_ms: 7_000, ..joining(&nobody(), None) };
    let first = world.ask(Ask::Join(short.clone()));
    for _ in 0..3 {
        world.pass(seconds(2));
        world.ask(Ask::Join(short.clone()));
    }
    world.pass(Duration::from_millis(999));
    assert!(world.waits(first));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.joined(first).members.len(), 4);
}

/// 79: a group that has members does not wait for the initial delay.
#[test]
fn a_rebalance_ends_when_all_have_joined() {
    let mut world = World::new();
    world.stable(3);
}

/// 79: the timeout of a rebalance is the longest of the members'.
#[test]
fn a_rebalance_waits_as_long_as_its_most_patient_member() {
    let mut world = World::new();
    let (members, _) = world.stable(2);
    let patient = Join { rebalance_timeout_ms: 90_000, ..joining(&members[0], None) };
    let first = world.ask(Ask::Join(patient));
    let second = world.ask(join(&members[1], None));
    world.joined(first);
    world.joined(second);

    let impatient = Join { rebalance_timeout_ms: 1_000, ..joining(&nobody(), None) };
    let newcomer = world.ask(Ask::Join(impatient));
    for _ in 0..8 {
        world.pass(seconds(9));
        let gone = world.heartbeat(&members[1], Generation::new(3));
        assert_eq!(gone, Err(GroupError::RebalanceInProgress));
        let gone = world.heartbeat(&members[0], Generation::new(3));
        assert_eq!(gone, Err(GroupError::RebalanceInProgress));
    }
    world.pass(seconds(9));
    let _ = world.heartbeat(&members[0], Generation::new(3));
    let _ = world.heartbeat(&members[1], Generation::new(3));
    world.pass(Duration::from_millis(8_999));
    assert!(world.waits(newcomer));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.joined(newcomer).members.len(), 1, "those who did not join are out");
}

/// 80: the leader gets all members with what they said, the others nobody.
#[test]
fn the_leader_alone_hears_of_all_members() {
    let mut world = World::new();
    let first = world.ask(join(&nobody(), None));
    let leader = world.joined(first).member;
    let said = Join { protocols: protocols(&[("range", "mine")]), ..joining(&nobody(), Some("i")) };
    let newcomer = world.ask(Ask::Join(said));
    let again = world.ask(join(&leader, None));

    let (told, other) = (world.joined(again), world.joined(newcomer));
    assert_eq!((&told.leader, &other.leader), (&leader, &leader));
    assert_eq!(other.members, []);
    let expected = [
        JoinedMember { member: leader, instance: None, metadata: payload("r") },
        JoinedMember {
            member: other.member,
            instance: Some(InstanceId::from("i")),
            metadata: payload("mine"),
        },
    ];
    assert!(told.members.len() == 2 && expected.iter().all(|it| told.members.contains(it)));
}

/// 80: among the protocols that all know, the one that most like best.
#[test]
fn the_protocol_is_voted_for() {
    let mut world = World::new();
    let (members, _) = world.stable(2);
    let offers = |offered| Join { protocols: protocols(offered), ..joining(&nobody(), None) };
    let sticky_first = [("own", "o"), ("sticky", "s"), ("range", "r")];
    let newcomer = world.ask(Ask::Join(offers(&sticky_first)));
    let again = Join { member: members[0].clone(), ..offers(&sticky_first) };
    let first = world.ask(Ask::Join(again));
    let second = world.ask(join(&members[1], None));
    for request in [first, second, newcomer] {
        assert_eq!(world.joined(request).protocol, Some(ProtocolName::from("sticky")));
    }
}

/// 80: INCONSISTENT_GROUP_PROTOCOL: another type, nothing in common, or nothing at all.
#[test]
fn who_has_nothing_in_common_stays_out() {
    let mut world = World::new();
    let nothing = Join { protocols: Vec::new(), ..joining(&nobody(), None) };
    let no_type = Join { protocol_type: ProtocolType::from(""), ..joining(&nobody(), None) };
    for join in [nothing, no_type] {
        let request = world.ask(Ask::Join(join));
        let error = world.join_refused(request).error;
        assert_eq!(error, GroupError::InconsistentGroupProtocol);
        assert_eq!(world.state(), None, "a group that nobody joined is not there");
    }
    world.stable(1);
    let other_type = Join { protocol_type: "connect".into(), ..joining(&nobody(), None) };
    let other = Join { protocols: protocols(&[("other", "")]), ..joining(&nobody(), None) };
    for join in [other_type, other] {
        let request = world.ask(Ask::Join(join));
        let error = world.join_refused(request).error;
        assert_eq!(error, GroupError::InconsistentGroupProtocol);
    }
    assert_eq!(world.state(), Some(GroupState::Stable));
}

/// 81: a leader that joins again wants a rebalance, whatever it says.
#[test]
fn a_leader_that_joins_again_begins_a_rebalance() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    let request = world.ask(join(&members[0], None));
    assert!(world.waits(request));
    assert_eq!(world.heartbeat(&members[1], generation), Err(GroupError::RebalanceInProgress));
}

/// 81, 87: a follower that says the same gets the current generation back, and nobody is
/// disturbed; one that says something else begins a rebalance.
#[test]
fn a_follower_disturbs_only_with_news() {
    let mut world = World::new();
    let (members, generation) = world.stable(2);
    let request = world.ask(join(&members[1], None));
    let joined = world.joined(request);
    assert_eq!((joined.generation, joined.members), (generation, vec![]));
    assert_eq!(joined.leader, members[0]);
    assert_eq!(world.state(), Some(GroupState::Stable));

    let changed = protocols(&[("range", "other"), ("sticky", "s")]);
    let request = world.ask(Ask::Join(Join { protocols: changed, ..joining(&members[1], None) }));
    assert!(world.waits(request));
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
}

/// 81: whoever has not seen the answer asks again before SyncGroup, and gets the same.
#[test]
fn a_lost_answer_is_given_again() {
    let mut world = World::new();
    let first = world.ask(join(&nobody(), None));
    let joined = world.joined(first);
    let again = world.ask(join(&joined.member, None));
    assert_eq!(world.joined(again), joined);
}

/// 87: cooperative rebalancing is two generations in a row, begun by the members alone: the
/// owner gives up a partition in the first, joins again, and the other gets it in the second.
#[test]
fn a_cooperative_rebalance_is_two_phases_and_no_more() {
    let mut world = World::new();
    let owns = |member: &MemberId, owned: &str| {
        Ask::Join(Join {
            protocols: protocols(&[("cooperative-sticky", owned)]),
            ..joining(member, None)
        })
    };
    let request = world.ask(owns(&nobody(), ""));
    let old = world.joined(request).member;
    let request = world.ask(sync(&old, Generation::new(1), vec![(old.clone(), payload("01"))]));
    assert_eq!(world.synced(request), Ok(payload("01")));

    let newcomer = world.ask(owns(&nobody(), ""));
    let again = world.ask(owns(&old, "01"));
    let new = world.joined(newcomer).member;
    let told = world.joined(again);
    let owned = told.members.iter().find(|it| it.member == old).map(|it| it.metadata.clone());
    assert_eq!(owned, Some(payload("01")));
    let shares = vec![(old.clone(), payload("0"))];
    let first = world.ask(sync(&old, Generation::new(2), shares));
    let second = world.ask(sync(&new, Generation::new(2), Vec::new()));
    assert_eq!((world.synced(first), world.synced(second)), (Ok(payload("0")), Ok(payload(""))));

    let again = world.ask(owns(&old, "0"));
    assert_eq!(world.heartbeat(&new, Generation::new(2)), Err(GroupError::RebalanceInProgress));
    let other = world.ask(owns(&new, ""));
    assert_eq!(world.joined(again).generation, Generation::new(3));
    world.joined(other);
    let shares = vec![(old.clone(), payload("0")), (new.clone(), payload("1"))];
    let first = world.ask(sync(&old, Generation::new(3), shares));
    let second = world.ask(sync(&new, Generation::new(3), Vec::new()));
    assert_eq!((world.synced(first), world.synced(second)), (Ok(payload("0")), Ok(payload("1"))));

    world.pass(seconds(5));
    for member in [&old, &new] {
        assert_eq!(world.heartbeat(member, Generation::new(3)), Ok(()));
    }
}

/// 88: the session's timeout is within the bounds.
#[test]
fn a_session_is_neither_too_short_nor_too_long() {
    let mut world = World::new();
    for (timeout_ms, is_good) in
        [(5_999, false), (6_000, true), (1_800_000, true), (1_800_001, false), (-1, false)]
    {
        let join = Join { session_timeout_ms: timeout_ms, ..joining(&nobody(), None) };
        let request = world.ask_of(&format!("g{timeout_ms}"), Ask::Join(join));
        match world.answer(request) {
            Answer::Join(Ok(_)) => assert!(is_good, "{timeout_ms}"),
            Answer::Join(Err(refused)) => {
                assert!(!is_good, "{timeout_ms}");
                assert_eq!(refused.error, GroupError::InvalidSessionTimeout);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// 88: GROUP_MAX_SIZE_REACHED.
#[test]
fn a_full_group_takes_nobody_in() {
    let mut world = World::with(Settings { group_members_max: 2, ..settings() });
    let (members, generation) = world.stable(2);
    let request = world.ask(join(&nobody(), None));
    assert_eq!(world.join_refused(request).error, GroupError::GroupMaxSizeReached);
    assert_eq!(world.heartbeat(&members[1], generation), Ok(()));
    let request = world.ask(join(&members[1], None));
    assert_eq!(world.joined(request).generation, generation, "who is in stays in");
}

/// 88: when the limit was lowered over a restart, the first to join again stay.
#[test]
fn a_lowered_limit_keeps_the_first_to_come_back() {
    let mut world = World::new();
    let (members, _) = world.stable(3);
    world.settings.group_members_max = 2;
    world.restart();
    assert_eq!(world.state(), Some(GroupState::PreparingRebalance));
    let first = world.ask(join(&members[2], None));
    let second = world.ask(join(&members[1], None));
    let third = world.ask(join(&members[0], None));
    assert_eq!(world.join_refused(third).error, GroupError::GroupMaxSizeReached);
    assert_eq!(world.joined(second).generation, Generation::new(4));
    assert_eq!(world.joined(first).generation, Generation::new(4));
}

/// 88: INVALID_GROUP_ID for "", wherever members are meant.
#[test]
fn nobody_joins_the_group_without_a_name() {
    let mut world = World::new();
    let generation = Generation::new(1);
    let asks = [
        join(&nobody(), None),
        sync(&nobody(), generation, Vec::new()),
        heartbeat(&nobody(), None, generation),
        leave(&[("a", None)]),
        delete_offset("t"),
    ];
    for ask in asks {
        let request = world.ask_of("", ask);
        let error = match world.answer(request) {
            Answer::Join(Err(refused)) => refused.error,
            Answer::Sync(Err(error))
            | Answer::Heartbeat(Err(error))
            | Answer::Leave(Err(error))
            | Answer::DeleteOffsets(Err(error)) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(error, GroupError::InvalidGroupId);
    }
}

/// 112, 113: any protocol type makes a group, with its own bytes, looked into by nobody.
#[test]
fn connect_workers_and_schema_registries_are_groups_too() {
    for (group, kind, protocol) in [("c", "connect", "compatible"), ("s", "sr", "v0")] {
        let mut world = World::new();
        let protocols = protocols(&[(protocol, "\u{0}\u{1}anything")]);
        let joining = Join { protocol_type: kind.into(), protocols, ..joining(&nobody(), None) };
        let request = world.ask_of(group, Ask::Join(joining));
        let joined = world.joined(request);
        assert_eq!(joined.protocol_type, Some(ProtocolType::from(kind)));
        assert_eq!(joined.protocol, Some(ProtocolName::from(protocol)));
        assert_eq!(joined.members[0].metadata, payload("\u{0}\u{1}anything"));
        let shares = vec![(joined.member.clone(), payload("share"))];
        let request = world.ask_of(group, sync(&joined.member, joined.generation, shares));
        assert_eq!(world.synced(request), Ok(payload("share")));
    }
}

/// A member that asks twice leaves nothing unanswered: the older request makes way.
#[test]
fn the_older_of_two_requests_is_answered() {
    let mut world = World::new();
    let (members, _) = world.stable(2);
    let older = world.ask(join(&members[0], None));
    let newer = world.ask(join(&members[0], None));
    assert_eq!(world.join_refused(older).error, GroupError::RebalanceInProgress);
    assert!(world.waits(newer));
}

/// A newcomer whose first JoinGroup waits for too long is taken for dead.
#[test]
fn a_newcomer_waits_for_five_minutes_at_most() {
    let mut world = World::new();
    let patient = Join { rebalance_timeout_ms: 600_000, ..joining(&nobody(), None) };
    let first = world.ask(Ask::Join(patient));
    let member = world.joined(first).member;
    let request = world.ask(sync(&member, Generation::new(1), Vec::new()));
    assert!(world.synced(request).is_ok());
    let newcomer = world.ask(join(&nobody(), None));
    for _ in 0..60 {
        assert!(world.waits(newcomer));
        let answer = world.heartbeat(&member, Generation::new(1));
        assert_eq!(answer, Err(GroupError::RebalanceInProgress));
        world.pass(seconds(5));
    }
    assert_eq!(world.join_refused(newcomer).error, GroupError::UnknownMemberId);
}

/// Names of new members differ, and follow from the seed.
#[test]
fn the_same_seed_gives_the_same_names() {
    let names = || {
        let mut world = World::new();
        world.stable(3).0
    };
    let (first, second) = (names(), names());
    assert_eq!(first, second);
    assert!(first[0] != first[1] && first[1] != first[2]);
}
