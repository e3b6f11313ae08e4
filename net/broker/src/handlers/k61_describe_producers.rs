//! DescribeProducers, version 0: who writes to partitions (KIP-664).
//!
//! - What is known of producers is not told yet: the lists are empty.

use crate::exchange::{Exchange, Outcome};
use millstream_base::PartitionIndex;
use millstream_controller::{MetadataImage, topic_name};
use millstream_wire::message::k61_describe_producers::{
    PartitionResponse, TopicRequest, TopicResponse,
};
use millstream_wire::{DescribeProducersRequest, DescribeProducersResponse, ErrorCode};

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeProducersRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let topics = request
        .topics
        .iter()
        .map(|asked| TopicResponse { name: asked.name, partitions: partitions(&image, asked) });
    let topics = topics.collect();
    exchange.answer(&DescribeProducersResponse { topics, ..DescribeProducersResponse::default() })
}

fn partitions(image: &MetadataImage, asked: &TopicRequest<'_>) -> Vec<PartitionResponse<'static>> {
    let is_valid = topic_name::check(asked.name).is_ok();
    let topic = image.topic(asked.name);
    let one = |index: &i32| {
        let found = topic.and_then(|topic| topic.partition(PartitionIndex::new(*index)));
        let (error_code, error_message) = match found {
            Some(_) => (ErrorCode::NONE, None),
            None if is_valid => {
                (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some("there is no such partition"))
            }
            None => (ErrorCode::INVALID_TOPIC_EXCEPTION, Some("no topic has such a name")),
        };
        PartitionResponse {
            partition_index: *index,
            error_code,
            error_message,
            active_producers: Vec::new(),
        }
    };
    asked.partition_indexes.iter().map(one).collect()
}
