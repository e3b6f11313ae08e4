//! CreateTopics, versions 2 to 7: new topics, each made or refused on its own.
//!
//! - -1 partitions or replicas are the broker's default (KIP-464).
//! - From version 5 the answer tells what the topic came to: counts, and all configurations
//!   (KIP-525); from version 7 its id.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_base::{NodeId, PartitionIndex, Uuid};
use millstream_controller::config::{ConfigEntry, Describe, Layers, describe_topic};
use millstream_controller::{CreateTopics, CreatedTopic, NewTopic, Refusal};
use millstream_wire::message::k19_create_topics::{
    CreatableTopic, CreatableTopicConfigs, CreatableTopicResult,
};
use millstream_wire::{CreateTopicsRequest, CreateTopicsResponse, ErrorCode};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &CreateTopicsRequest<'_>) -> Outcome {
    let topics = request.topics.iter().map(new_topic).collect();
    let create = CreateTopics { topics, validate_only: request.validate_only };
    let created = exchange.shard.command(move |controller| controller.create_topics(&create)).await;
    match created {
        Ok(results) => {
            let configs: Vec<_> = results
                .iter()
                .map(|(_, result)| {
                    result
                        .as_ref()
                        .map_or_else(|_| Vec::new(), |created| configs(exchange, created))
                })
                .collect();
            let topics = results.iter().zip(&configs);
            let topics =
                topics.map(|((name, result), configs)| one(name, result.as_ref(), configs));
            exchange.answer(&CreateTopicsResponse {
                topics: topics.collect(),
                ..CreateTopicsResponse::default()
            })
        }
        Err(error) => {
            let error_code = error_map::of_log(&error);
            let failed = |topic: &CreatableTopic<'_>| (topic.name.to_owned(), error_code);
            let names: Vec<_> = request.topics.iter().map(failed).collect();
            let topics = names.iter().map(|(name, error_code)| CreatableTopicResult {
                name,
                error_code: *error_code,
                error_message: None,
                ..CreatableTopicResult::default()
            });
            exchange.answer(&CreateTopicsResponse {
                topics: topics.collect(),
                ..CreateTopicsResponse::default()
            })
        }
    }
}

fn new_topic(topic: &CreatableTopic<'_>) -> NewTopic {
    let assignment =
        |assigned: &millstream_wire::message::k19_create_topics::CreatableReplicaAssignment| {
            let nodes = assigned.broker_ids.iter().map(|node| NodeId::new(*node)).collect();
            (PartitionIndex::new(assigned.partition_index), nodes)
        };
    NewTopic {
        name: topic.name.to_owned(),
        partition_count: topic.num_partitions,
        replica_count: topic.replication_factor,
        assignments: topic.assignments.iter().map(assignment).collect(),
        configs: topic
            .configs
            .iter()
            .map(|config| (config.name.to_owned(), config.value.map(str::to_owned)))
            .collect(),
    }
}

/// All configurations of a topic that was made, or would be.
fn configs(exchange: &Exchange<'_>, created: &CreatedTopic) -> Vec<ConfigEntry> {
    if exchange.version() < 5 {
        return Vec::new();
    }
    let facts = &exchange.shard.facts;
    let image = exchange.shard.image();
    let layers = image.layers(None, facts.node, &facts.config);
    let layers = Layers { topic: Some(&created.overrides), ..layers };
    describe_topic(layers, Describe::default())
}

fn config(entry: &ConfigEntry) -> CreatableTopicConfigs<'_> {
    CreatableTopicConfigs {
        name: entry.name,
        value: entry.value.as_deref(),
        read_only: entry.read_only,
        config_source: entry.source as i8,
        is_sensitive: entry.sensitive,
    }
}

fn one<'a>(
    name: &'a str,
    result: Result<&'a CreatedTopic, &'a Refusal>,
    configs: &'a [ConfigEntry],
) -> CreatableTopicResult<'a> {
    match result {
        Ok(created) => CreatableTopicResult {
            name,
            topic_id: created.id.uuid(),
            error_message: None,
            num_partitions: created.partition_count,
            replication_factor: created.replica_count,
            configs: Some(configs.iter().map(config).collect()),
            ..CreatableTopicResult::default()
        },
        Err(refusal) => CreatableTopicResult {
            name,
            topic_id: Uuid::ZERO,
            error_code: error_map::of_refusal(refusal),
            error_message: Some(error_map::short(&refusal.message)),
            topic_config_error_code: ErrorCode::NONE,
            ..CreatableTopicResult::default()
        },
    }
}
