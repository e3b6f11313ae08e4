//! Metadata, versions 0 to 13: which topics there are, and who leads them.
//!
//! - No list asks for all topics, an empty one for none; in version 0 an empty one for all.
//! - A name that is unknown is made if the client and the broker allow it; by id nothing is made.
//! - In versions 8 to 10 what the client may do with the cluster, from version 8 with topics
//!   (KIP-430), if it asks.
//! - A topic that is asked for twice is answered once, as Kafka does.
//! - The list of brokers holds each node that is named elsewhere in the answer.

use crate::authorized;
use crate::error_map;
use crate::exchange::{Exchange, Outcome, endpoint};
use crate::shard::Shard;
use millstream_base::{TopicId, Uuid};
use millstream_controller::command::consumer_offsets;
use millstream_controller::image::Topic;
use millstream_controller::topic_name::CONSUMER_OFFSETS;
use millstream_controller::{CreateTopics, MetadataImage, NewTopic};
use millstream_wire::message::k03_metadata::{
    MetadataRequestTopic, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use millstream_wire::{ErrorCode, MetadataRequest, MetadataResponse};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &MetadataRequest<'_>) -> Outcome {
    let refused = create_missing(exchange, request).await;
    let image = exchange.shard.image();
    let mut topics: Vec<_> = match &request.topics {
        Some(asked) if exchange.version() > 0 || !asked.is_empty() => {
            // Each once: names that are repeated would make a large answer of a small request.
            let mut seen = BTreeSet::new();
            let asked = asked.iter().filter(|asked| seen.insert((asked.topic_id, asked.name)));
            asked.map(|asked| one(&image, asked, &refused)).collect()
        }
        _ => image.topics().map(|topic| describe(topic)).collect(),
    };
    authorized::fill(&mut topics, request.include_topic_authorized_operations);
    let is_cluster_asked = request.include_cluster_authorized_operations;
    let cluster_id = image.cluster_id().to_string();
    let response = MetadataResponse {
        brokers: brokers(&image),
        cluster_id: Some(&cluster_id),
        controller_id: image.controller().get(),
        topics,
        cluster_authorized_operations: authorized::if_asked(is_cluster_asked, authorized::CLUSTER),
        ..MetadataResponse::default()
    };
    exchange.answer(&response)
}

fn brokers(image: &MetadataImage) -> Vec<MetadataResponseBroker<'_>> {
    let one = |broker| {
        let reached = endpoint(broker);
        MetadataResponseBroker {
            node_id: broker.node.get(),
            host: reached.host,
            port: reached.port,
            rack: broker.rack.as_deref(),
        }
    };
    image.brokers().map(one).collect()
}

/// Makes the topics that are asked for and unknown; gives those that could not be made.
async fn create_missing(
    exchange: &Exchange<'_>,
    request: &MetadataRequest<'_>,
) -> BTreeMap<String, ErrorCode> {
    let image = exchange.shard.image();
    let settings = &exchange.shard.facts.settings;
    if !settings.auto_create_topics || !request.allow_auto_topic_creation {
        return BTreeMap::new();
    }
    let asked = request.topics.iter().flatten().filter(|asked| asked.topic_id == Uuid::ZERO);
    let names = asked.filter_map(|asked| asked.name);
    let missing: BTreeSet<&str> = names.filter(|name| image.topic(name).is_none()).collect();
    let new = |name| new_topic(exchange.shard, image.brokers().len(), name);
    let topics: Vec<NewTopic> = missing.into_iter().map(new).collect();
    if topics.is_empty() {
        return BTreeMap::new();
    }
    let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    let create = CreateTopics { topics, validate_only: false };
    let created = exchange.shard.command(move |controller| controller.create_topics(&create)).await;
    let results = match created {
        Ok(results) => results,
        Err(error) => {
            let code = error_map::of_log(&error);
            return names.into_iter().map(|name| (name, code)).collect();
        }
    };
    let refused = results.into_iter().filter_map(|(name, result)| Some((name, result.err()?)));
    refused.map(|(name, refusal)| (name, error_map::of_refusal(&refusal))).collect()
}

/// A topic of the broker's own is made as the broker wants it, whoever asks first.
fn new_topic(shard: &Shard, broker_count: usize, name: &str) -> NewTopic {
    match name {
        CONSUMER_OFFSETS => consumer_offsets(&shard.facts.settings.offsets, broker_count),
        name => NewTopic::new(name),
    }
}

fn one<'a>(
    image: &'a MetadataImage,
    asked: &MetadataRequestTopic<'a>,
    refused: &BTreeMap<String, ErrorCode>,
) -> MetadataResponseTopic<'a> {
    if let Some(id) = TopicId::new(asked.topic_id) {
        let unknown = || MetadataResponseTopic {
            error_code: ErrorCode::UNKNOWN_TOPIC_ID,
            name: None,
            topic_id: asked.topic_id,
            ..MetadataResponseTopic::default()
        };
        return image.topic_by_id(id).map_or_else(unknown, |topic| describe(topic));
    }
    let name = asked.name.unwrap_or_default();
    if let Some(topic) = image.topic(name) {
        return describe(topic);
    }
    let is_valid = millstream_controller::topic_name::check(name).is_ok();
    let error_code = match refused.get(name) {
        // Somebody else has just made it.
        Some(code) if *code == ErrorCode::TOPIC_ALREADY_EXISTS => ErrorCode::LEADER_NOT_AVAILABLE,
        Some(code) => *code,
        None if is_valid => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        None => ErrorCode::INVALID_TOPIC_EXCEPTION,
    };
    MetadataResponseTopic { error_code, name: Some(name), ..MetadataResponseTopic::default() }
}

fn describe(topic: &Topic) -> MetadataResponseTopic<'_> {
    let partition = |(index, partition): (i32, &millstream_controller::image::Partition)| {
        MetadataResponsePartition {
            partition_index: index,
            leader_id: partition.leader.get(),
            leader_epoch: partition.leader_epoch.get(),
            replica_nodes: partition.replicas.iter().map(|node| node.get()).collect(),
            isr_nodes: partition.in_sync.iter().map(|node| node.get()).collect(),
            ..MetadataResponsePartition::default()
        }
    };
    MetadataResponseTopic {
        name: Some(topic.name()),
        topic_id: topic.id().uuid(),
        is_internal: topic.is_internal(),
        partitions: (0..).zip(topic.partitions()).map(partition).collect(),
        ..MetadataResponseTopic::default()
    }
}
