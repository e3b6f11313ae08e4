//! Members of a group: join, share out, heartbeat, commit, rebalance, leave.

use crate::harness::Client;
use crate::member::{Member, broker};
use millstream_wire::message::k11_join_group::JoinGroupRequestProtocol;
use millstream_wire::message::k13_leave_group::MemberIdentity;
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::{
    Blob, ErrorCode, FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest,
    SyncGroupRequest,
};

/// Two members, wherever their connections and their group live.
#[test]
fn two_members_share_a_topic_and_a_leaver_gives_his_part_back() {
    for shard_count in [1, 2] {
        let (broker, _) = broker("groups-two", shard_count);
        let (mut first, mut second) = (Member::new(&broker, "g"), Member::new(&broker, "g"));
        first.join_alone();
        assert_eq!((first.generation, first.heartbeat()), (1, ErrorCode::NONE));
        assert_eq!(first.commit(10), ErrorCode::NONE);

        second.take_name();
        second.send_join();
        while first.heartbeat() != ErrorCode::REBALANCE_IN_PROGRESS {}
        assert_eq!(first.commit(11), ErrorCode::NONE, "what is in hand may still be committed");
        first.send_join();
        let (led, followed) = (first.receive_join(), second.receive_join());
        assert_eq!((led.leader, led.members.len(), led.generation_id), (first.id, 2, 2));
        assert_eq!((followed.leader, followed.members.len()), (first.id, 0));
        assert!(led.members.iter().all(|member| member.metadata == Blob(b"want")));
        assert_eq!(first.commit(12), ErrorCode::REBALANCE_IN_PROGRESS, "the shares are not known");

        second.send_sync(&[]);
        first.send_sync(&[(second.id, b"half"), (first.id, b"")]);
        assert_eq!(first.receive_sync(), Ok(Vec::new()), "an empty share is 0 bytes");
        assert_eq!(second.receive_sync(), Ok(b"half".to_vec()));
        assert_eq!((first.heartbeat(), second.heartbeat()), (ErrorCode::NONE, ErrorCode::NONE));

        let leaver = MemberIdentity { member_id: second.id, ..MemberIdentity::default() };
        let leave = LeaveGroupRequest {
            group_id: "g",
            members: vec![leaver],
            ..LeaveGroupRequest::default()
        };
        let left = second.client.ask(&leave, 5);
        assert_eq!(
            (left.error_code, left.members[0].error_code),
            (ErrorCode::NONE, ErrorCode::NONE)
        );
        assert_eq!(first.heartbeat(), ErrorCode::REBALANCE_IN_PROGRESS);
        assert_eq!(second.heartbeat(), ErrorCode::UNKNOWN_MEMBER_ID);
        first.join_alone();
        assert_eq!(first.generation, 3);
    }
}

/// A member that says nothing more is out when its session ends, and not before the others may
/// go on without it.
#[test]
fn a_silent_member_is_out_when_its_session_ends() {
    let settings = [crate::member::AT_ONCE, ("group.min.session.timeout.ms", "1")];
    let broker = crate::harness::Broker::start_with("groups-silent", 2, &settings);
    let mut client = Client::of(&broker);
    crate::member::create(&mut client, "t");
    crate::member::find(&mut client, "g");
    let mut silent = Member { session_timeout_ms: 300, ..Member::new(&broker, "g") };
    silent.join_alone();
    let mut second = Member::new(&broker, "g");
    second.take_name();
    second.send_join();
    let joined = second.receive_join();
    assert_eq!((joined.leader, joined.generation_id), (second.id, 2));
    assert_eq!(silent.heartbeat(), ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Each version of each API of a member's life, with what it lacks left out.
#[test]
fn a_member_lives_in_each_version() {
    let (broker, _) = broker("groups-versions", 2);
    let mut client = Client::of(&broker);
    for version in 0..=9 {
        let group = format!("v{version}").leak();
        let (id, generation) = join_in(&mut client, group, version);
        let synced = sync_in(&mut client, (group, id, generation), version.min(5));
        assert_eq!(synced, b"share", "version {version}");
        let heartbeat = HeartbeatRequest {
            group_id: group,
            generation_id: generation,
            member_id: id,
            group_instance_id: None,
        };
        let beaten = client.ask(&heartbeat, version.min(4));
        assert_eq!(beaten.error_code, ErrorCode::NONE, "version {version}");
        let leave_version = version.min(5);
        let leaver = MemberIdentity { member_id: id, ..MemberIdentity::default() };
        let leave = LeaveGroupRequest {
            group_id: group,
            member_id: if leave_version < 3 { id } else { "" },
            members: if leave_version < 3 { Vec::new() } else { vec![leaver] },
        };
        let left = client.ask(&leave, leave_version);
        assert_eq!(left.error_code, ErrorCode::NONE, "version {version}");
        let again = client.ask(&leave, leave_version);
        let codes = again.members.iter().map(|member| member.error_code).chain([again.error_code]);
        assert!(codes.into_iter().any(|code| code == ErrorCode::UNKNOWN_MEMBER_ID));
    }
}

fn join_in(client: &mut Client, group: &'static str, version: i16) -> (&'static str, i32) {
    let mut request = JoinGroupRequest {
        group_id: group,
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "any",
        protocols: vec![JoinGroupRequestProtocol { name: "p", metadata: Blob(b"m") }],
        ..JoinGroupRequest::default()
    };
    let mut joined = client.ask(&request, version);
    if version >= 4 {
        assert_eq!(joined.error_code, ErrorCode::MEMBER_ID_REQUIRED);
        request.member_id = joined.member_id;
        joined = client.ask(&request, version);
    }
    assert_eq!((joined.error_code, joined.protocol_name), (ErrorCode::NONE, Some("p")));
    assert_eq!((joined.leader, joined.members.len()), (joined.member_id, 1));
    assert_eq!(joined.members[0].metadata, Blob(b"m"));
    assert_eq!(joined.protocol_type, (version >= 7).then_some("any"));
    (joined.member_id, joined.generation_id)
}

fn sync_in(
    client: &mut Client,
    (group_id, member_id, generation_id): (&'static str, &'static str, i32),
    version: i16,
) -> Vec<u8> {
    let share = SyncGroupRequestAssignment { member_id, assignment: Blob(b"share") };
    let mut request = SyncGroupRequest {
        group_id,
        generation_id,
        member_id,
        assignments: vec![share],
        ..SyncGroupRequest::default()
    };
    if version >= 5 {
        let nameless = client.ask(&request, version);
        assert_eq!(nameless.error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        (request.protocol_type, request.protocol_name) = (Some("any"), Some("p"));
    }
    let synced = client.ask(&request, version);
    assert_eq!(synced.error_code, ErrorCode::NONE);
    synced.assignment.to_vec()
}

/// The coordinator is the node itself; transactions and share groups have none.
#[test]
fn a_coordinator_is_found_in_each_version() {
    let (broker, _) = broker("groups-find", 1);
    let mut client = Client::of(&broker);
    let port = i32::from(broker.address().port());
    for version in 0..=6 {
        for key_type in 0..=3 {
            if version == 0 && key_type > 0 {
                continue;
            }
            let is_batched = version >= 4;
            let request = FindCoordinatorRequest {
                key: if is_batched { "" } else { "g" },
                key_type,
                coordinator_keys: if is_batched { vec!["g"] } else { Vec::new() },
            };
            let found = client.ask(&request, version);
            let (code, got) = match found.coordinators.first() {
                Some(one) => (one.error_code, (one.host, one.port)),
                None => (found.error_code, (found.host, found.port)),
            };
            let expected = match key_type {
                0 => ErrorCode::NONE,
                1 | 2 => ErrorCode::COORDINATOR_NOT_AVAILABLE,
                _ => ErrorCode::INVALID_REQUEST,
            };
            assert_eq!(code, expected, "version {version}, type {key_type}");
            let place = if key_type == 0 { ("127.0.0.1", port) } else { ("", -1) };
            assert_eq!(got, place, "version {version}, type {key_type}");
        }
    }
}
