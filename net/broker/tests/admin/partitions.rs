//! CreatePartitions.

use crate::client::Client;
use crate::site::{batch, with_each_shard_count};
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k37_create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use millstream_wire::{
    CreatePartitionsRequest, CreatePartitionsResponse, ErrorCode, MetadataRequest, MetadataResponse,
};

fn more(name: &str, count: i32) -> CreatePartitionsTopic<'_> {
    CreatePartitionsTopic { name, count, assignments: None }
}

fn add(
    client: &mut Client,
    version: i16,
    topics: Vec<CreatePartitionsTopic<'_>>,
    validate_only: bool,
) -> Vec<(String, ErrorCode)> {
    let request = CreatePartitionsRequest { topics, timeout_ms: 1000, validate_only };
    let answer = client.ask(version, &request);
    let response: CreatePartitionsResponse<'_> = answer.read();
    for result in &response.results {
        assert_eq!(result.error_message.is_some(), result.error_code != ErrorCode::NONE);
    }
    response.results.iter().map(|result| (result.name.to_owned(), result.error_code)).collect()
}

pub(crate) fn count(client: &mut Client, name: &str) -> usize {
    let topic = MetadataRequestTopic { name: Some(name), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    let answer = client.ask(8, &request);
    let response: MetadataResponse<'_> = answer.read();
    response.topics[0].partitions.len()
}

#[test]
fn a_topic_gets_more_partitions_and_keeps_them() {
    with_each_shard_count("more", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        for version in 0..=3 {
            let wanted = i32::from(version) * 2 + 3;
            let added = add(&mut client, version, vec![more("orders", wanted)], false);
            assert_eq!(added, [("orders".to_owned(), ErrorCode::NONE)]);
            assert_eq!(count(&mut client, "orders"), usize::try_from(wanted).expect("some"));
            assert_eq!(client.produce("orders", wanted - 1, &batch(&[1, 2])), 0);
        }
        let mut client = site.restart();
        assert_eq!(count(&mut client, "orders"), 9);
        assert_eq!(client.produce("orders", 8, &batch(&[1])), 2);
    });
}

#[test]
fn each_topic_is_answered_on_its_own() {
    with_each_shard_count("more-each", |site| {
        let mut client = site.client();
        client.create("orders", 3, &[]);
        client.create("twice", 1, &[]);
        client.create("huge", 1, &[]);
        let assigned = |count, nodes: &[&[i32]]| {
            let assignment =
                |nodes: &&[i32]| CreatePartitionsAssignment { broker_ids: nodes.to_vec() };
            let assignments = Some(nodes.iter().map(assignment).collect());
            CreatePartitionsTopic { name: "orders", count, assignments }
        };
        let refused = [
            (more("orders", 3), ErrorCode::INVALID_PARTITIONS),
            (more("orders", 2), ErrorCode::INVALID_PARTITIONS),
            (more("orders", 0), ErrorCode::INVALID_PARTITIONS),
            (more("orders", i32::MIN), ErrorCode::INVALID_PARTITIONS),
            (more("orders", i32::MAX), ErrorCode::POLICY_VIOLATION),
            (more("nobody", 3), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            (more("", 3), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            (assigned(4, &[]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (assigned(4, &[&[2]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (assigned(4, &[&[]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (assigned(4, &[&[1, 1]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (assigned(4, &[&[1], &[1]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        ];
        for (topic, error) in refused {
            let name = topic.name.to_owned();
            let asked = format!("{topic:?}");
            assert_eq!(add(&mut client, 3, vec![topic], false), [(name, error)], "{asked}");
        }
        let mixed = vec![more("nobody", 2), more("twice", 2), more("orders", 4), more("twice", 3)];
        let got = add(&mut client, 2, mixed, false);
        let codes: Vec<_> = got.iter().map(|(_, code)| *code).collect();
        let twice = ErrorCode::INVALID_REQUEST;
        let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        assert_eq!(codes, [unknown, twice, ErrorCode::NONE, twice]);
        assert_eq!((count(&mut client, "orders"), count(&mut client, "twice")), (4, 1));
        let got = add(&mut client, 3, vec![assigned(5, &[&[1]])], false);
        assert_eq!(got[0].1, ErrorCode::NONE);
        assert_eq!(add(&mut client, 3, vec![more("orders", 9)], true)[0].1, ErrorCode::NONE);
        assert_eq!(count(&mut client, "orders"), 5, "only validated");
        assert!(add(&mut client, 0, Vec::new(), false).is_empty());
    });
}
