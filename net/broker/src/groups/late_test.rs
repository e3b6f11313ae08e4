//! `offsets.commit.timeout.ms`, on a disk that is slower.

use crate::fuzzing::{ask, node_options};
use crate::node::Single;
use millstream_base::ShardId;
use millstream_io::Io;
use millstream_io::sim::{World, WorldOptions};
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::message::k09_offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use millstream_wire::message::k19_create_topics::CreatableTopic;
use millstream_wire::{
    CreateTopicsRequest, ErrorCode, FindCoordinatorRequest, OffsetCommitRequest,
    OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, decode_response,
};
use std::net::SocketAddr;
use std::time::Duration;

const TIMEOUT_MS: u64 = 1000;
/// What one operation of the disk takes.
const DISK: Duration = Duration::from_secs(3);

/// Who commits hears after the limit that it is not known yet; once it is stable it holds.
#[test]
fn a_late_commit_is_refused_in_time_and_holds() {
    let options = WorldOptions {
        buffers_bytes_max: 512 << 20,
        disk_latency_min: DISK,
        disk_latency_max: DISK,
        ..WorldOptions::default()
    };
    let mut world = World::new(1, options);
    let node = world.node("broker");
    let talk = world.start(node, ShardId::new(0), talk);
    world.run(&talk).expect("the talk comes to an end");
}

async fn talk(io: Io) {
    let settings =
        [("offsets.commit.timeout.ms", TIMEOUT_MS), ("connections.max.idle.ms", 600_000)];
    let node = Single::start(io.clone(), node_options(&settings)).await.expect("an empty disk");
    let address = node.address();
    prepare(&io, address).await;

    let begin = io.now();
    assert_eq!(commit(&io, address).await, ErrorCode::COORDINATOR_NOT_AVAILABLE);
    let limit = Duration::from_millis(TIMEOUT_MS);
    let waited = io.now() - begin;
    assert!(waited >= limit && waited < DISK, "{waited:?}");
    assert_eq!(committed(&io, address).await, -1, "not before it is stable");

    let mut waits = 0;
    while committed(&io, address).await == -1 {
        io.sleep(DISK).await;
        waits += 1;
        assert!(waits < 100, "the record reaches the disk");
    }
    assert_eq!(committed(&io, address).await, 42);
    node.stop().await.expect("ends well");
}

/// One topic, and the topic of groups.
async fn prepare(io: &Io, address: SocketAddr) {
    let topic = CreatableTopic {
        name: "t",
        num_partitions: 1,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let create = CreateTopicsRequest {
        topics: vec![topic],
        timeout_ms: 600_000,
        ..CreateTopicsRequest::default()
    };
    ask(io, address, &create, 7).await;
    let find =
        FindCoordinatorRequest { coordinator_keys: vec!["g"], ..FindCoordinatorRequest::default() };
    ask(io, address, &find, 6).await;
}

async fn commit(io: &Io, address: SocketAddr) -> ErrorCode {
    let partition = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: 42,
        ..OffsetCommitRequestPartition::default()
    };
    let topic = OffsetCommitRequestTopic {
        name: "t",
        partitions: vec![partition],
        ..OffsetCommitRequestTopic::default()
    };
    let commit = OffsetCommitRequest {
        group_id: "g",
        topics: vec![topic],
        ..OffsetCommitRequest::default()
    };
    let answer = ask(io, address, &commit, 9).await;
    let (_, response): (_, OffsetCommitResponse<'_>) = decode_response(&answer, 9).expect("sound");
    response.topics[0].partitions[0].error_code
}

async fn committed(io: &Io, address: SocketAddr) -> i64 {
    let topic = OffsetFetchRequestTopics {
        name: "t",
        partition_indexes: vec![0],
        ..OffsetFetchRequestTopics::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: "g",
        topics: Some(vec![topic]),
        ..OffsetFetchRequestGroup::default()
    };
    let fetch = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    let answer = ask(io, address, &fetch, 9).await;
    let (_, response): (_, OffsetFetchResponse<'_>) = decode_response(&answer, 9).expect("sound");
    response.groups[0].topics[0].partitions[0].committed_offset
}
