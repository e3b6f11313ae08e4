//! What CreateTopics and Metadata tell beside the topics.

use crate::site::with_each_shard_count;
use millstream_base::Uuid;
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k19_create_topics::{CreatableTopic, CreatableTopicConfig};
use millstream_wire::message::k20_delete_topics::DeleteTopicState;
use millstream_wire::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    ErrorCode, MetadataRequest, MetadataResponse,
};

#[test]
fn a_new_topic_is_told_with_its_configurations() {
    with_each_shard_count("new-topic", |site| {
        let mut client = site.client();
        for version in 2..=7 {
            let name = format!("orders-{version}");
            let config = CreatableTopicConfig { name: "retention.ms", value: Some("1000") };
            let good = CreatableTopic {
                name: &name,
                num_partitions: 2,
                replication_factor: 1,
                configs: vec![config],
                ..CreatableTopic::default()
            };
            let bad = CreatableTopic { name: "not a name", ..good.clone() };
            for validate_only in [true, false] {
                let topics = vec![good.clone(), bad.clone()];
                let request = CreateTopicsRequest { topics, timeout_ms: 1000, validate_only };
                let answer = client.ask(version, &request);
                let response: CreateTopicsResponse<'_> = answer.read();
                let [made, refused] = &response.topics[..] else { panic!("{response:?}") };
                assert_eq!(made.error_code, ErrorCode::NONE, "version {version}");
                assert_eq!(refused.error_code, ErrorCode::INVALID_TOPIC_EXCEPTION);
                let configs = made.configs.as_deref().expect("a list");
                if version < 5 {
                    assert!(configs.is_empty());
                    continue;
                }
                assert_eq!((made.num_partitions, made.replication_factor), (2, 1));
                let set = configs.iter().find(|config| config.name == "retention.ms");
                let set = set.expect("is among them");
                assert_eq!((set.value, set.config_source), (Some("1000"), 1));
                assert!(configs.len() > 30 && !set.read_only && !set.is_sensitive);
                assert!(refused.configs.as_ref().is_none_or(Vec::is_empty));
            }
        }
    });
}

#[test]
fn operations_are_told_to_who_asks() {
    with_each_shard_count("operations", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let asked = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
        for version in 8..=13 {
            let has_cluster = version <= 10;
            for is_asked in [false, true] {
                let request = MetadataRequest {
                    topics: Some(vec![asked("orders"), asked("nobody")]),
                    allow_auto_topic_creation: false,
                    include_cluster_authorized_operations: is_asked && has_cluster,
                    include_topic_authorized_operations: is_asked,
                };
                let answer = client.ask(version, &request);
                let response: MetadataResponse<'_> = answer.read();
                // Read, write, create, delete, alter, describe, and configurations both ways.
                let topic = if is_asked { 0b1101_1111_1000 } else { i32::MIN };
                assert_eq!(response.topics[0].topic_authorized_operations, topic);
                assert_eq!(response.topics[1].topic_authorized_operations, topic);
                let cluster = if is_asked && has_cluster { 0b1_1111_1010_0000 } else { i32::MIN };
                assert_eq!(response.cluster_authorized_operations, cluster, "version {version}");
            }
        }
    });
}

/// An error repeats what it speaks of, and must still fit its answer.
#[test]
fn the_longest_names_and_values_are_answered() {
    with_each_shard_count("longest", |site| {
        let mut client = site.client();
        let long = "\u{20ac}".repeat(10_922);
        let config = |name, value| CreatableTopicConfig { name, value: Some(value) };
        let configs = [config("retention.ms", &long), config(&long, "1")];
        for version in 2..=7 {
            let topic = |name, configs| CreatableTopic {
                name,
                num_partitions: 1,
                replication_factor: 1,
                configs,
                ..CreatableTopic::default()
            };
            let topics = vec![
                topic(&long, Vec::new()),
                topic("a", vec![configs[0].clone()]),
                topic("b", vec![configs[1].clone()]),
            ];
            let request = CreateTopicsRequest { topics, ..CreateTopicsRequest::default() };
            let answer = client.ask(version, &request);
            let response: CreateTopicsResponse<'_> = answer.read();
            let codes: Vec<_> = response.topics.iter().map(|topic| topic.error_code).collect();
            let config = ErrorCode::INVALID_CONFIG;
            assert_eq!(codes, [ErrorCode::INVALID_TOPIC_EXCEPTION, config, config]);
        }
        let topic = DeleteTopicState { name: Some(&long), ..DeleteTopicState::default() };
        let topics = vec![topic];
        let answer = client.ask(6, &DeleteTopicsRequest { topics, ..Default::default() });
        let response: DeleteTopicsResponse<'_> = answer.read();
        assert_eq!(response.responses[0].name, Some(long.as_str()));
        assert_ne!(response.responses[0].error_code, ErrorCode::NONE);
    });
}

/// A name and an id in one entry might be of two topics.
#[test]
fn a_topic_is_deleted_by_its_name_or_by_its_id() {
    with_each_shard_count("name-or-id", |site| {
        let mut client = site.client();
        let id = client.create("orders", 1, &[]);
        let both = DeleteTopicState { name: Some("orders"), topic_id: id };
        let neither = DeleteTopicState { name: None, topic_id: Uuid::ZERO };
        let by_id = DeleteTopicState { name: None, topic_id: id };
        let mut codes = |topics| {
            let answer = client.ask(6, &DeleteTopicsRequest { topics, ..Default::default() });
            let response: DeleteTopicsResponse<'_> = answer.read();
            response.responses.iter().map(|topic| topic.error_code).collect::<Vec<_>>()
        };
        let refused = ErrorCode::INVALID_REQUEST;
        assert_eq!(codes(vec![both, neither]), [refused, refused]);
        assert_eq!(codes(vec![by_id]), [ErrorCode::NONE]);
    });
}
