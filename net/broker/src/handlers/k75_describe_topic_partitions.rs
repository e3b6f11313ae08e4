//! DescribeTopicPartitions, version 0: topics page by page (KIP-966).
//!
//! - Topics come by name, their partitions by number; no list asks for all topics.
//! - A page holds as many partitions as the client and the broker permit, and one at least; the
//!   cursor names the next one. Where the cursor's topic is gone, the next topic comes.
//! - A topic that is unknown comes with its error, and takes no room.

use crate::authorized;
use crate::exchange::{Exchange, Outcome};
use millstream_controller::image::{Partition, Topic};
use millstream_controller::topic_name;
use millstream_wire::message::k75_describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use millstream_wire::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, ErrorCode};
use std::collections::BTreeSet;
use std::sync::Arc;

//= KIP-966: `max.request.partition.size.limit`, the most that one page holds.
const PARTITIONS_MAX: usize = 2000;

/// A topic of the answer: one that is there, or a name that none has.
type Found<'a> = Result<&'a Arc<Topic>, &'a str>;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeTopicPartitionsRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let begin = match &request.cursor {
        None => ("", 0),
        Some(cursor) => match usize::try_from(cursor.partition_index) {
            Ok(index) => (cursor.topic_name, index),
            Err(_) => return refuse(exchange, request),
        },
    };
    let limit = usize::try_from(request.response_partition_limit).unwrap_or(0);
    let page = if request.topics.is_empty() {
        // The topics behind a name are all but that of the name itself.
        let first = image.topic(begin.0).into_iter();
        page(first.chain(image.topics_behind(begin.0)).map(Ok), begin, limit)
    } else {
        let names: BTreeSet<&str> = request.topics.iter().map(|topic| topic.name).collect();
        let names = names.range(begin.0..).copied();
        let found = names.map(|name| image.topic(name).ok_or(name));
        page(found, begin, limit)
    };
    exchange.answer(&page)
}

fn page<'a>(
    topics: impl Iterator<Item = Found<'a>>,
    begin: (&str, usize),
    limit: usize,
) -> DescribeTopicPartitionsResponse<'a> {
    let mut page = DescribeTopicPartitionsResponse::default();
    let mut left = limit.clamp(1, PARTITIONS_MAX);
    for found in topics {
        let topic = match found {
            Ok(topic) => topic,
            Err(name) => {
                page.topics.push(unknown(name));
                continue;
            }
        };
        let first = if topic.name().as_ref() == begin.0 { begin.1 } else { 0 };
        let end = topic.partitions().len().min(first.saturating_add(left));
        if left > 0 {
            page.topics.push(describe(topic, first, end));
            left -= end.saturating_sub(first);
        }
        if end < topic.partitions().len() {
            let partition_index = i32::try_from(end).expect("a topic has fewer partitions");
            page.next_cursor = Some(Cursor { topic_name: topic.name(), partition_index });
            break;
        }
    }
    page
}

fn describe(topic: &Topic, first: usize, end: usize) -> DescribeTopicPartitionsResponseTopic<'_> {
    let partitions = topic.partitions().get(first..end).unwrap_or_default();
    let indexes = i32::try_from(first).unwrap_or(i32::MAX)..;
    DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::NONE,
        name: Some(topic.name()),
        topic_id: topic.id().uuid(),
        is_internal: topic.is_internal(),
        partitions: indexes.zip(partitions).map(one).collect(),
        topic_authorized_operations: authorized::TOPIC,
    }
}

fn one((index, partition): (i32, &Partition)) -> DescribeTopicPartitionsResponsePartition {
    let numbers = |nodes: &[millstream_base::NodeId]| nodes.iter().map(|node| node.get()).collect();
    DescribeTopicPartitionsResponsePartition {
        error_code: ErrorCode::NONE,
        partition_index: index,
        leader_id: partition.leader.get(),
        leader_epoch: partition.leader_epoch.get(),
        replica_nodes: numbers(&partition.replicas),
        isr_nodes: numbers(&partition.in_sync),
        // All that were acknowledged are in sync.
        eligible_leader_replicas: Some(Vec::new()),
        last_known_elr: Some(Vec::new()),
        offline_replicas: Vec::new(),
    }
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic<'_> {
    let error_code = match topic_name::check(name) {
        Ok(()) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        Err(_) => ErrorCode::INVALID_TOPIC_EXCEPTION,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code,
        name: Some(name),
        topic_authorized_operations: authorized::TOPIC,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

/// The cursor is none: there is no place for that but at each topic.
fn refuse(exchange: &Exchange<'_>, request: &DescribeTopicPartitionsRequest<'_>) -> Outcome {
    let topics = request.topics.iter().map(|topic| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::INVALID_REQUEST,
        ..unknown(topic.name)
    });
    exchange.answer(&DescribeTopicPartitionsResponse {
        topics: topics.collect(),
        ..DescribeTopicPartitionsResponse::default()
    })
}
