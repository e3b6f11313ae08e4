//! Numbers and names at their extremes: refused or taken, and the node lives on, also over a
//! restart.

use crate::harness::Client;
use crate::member::{Member, broker, commit_of, committed};
use millstream_wire::message::k11_join_group::JoinGroupRequestProtocol;
use millstream_wire::{
    Blob, ErrorCode, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest, OffsetCommitRequest,
    OffsetDeleteRequest, SyncGroupRequest,
};

const NUMBERS: [i32; 6] = [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX];

#[test]
fn extremes_of_every_number_do_no_harm() {
    let (mut broker, _) = broker("extremes-numbers", 2);
    let mut client = Client::of(&broker);
    for number in NUMBERS {
        join(&mut client, number);
        of_a_generation(&mut client, number);
        commit(&mut client, number);
    }
    let mut member = Member::new(&broker, "g");
    member.join_alone();
    broker.restart();
    member.client = Client::of(&broker);
    while member.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    assert_eq!(member.heartbeat(), ErrorCode::NONE);
    let last = committed(&mut member.client, "numbers", "t");
    assert_eq!(last.committed_offset, i64::MAX);
}

/// Joins a group of its own with timeouts of this length; nobody stays longer than the answer.
fn join(client: &mut Client, number: i32) {
    for (session_timeout_ms, rebalance_timeout_ms) in [(number, 1), (10_000, number)] {
        let request = JoinGroupRequest {
            group_id: format!("join{number}{session_timeout_ms}").leak(),
            session_timeout_ms,
            rebalance_timeout_ms,
            protocol_type: "any",
            protocols: vec![JoinGroupRequestProtocol { name: "", metadata: Blob(b"") }],
            ..JoinGroupRequest::default()
        };
        let joined = client.ask(&request, 3);
        let refused = [ErrorCode::INVALID_SESSION_TIMEOUT, ErrorCode::NONE];
        assert!(refused.contains(&joined.error_code), "{number}: {:?}", joined.error_code);
    }
}

fn of_a_generation(client: &mut Client, generation_id: i32) {
    let member_id = "nobody";
    let request =
        HeartbeatRequest { group_id: "g", generation_id, member_id, ..Default::default() };
    assert_eq!(client.ask(&request, 2).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    let request =
        SyncGroupRequest { group_id: "g", generation_id, member_id, ..Default::default() };
    assert_eq!(client.ask(&request, 2).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Commits with this number wherever one goes.
fn commit(client: &mut Client, number: i32) {
    let offset = match number {
        i32::MAX => i64::MAX,
        i32::MIN => i64::MIN,
        number => i64::from(number),
    };
    let mut topic = commit_of("t", 0, offset);
    topic.partitions[0].committed_leader_epoch = number;
    let mut elsewhere = topic.partitions[0].clone();
    elsewhere.partition_index = if number == 0 { 4 } else { number.saturating_mul(5) };
    topic.partitions.push(elsewhere);
    let by_member = OffsetCommitRequest {
        group_id: "numbers",
        generation_id_or_member_epoch: number,
        member_id: "nobody",
        topics: vec![topic.clone()],
        ..OffsetCommitRequest::default()
    };
    // Without a generation, whoever it is: it may, while there are no members.
    let expected = if number < 0 { ErrorCode::NONE } else { ErrorCode::ILLEGAL_GENERATION };
    let is_there = client.ask(&by_member, 6).topics[0].partitions[0].error_code;
    assert!([expected, ErrorCode::UNKNOWN_MEMBER_ID].contains(&is_there), "{number}: {is_there:?}");
    let from_outside = OffsetCommitRequest {
        group_id: "numbers",
        retention_time_ms: if number == 1 { -1 } else { offset },
        topics: vec![topic.clone()],
        ..OffsetCommitRequest::default()
    };
    let codes = client.ask(&from_outside, 4).topics.remove(0).partitions;
    assert_eq!(codes[0].error_code, ErrorCode::NONE, "{number}");
    assert_eq!(codes[1].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "{number}");
}

#[test]
fn names_without_end_and_without_letters_do_no_harm() {
    let (broker, _) = broker("extremes-names", 1);
    let mut client = Client::of(&broker);
    let long: &'static str = "n".repeat(32_767).leak();
    for (group_id, expected) in
        [("", ErrorCode::INVALID_GROUP_ID), (long, ErrorCode::INVALID_GROUP_ID)]
    {
        let request = JoinGroupRequest {
            group_id,
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 10_000,
            protocol_type: "any",
            protocols: vec![JoinGroupRequestProtocol { name: "p", metadata: Blob(b"") }],
            ..JoinGroupRequest::default()
        };
        assert_eq!(client.ask(&request, 3).error_code, expected);
        let request = LeaveGroupRequest { group_id, member_id: long, members: Vec::new() };
        let left = client.ask(&request, 2).error_code;
        assert!([ErrorCode::INVALID_GROUP_ID, ErrorCode::UNKNOWN_MEMBER_ID].contains(&left));
        let request = OffsetDeleteRequest { group_id, topics: Vec::new() };
        let deleted = client.ask(&request, 0).error_code;
        assert!([ErrorCode::INVALID_GROUP_ID, ErrorCode::GROUP_ID_NOT_FOUND].contains(&deleted));
    }
    // The group without a name has offsets, since clients of old used it.
    let request = OffsetCommitRequest {
        group_id: "",
        topics: vec![commit_of("t", 0, 3)],
        ..OffsetCommitRequest::default()
    };
    let code = client.ask(&request, 9).topics[0].partitions[0].error_code;
    assert_eq!(code, ErrorCode::NONE);
    assert_eq!(committed(&mut client, "", "t").committed_offset, 3);
}
