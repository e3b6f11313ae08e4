//! Groups as operators see and delete them.

use crate::harness::{Broker, Client};
use crate::member::{Member, broker, commit, committed, fetch_offsets, find};
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k47_offset_delete::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use millstream_wire::{
    DeleteGroupsRequest, DescribeGroupsRequest, ErrorCode, ListGroupsRequest, MetadataRequest,
    OffsetDeleteRequest,
};

/// Groups of all shards are listed, in each version, and may be filtered.
#[test]
fn groups_of_all_shards_are_listed() {
    let (broker, _) = broker("admin-list", 2);
    let mut client = Client::of(&broker);
    let names = ["a", "b", "c", "d", "e", "f"];
    for group in names {
        commit(&mut client, group, "t", 1);
    }
    let mut member = Member::new(&broker, "g");
    member.join_alone();
    for version in 0..=5 {
        let listed = client.ask(&ListGroupsRequest::default(), version);
        let groups: Vec<_> = listed.groups.iter().map(|group| group.group_id).collect();
        assert_eq!(groups, ["a", "b", "c", "d", "e", "f", "g"], "version {version}");
        let last = &listed.groups[6];
        assert_eq!(last.protocol_type, "consumer");
        assert_eq!(last.group_state, if version >= 4 { "Stable" } else { "" });
        assert_eq!(last.group_type, if version >= 5 { "classic" } else { "" });
    }
    let filter = |states: &[&'static str], types: &[&'static str]| ListGroupsRequest {
        states_filter: states.to_vec(),
        types_filter: types.to_vec(),
    };
    assert_eq!(client.ask(&filter(&["stable"], &[]), 5).groups.len(), 1);
    assert_eq!(client.ask(&filter(&["Empty", "Stable"], &["Classic"]), 5).groups.len(), 7);
    assert_eq!(client.ask(&filter(&[], &["consumer"]), 5).groups.len(), 0);
}

#[test]
fn a_group_is_described_in_each_version() {
    let (broker, _) = broker("admin-describe", 2);
    let mut member = Member::with_instance(&broker, "g", "i-1");
    member.join_alone();
    let mut client = Client::of(&broker);
    for version in 0..=6 {
        let request = DescribeGroupsRequest {
            groups: vec!["g", "none"],
            include_authorized_operations: version >= 3,
        };
        let described = client.ask(&request, version);
        let [group, none] = &described.groups[..] else { panic!("two groups") };
        assert_eq!((group.error_code, group.group_state), (ErrorCode::NONE, "Stable"));
        assert_eq!((group.protocol_type, group.protocol_data), ("consumer", "range"));
        let operations = if version >= 3 { 0b1101_0100_1000 } else { i32::MIN };
        assert_eq!(group.authorized_operations, operations);
        let one = &group.members[0];
        assert_eq!((one.client_id, one.client_host), ("test", "/127.0.0.1"));
        assert_eq!(one.group_instance_id, (version >= 4).then_some("i-1"));
        assert_eq!((&*one.member_metadata, &*one.member_assignment), (&b"want"[..], &b"all"[..]));
        let is_told = version >= 6;
        let code = if is_told { ErrorCode::GROUP_ID_NOT_FOUND } else { ErrorCode::NONE };
        assert_eq!((none.error_code, none.group_state), (code, "Dead"));
        assert_eq!(none.error_message.is_some(), is_told);
    }
}

#[test]
fn a_group_without_members_is_deleted_for_good() {
    let (mut broker, _) = broker("admin-delete", 2);
    let mut client = Client::of(&broker);
    let mut member = Member::new(&broker, "busy");
    member.join_alone();
    for version in 0..=3 {
        commit(&mut client, "idle", "t", 9);
        let delete = DeleteGroupsRequest { groups_names: vec!["idle", "busy", "none"] };
        let deleted = client.ask(&delete, version);
        let results: Vec<_> =
            deleted.results.iter().map(|result| (result.group_id, result.error_code)).collect();
        let expected = [
            ("idle", ErrorCode::NONE),
            ("busy", ErrorCode::NON_EMPTY_GROUP),
            ("none", ErrorCode::GROUP_ID_NOT_FOUND),
        ];
        assert_eq!(results, expected, "version {version}");
        assert_eq!(committed(&mut client, "idle", "t").committed_offset, -1);
    }
    broker.restart();
    let mut client = Client::of(&broker);
    for group in ["idle", "busy"] {
        let mut error = || fetch_offsets(&mut client, group, "t").error_code;
        while error() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    }
    assert_eq!(committed(&mut client, "idle", "t").committed_offset, -1);
    let listed = client.ask(&ListGroupsRequest::default(), 5);
    let names: Vec<_> = listed.groups.iter().map(|group| group.group_id).collect();
    assert_eq!(names, ["busy"]);
}

#[test]
fn offsets_are_deleted_one_by_one() {
    let (broker, _) = broker("admin-offsets", 1);
    let mut client = Client::of(&broker);
    commit(&mut client, "g", "t", 9);
    let partition = |partition_index| OffsetDeleteRequestPartition { partition_index };
    let topic = |name, partitions| OffsetDeleteRequestTopic::<'static> { name, partitions };
    let request = OffsetDeleteRequest {
        group_id: "g",
        topics: vec![
            topic("nowhere", vec![partition(0)]),
            topic("t", vec![partition(9), partition(0), partition(1)]),
        ],
    };
    let response = client.ask(&request, 0);
    assert_eq!(response.error_code, ErrorCode::NONE);
    let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    let codes = response.topics.iter().flat_map(|topic| &topic.partitions);
    let codes: Vec<_> = codes.map(|partition| partition.error_code).collect();
    assert_eq!(codes, [unknown, unknown, ErrorCode::NONE, ErrorCode::NONE]);
    assert_eq!(committed(&mut client, "g", "t").committed_offset, -1);
    let request = OffsetDeleteRequest { group_id: "none", topics: Vec::new() };
    assert_eq!(client.ask(&request, 0).error_code, ErrorCode::GROUP_ID_NOT_FOUND);
}

/// The topic of groups is the broker's own: asked for by name, before any group was, it is made as
/// the broker makes it.
#[test]
fn the_topic_of_groups_is_made_alike_by_whoever_asks() {
    let broker = Broker::start_with("admin-topic", 2, &[("offsets.topic.num.partitions", "7")]);
    let mut client = Client::of(&broker);
    for _ in 0..2 {
        let topic = MetadataRequestTopic {
            name: Some("__consumer_offsets"),
            ..MetadataRequestTopic::default()
        };
        let request = MetadataRequest {
            topics: Some(vec![topic]),
            allow_auto_topic_creation: true,
            ..MetadataRequest::default()
        };
        let topics = client.ask(&request, 12).topics;
        assert_eq!((topics[0].is_internal, topics[0].partitions.len()), (true, 7));
        find(&mut client, "g");
    }
}
