//! What a group refuses.

use crate::harness::{Broker, Client};
use crate::member::{AT_ONCE, Member, broker, commit, commit_of};
use millstream_wire::{
    ErrorCode, JoinGroupRequest, JoinGroupResponse, OffsetCommitRequest, OffsetFetchRequest,
};

/// Whoever did not look for the coordinator, and so had no topic made, is sent to look for it.
#[test]
fn before_there_is_a_topic_for_groups_nobody_keeps_them() {
    let broker = Broker::start_with("errors-no-topic", 1, &[AT_ONCE]);
    let mut member = Member::new(&broker, "g");
    assert_eq!(member.heartbeat(), ErrorCode::NOT_COORDINATOR);
    let fetch = OffsetFetchRequest { group_id: "g", topics: None, ..Default::default() };
    assert_eq!(member.client.ask(&fetch, 7).error_code, ErrorCode::NOT_COORDINATOR);
    member.send_join();
    assert_eq!(member.receive_join().error_code, ErrorCode::NOT_COORDINATOR);
}

/// Who is not a member, or of another generation, is told so.
#[test]
fn strangers_and_latecomers_are_refused() {
    let (broker, _) = broker("errors-strangers", 2);
    let mut member = Member::new(&broker, "g");
    member.join_alone();
    let mut stranger = Member { id: "nobody", generation: 1, ..Member::new(&broker, "g") };
    assert_eq!(stranger.heartbeat(), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(stranger.commit(1), ErrorCode::UNKNOWN_MEMBER_ID);
    stranger.send_sync(&[]);
    assert_eq!(stranger.receive_sync(), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    member.generation += 1;
    assert_eq!(member.heartbeat(), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(member.commit(1), ErrorCode::ILLEGAL_GENERATION);
    let mut elsewhere = Member { id: "x", generation: 1, ..Member::new(&broker, "none") };
    assert_eq!(elsewhere.heartbeat(), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(elsewhere.commit(1), ErrorCode::GROUP_ID_NOT_FOUND);
}

#[test]
fn a_join_that_cannot_be_is_refused() {
    let (broker, _) = broker("errors-join", 1);
    let mut client = Client::of(&broker);
    let mut refused = |change: &dyn Fn(&mut JoinGroupRequest<'static>)| {
        let mut request = JoinGroupRequest {
            group_id: "g",
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 10_000,
            protocol_type: "consumer",
            ..JoinGroupRequest::default()
        };
        change(&mut request);
        client.send(&request, 3);
        client.receive::<JoinGroupResponse<'static>>(3).error_code
    };
    let short = refused(&|request| request.session_timeout_ms = 5_999);
    assert_eq!(short, ErrorCode::INVALID_SESSION_TIMEOUT);
    let negative = refused(&|request| request.session_timeout_ms = -1);
    assert_eq!(negative, ErrorCode::INVALID_SESSION_TIMEOUT);
    let nameless = refused(&|request| request.group_id = "");
    assert_eq!(nameless, ErrorCode::INVALID_GROUP_ID);
    let without_protocol = refused(&|_| {});
    assert_eq!(without_protocol, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
}

#[test]
fn a_commit_that_is_too_large_is_refused() {
    let (broker, _) = broker("errors-large", 1);
    let mut client = Client::of(&broker);
    let mut codes = |topics| {
        let request =
            OffsetCommitRequest { group_id: "g", topics, ..OffsetCommitRequest::default() };
        let response = client.ask(&request, 9);
        let codes = response.topics.iter().flat_map(|topic| &topic.partitions);
        codes.map(|partition| partition.error_code).collect::<Vec<_>>()
    };
    let long: &'static str = "x".repeat(4097).leak();
    let mut topic = commit_of("t", 0, 1);
    topic.partitions[0].committed_metadata = Some(long);
    assert_eq!(codes(vec![topic.clone()]), [ErrorCode::OFFSET_METADATA_TOO_LARGE]);
    // Each fits, all together fit no batch of the log.
    topic.partitions[0].committed_metadata = Some(&long[1..]);
    topic.partitions = vec![topic.partitions[0].clone(); 300];
    let all = codes(vec![topic]);
    assert_eq!(all, [ErrorCode::INVALID_COMMIT_OFFSET_SIZE; 300]);
    commit(&mut client, "g", "t", 1);
}

/// What fits the coordinator's limit fits the log's, to the last byte.
#[test]
fn the_largest_commit_that_is_taken_fits_the_log() {
    let (broker, _) = broker("errors-largest", 1);
    let mut client = Client::of(&broker);
    let note: &'static str = "x".repeat(1000).leak();
    let mut is_refused = false;
    for count in 900..1000 {
        let mut topic = commit_of("t", 0, 1);
        topic.partitions[0].committed_metadata = Some(note);
        topic.partitions = vec![topic.partitions[0].clone(); count];
        let request = OffsetCommitRequest {
            group_id: "g",
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let code = client.ask(&request, 9).topics[0].partitions[0].error_code;
        let expected =
            if is_refused { ErrorCode::INVALID_COMMIT_OFFSET_SIZE } else { ErrorCode::NONE };
        if code != expected {
            assert_eq!(code, ErrorCode::INVALID_COMMIT_OFFSET_SIZE, "{count}");
            is_refused = true;
        }
    }
    assert!(is_refused, "the limit lies within");
}
