//! What a client or a log may throw at the coordinator (RELIABILITY.md, hostile inputs).

use crate::common::*;
use millstream_base::Random;
use millstream_coordinator::*;

fn nobody() -> MemberId {
    MemberId::default()
}

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Names of 1 MiB, of every kind, are refused or unknown, and leave nothing behind.
#[test]
fn names_of_a_mebibyte_are_refused() {
    let mut world = World::new();
    let huge = long(1 << 20);
    let member = MemberId::from(huge.as_str());
    let invalid = GroupError::InvalidRequest;
    let joins = [
        Join { client_id: huge.as_str().into(), ..joining(&nobody(), None) },
        Join { client_host: huge.as_str().into(), ..joining(&nobody(), None) },
        Join { protocol_type: huge.as_str().into(), ..joining(&nobody(), None) },
        Join { protocols: protocols(&[(&huge, "")]), ..joining(&nobody(), None) },
        joining(&nobody(), Some(&huge)),
    ];
    for join in joins {
        let request = world.ask(Ask::Join(join));
        assert_eq!(world.join_refused(request).error, invalid);
    }
    let request = world.ask(join(&member, None));
    assert_eq!(world.join_refused(request).error, GroupError::UnknownMemberId);
    let request = world.ask_of(&huge, join(&nobody(), None));
    assert_eq!(world.join_refused(request).error, GroupError::InvalidGroupId);
    let request = world.ask_of(&huge, commit("t", 1));
    assert_eq!(world.committed(request), Err(GroupError::InvalidGroupId));
    let request = world.ask(commit(&huge, 1));
    assert_eq!(world.committed(request), Err(invalid));

    assert_eq!(world.heartbeat(&member, Generation::new(1)), Err(GroupError::UnknownMemberId));
    assert_eq!(world.leave(&member), Err(GroupError::UnknownMemberId));
    assert_eq!(world.coordinator.list(&ListFilter::default()).count(), 0);
    assert_eq!(world.coordinator.next_deadline(), Some(world.now.instant + seconds(600)));
}

/// The longest names that are let in fit the records, and come back.
#[test]
fn the_longest_names_survive_a_restart() {
    let mut world = World::new();
    let (group, name) = (long(limits::GROUP_ID_BYTES_MAX), long(limits::NAME_BYTES_MAX));
    let joining = Join {
        client_id: name.as_str().into(),
        client_host: name.as_str().into(),
        protocol_type: name.as_str().into(),
        protocols: protocols(&[(&name, "")]),
        ..joining(&nobody(), Some(&name))
    };
    let request = world.ask_of(&group, Ask::Join(joining));
    let joined = world.joined(request);
    let prefix = &name[..limits::MEMBER_ID_PREFIX_BYTES_MAX];
    assert!(joined.member.as_str().starts_with(prefix));
    let request = world.ask_of(&group, sync(&joined.member, joined.generation, Vec::new()));
    assert!(world.synced(request).is_ok());
    let request = world.ask_of(&group, commit_by(&joined.member, joined.generation, &name, 1));
    assert_eq!(world.committed(request), Ok(()));
    let group = GroupId::from(group.as_str());
    let before = world.coordinator.describe(&group);
    world.restart();
    assert_eq!(world.coordinator.describe(&group), before);
    assert_eq!(world.coordinator.offsets(&group).count(), 1);
}

/// A name of a client is cut between characters when a member's id is made of it.
#[test]
fn a_long_client_id_is_cut_between_characters() {
    let mut world = World::new();
    let umlauts = format!("a{}", "ü".repeat(500));
    let joining = Join { client_id: umlauts.as_str().into(), ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(joining));
    let member = world.joined(request).member;
    assert_eq!(member.as_str().len(), 255 + 37);
}

/// A storm of nameless clients is bounded, and over when the names expire.
#[test]
fn a_storm_of_nameless_clients_is_bounded() {
    let mut world = World::new();
    let nameless = Join { needs_member_id: true, ..joining(&nobody(), None) };
    let mut refused_count = 0;
    for _ in 0..limits::PENDING_MEMBERS_MAX + 10 {
        let request = world.ask(Ask::Join(nameless.clone()));
        match world.join_refused(request).error {
            GroupError::MemberIdRequired => {}
            GroupError::CoordinatorNotAvailable => refused_count += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(refused_count, 10);
    world.pass(seconds(10));
    assert_eq!(world.state(), None);
    assert_eq!(world.coordinator.next_deadline(), Some(world.now.instant + seconds(590)));
}

/// What members say is bounded for a group as a whole, and what they gave up counts no more.
#[test]
fn metadata_of_a_group_is_bounded() {
    let mut world = World::with(Settings { group_metadata_bytes_max: 100, ..settings() });
    let says = |member: &MemberId, bytes: usize| {
        let protocols = protocols(&[("range", &long(bytes))]);
        Ask::Join(Join { protocols, ..joining(member, None) })
    };
    let request = world.ask(says(&nobody(), 101));
    assert_eq!(world.join_refused(request).error, GroupError::GroupMaxSizeReached);
    let request = world.ask(says(&nobody(), 60));
    let member = world.joined(request).member;
    let request = world.ask(says(&nobody(), 50));
    assert_eq!(world.join_refused(request).error, GroupError::GroupMaxSizeReached);
    let request = world.ask(says(&member, 100));
    world.joined(request);
    let request = world.ask(says(&member, 10));
    world.joined(request);
    let request = world.ask(says(&nobody(), 90));
    assert!(world.waits(request));
}

/// A list of protocols has its limit; one that is offered twice counts once.
#[test]
fn protocols_are_counted_and_doubles_dropped() {
    let mut world = World::new();
    let names: Vec<_> = (0..=limits::PROTOCOLS_MAX).map(|number| number.to_string()).collect();
    let offered: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    let join = Join { protocols: protocols(&offered), ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(join));
    assert_eq!(world.join_refused(request).error, GroupError::InvalidRequest);

    let doubled = [("range", "1"), ("range", "2"), ("sticky", "3")];
    let join = Join { protocols: protocols(&doubled), ..joining(&nobody(), None) };
    let request = world.ask(Ask::Join(join));
    assert_eq!(world.joined(request).members[0].metadata, payload("1"));
}

/// Timeouts at their extremes neither overflow nor hang.
#[test]
fn timeouts_at_their_extremes_do_no_harm() {
    let mut world = World::with(Settings {
        session_timeout_min: seconds(0),
        session_timeout_max: std::time::Duration::MAX,
        ..settings()
    });
    for (session_timeout_ms, rebalance_timeout_ms) in
        [(0, 0), (i32::MAX, i32::MAX), (0, i32::MIN), (i32::MAX, -1)]
    {
        let extreme =
            Join { session_timeout_ms, rebalance_timeout_ms, ..joining(&nobody(), Some("i")) };
        world.ask(Ask::Join(extreme));
        world.pass(seconds(1));
    }
    let late = Commit { retention_ms: i64::MAX, ..committing(&nobody(), Generation::NONE, "t", 1) };
    let request = world.ask_of("late", Ask::Commit(late));
    assert_eq!(world.committed(request), Ok(()));
}

/// A log that says nonsense about members makes a group that heals, and no panic.
#[test]
fn a_group_record_that_lies_is_lived_with() {
    // Version 3, twice the member "m" with instance "i", a leader "x" that is none of them, no
    // protocol, a negative generation.
    let mut value =
        b"\x00\x03\x00\x00\x80\0\0\0\xff\xff\x00\x01x\0\0\0\0\0\0\0\0\0\0\0\x02".to_vec();
    let member =
        b"\x00\x01m\x00\x01i\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x27\x10\0\0\0\0\0\0\0\0";
    value.extend(member);
    value.extend(member);
    let mut world = World::new();
    let mut replay = Replay::new(settings(), Random::new(1));
    replay.record(b"\x00\x02\x00\x06orders", Some(&value)).expect("it can be read");
    world.coordinator = replay.finish(world.now);
    let described = world.coordinator.describe(&GroupId::from(GROUP)).expect("it is there");
    assert_eq!((described.state, described.members.len()), (GroupState::Stable, 1));
    let request = world.ask(join(&nobody(), Some("i")));
    let error = world.join_refused(request).error;
    assert_eq!(error, GroupError::InconsistentGroupProtocol);
    world.pass(seconds(11));
    assert_eq!(world.state(), Some(GroupState::Empty));
    world.stable(2);
}

/// Records that cannot be read change nothing, and tombstones of what is not there neither.
#[test]
fn records_that_cannot_be_read_change_nothing() {
    let now = World::new().now;
    let mut replay = Replay::new(settings(), Random::new(1));
    assert!(replay.record(b"", None).is_err());
    assert!(replay.record(b"\x00\x02\x00\x01g", Some(b"\x00\x09")).is_err());
    assert_eq!(replay.record(b"\x00\x02\x00\x01g", None), Ok(()));
    assert_eq!(replay.record(b"\x00\x01\x00\x01g\x00\x01t\0\0\0\0", None), Ok(()));
    assert_eq!(replay.record(b"\x00\x07whatever", Some(b"")), Ok(()));
    let coordinator = replay.finish(now);
    assert_eq!(coordinator.list(&ListFilter::default()).count(), 0);
}
