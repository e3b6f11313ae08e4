//! OffsetDelete, version 0: what a group has committed for some partitions goes (KIP-496).
//!
//! - A topic that a member of the group reads keeps its offsets: GROUP_SUBSCRIBED_TO_TOPIC.
//! - Each partition has an error of its own, beside that of the group.
//! - What is not gone from stable media within `offsets.commit.timeout.ms` is
//!   COORDINATOR_NOT_AVAILABLE, as Kafka has it.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_controller::MetadataImage;
use millstream_coordinator::{
    Answer, Ask, DeleteOffsets, GroupId, PartitionIndex, TopicName, TopicOutcome,
};
use millstream_wire::message::k47_offset_delete::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic, OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
};
use millstream_wire::{ErrorCode, OffsetDeleteRequest, OffsetDeleteResponse};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &OffsetDeleteRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let known = |topic: &OffsetDeleteRequestTopic<'_>| {
        let partitions =
            topic.partitions.iter().filter(|asked| is_known(&image, topic.name, asked));
        let partitions = partitions.map(|asked| PartitionIndex::new(asked.partition_index));
        (TopicName::from(topic.name), partitions.collect())
    };
    let topics = request.topics.iter().map(known).collect();
    let delete = Ask::DeleteOffsets(DeleteOffsets { topics });
    let refuse = |error_code| {
        exchange.answer(&OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() })
    };
    let outcomes = match exchange.shard.ask_group(GroupId::from(request.group_id), delete).await {
        Ok(Answer::DeleteOffsets(Ok(outcomes))) => outcomes,
        Ok(Answer::DeleteOffsets(Err(error))) => return refuse(error_map::of_group(error)),
        Ok(_) => unreachable!("an answer is of its question's kind"),
        Err(absent) => return refuse(error_map::of_absent(absent)),
    };
    let topics = request.topics.iter().zip(&outcomes);
    let topics = topics.map(|(topic, outcome)| answer(&image, topic, outcome)).collect();
    exchange.answer(&OffsetDeleteResponse { topics, ..OffsetDeleteResponse::default() })
}

fn is_known(image: &MetadataImage, topic: &str, asked: &OffsetDeleteRequestPartition) -> bool {
    let index = millstream_base::PartitionIndex::new(asked.partition_index);
    image.topic(topic).is_some_and(|topic| topic.partition(index).is_some())
}

fn answer<'a>(
    image: &MetadataImage,
    topic: &OffsetDeleteRequestTopic<'a>,
    outcome: &TopicOutcome,
) -> OffsetDeleteResponseTopic<'a> {
    let mut outcomes = outcome.partitions.iter();
    let partition = |asked: &OffsetDeleteRequestPartition| {
        let error_code = if is_known(image, topic.name, asked) {
            let (_, result) = outcomes.next().expect("each partition is answered");
            error_map::of_group_result(result)
        } else {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        };
        OffsetDeleteResponsePartition { partition_index: asked.partition_index, error_code }
    };
    let partitions = topic.partitions.iter().map(partition).collect();
    OffsetDeleteResponseTopic { name: topic.name, partitions }
}
