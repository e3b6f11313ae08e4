//! What groups commit and fetch.

use crate::harness::Client;
use crate::member::{broker, commit, commit_of, committed, create};
use millstream_base::Uuid;
use millstream_wire::message::k08_offset_commit::OffsetCommitRequestTopic;
use millstream_wire::message::k09_offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use millstream_wire::message::k20_delete_topics::DeleteTopicState;
use millstream_wire::{
    DeleteTopicsRequest, ErrorCode, OffsetCommitRequest, OffsetFetchRequest, OffsetFetchResponse,
};

/// A commit of each version is fetched in each version: the offset, the epoch where the version
/// has one, and the note.
#[test]
fn a_commit_is_fetched_in_each_version() {
    let (broker, id) = broker("offsets-versions", 2);
    let mut client = Client::of(&broker);
    for commit_version in 2..=10 {
        let offset = i64::from(commit_version) * 100;
        let mut topic = commit_of("t", 1, offset);
        topic.topic_id = id;
        let request = OffsetCommitRequest {
            group_id: "g",
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let response = client.ask(&request, commit_version);
        assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::NONE);
        let is_by_id = commit_version >= 10;
        let name = if is_by_id { ("", id) } else { ("t", Uuid::ZERO) };
        assert_eq!((response.topics[0].name, response.topics[0].topic_id), name);
        for version in 1..=10 {
            let fetched = fetch(&mut client, "g", Some(&[1, 3]), id, version);
            let has_epoch = version >= 5 && commit_version >= 6;
            let epoch = if has_epoch { 7 } else { -1 };
            let expected = vec![(1, offset, epoch, "note"), (3, -1, -1, "")];
            assert_eq!(fetched, expected, "{commit_version} {version}");
            if version >= 2 {
                let all = fetch(&mut client, "g", None, id, version);
                assert_eq!(all, [(1, offset, epoch, "note")], "{commit_version} {version}");
            }
        }
    }
}

/// Partitions of `t`, in one shape for all versions.
fn fetch(
    client: &mut Client,
    group_id: &'static str,
    partitions: Option<&[i32]>,
    topic_id: Uuid,
    version: i16,
) -> Vec<(i32, i64, i32, &'static str)> {
    let request = if version < 8 {
        let topic = |indexes: &[i32]| OffsetFetchRequestTopic {
            name: "t",
            partition_indexes: indexes.to_vec(),
        };
        let topics = partitions.map(|indexes| vec![topic(indexes)]);
        OffsetFetchRequest { group_id, topics, ..OffsetFetchRequest::default() }
    } else {
        let topic = |indexes: &[i32]| OffsetFetchRequestTopics {
            name: "t",
            topic_id,
            partition_indexes: indexes.to_vec(),
        };
        let topics = partitions.map(|indexes| vec![topic(indexes)]);
        let group = OffsetFetchRequestGroup { group_id, topics, ..Default::default() };
        OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() }
    };
    let response: OffsetFetchResponse<'static> = client.ask(&request, version);
    if version < 8 {
        assert_eq!(response.error_code, ErrorCode::NONE);
        let partitions = response.topics.iter().flat_map(|topic| &topic.partitions);
        let partitions = partitions.map(|partition| {
            let note = partition.metadata.expect("never null");
            let epoch = partition.committed_leader_epoch;
            (partition.partition_index, partition.committed_offset, epoch, note)
        });
        return partitions.collect();
    }
    assert_eq!(response.groups[0].error_code, ErrorCode::NONE);
    let expected_id = if version >= 10 { topic_id } else { Uuid::ZERO };
    assert!(response.groups[0].topics.iter().all(|topic| topic.topic_id == expected_id));
    let partitions = response.groups[0].topics.iter().flat_map(|topic| &topic.partitions);
    let partitions = partitions.map(|partition| {
        let note = partition.metadata.expect("never null");
        let epoch = partition.committed_leader_epoch;
        (partition.partition_index, partition.committed_offset, epoch, note)
    });
    partitions.collect()
}

/// One partition that does not exist fails alone.
#[test]
fn what_does_not_exist_fails_alone() {
    let (broker, id) = broker("offsets-unknown", 1);
    let mut client = Client::of(&broker);
    let topics = vec![
        commit_of("nowhere", 0, 1),
        commit_of("t", 0, 2),
        commit_of("t", 4, 3),
        commit_of("t", 3, 4),
    ];
    let request = OffsetCommitRequest { group_id: "g", topics, ..OffsetCommitRequest::default() };
    let response = client.ask(&request, 9);
    let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    let codes: Vec<_> =
        response.topics.iter().map(|topic| topic.partitions[0].error_code).collect();
    assert_eq!(codes, [unknown, ErrorCode::NONE, unknown, ErrorCode::NONE]);

    let stranger = Uuid::from_bytes([7; 16]);
    let by_id = |topic_id| OffsetCommitRequestTopic { topic_id, ..commit_of("", 0, 5) };
    let topics = vec![by_id(stranger), by_id(id)];
    let request = OffsetCommitRequest { group_id: "g", topics, ..OffsetCommitRequest::default() };
    let response = client.ask(&request, 10);
    assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_ID);
    assert_eq!(response.topics[1].partitions[0].error_code, ErrorCode::NONE);

    let topic = |topic_id| OffsetFetchRequestTopics {
        topic_id,
        partition_indexes: vec![0],
        ..OffsetFetchRequestTopics::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: "g",
        topics: Some(vec![topic(stranger), topic(id)]),
        ..OffsetFetchRequestGroup::default()
    };
    let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    let response = client.ask(&request, 10);
    let places = response.groups[0].topics.iter().map(|topic| &topic.partitions[0]);
    let places: Vec<_> = places.map(|place| (place.error_code, place.committed_offset)).collect();
    assert_eq!(places, [(ErrorCode::UNKNOWN_TOPIC_ID, -1), (ErrorCode::NONE, 5)]);
}

/// Groups of several partitions of `__consumer_offsets`, and one that is not there, in one request.
#[test]
fn many_groups_are_fetched_at_once() {
    let (broker, _) = broker("offsets-many", 2);
    let mut client = Client::of(&broker);
    let names: [&str; 5] = ["a", "b", "c", "d", "e"];
    for (offset, group) in (0..).zip(names) {
        commit(&mut client, group, "t", offset);
    }
    let group = |group_id| OffsetFetchRequestGroup { group_id, topics: None, ..Default::default() };
    let groups = names.into_iter().chain(["none"]).map(group).collect();
    let request = OffsetFetchRequest { groups, ..OffsetFetchRequest::default() };
    let response = client.ask(&request, 9);
    let found: Vec<_> = response
        .groups
        .iter()
        .map(|group| {
            let topic = group.topics.first();
            (group.group_id, topic.map(|topic| topic.partitions[0].committed_offset))
        })
        .collect();
    let expected: Vec<_> = names.into_iter().zip((0..).map(Some)).chain([("none", None)]).collect();
    assert_eq!(found, expected);
}

/// A topic of the same name is another topic: nothing is committed for it.
#[test]
fn a_topic_that_is_deleted_takes_its_offsets_along() {
    let (mut broker, _) = broker("offsets-deleted", 2);
    let mut client = Client::of(&broker);
    create(&mut client, "u");
    for topic in ["t", "u"] {
        commit(&mut client, "g", topic, 5);
    }
    let topic = DeleteTopicState { name: Some("t"), topic_id: Uuid::ZERO };
    let delete = DeleteTopicsRequest { topics: vec![topic], ..DeleteTopicsRequest::default() };
    assert_eq!(client.ask(&delete, 6).responses[0].error_code, ErrorCode::NONE);
    create(&mut client, "t");
    // Behind it in the same partition: when this is stable, so are the tombstones.
    commit(&mut client, "g", "u", 6);
    assert_eq!(committed(&mut client, "g", "t").committed_offset, -1);
    assert_eq!(committed(&mut client, "g", "u").committed_offset, 6);
    broker.restart();
    let mut client = Client::of(&broker);
    assert_eq!(committed(&mut client, "g", "t").committed_offset, -1);
    assert_eq!(committed(&mut client, "g", "u").committed_offset, 6);
}
