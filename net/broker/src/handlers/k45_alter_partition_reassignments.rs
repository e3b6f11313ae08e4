//! AlterPartitionReassignments, versions 0 to 1: partitions move between brokers (KIP-455).
//!
//! - There is one broker, so a partition can only be told to lie where it lies, which succeeds and
//!   changes nothing; other replicas are INVALID_REPLICA_ASSIGNMENT.
//! - No move is ever under way: to stop one is NO_REASSIGNMENT_IN_PROGRESS.

use crate::error_map::{Fault, told};
use crate::exchange::{Exchange, Outcome};
use millstream_base::PartitionIndex;
use millstream_controller::MetadataImage;
use millstream_wire::message::k45_alter_partition_reassignments::{
    ReassignablePartition, ReassignablePartitionResponse, ReassignableTopicResponse,
};
use millstream_wire::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ErrorCode,
};

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &AlterPartitionReassignmentsRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let decided: Vec<Vec<_>> = request
        .topics
        .iter()
        .map(|topic| topic.partitions.iter().map(|asked| decide(&image, topic.name, asked)))
        .map(Iterator::collect)
        .collect();
    let responses = request.topics.iter().zip(&decided).map(|(topic, decided)| {
        let partitions = topic.partitions.iter().zip(decided);
        let partitions = partitions.map(|(asked, decided)| {
            let (error_code, error_message) = told(decided);
            let partition_index = asked.partition_index;
            ReassignablePartitionResponse { partition_index, error_code, error_message }
        });
        ReassignableTopicResponse { name: topic.name, partitions: partitions.collect() }
    });
    exchange.answer(&AlterPartitionReassignmentsResponse {
        allow_replication_factor_change: request.allow_replication_factor_change,
        error_message: None,
        responses: responses.collect(),
        ..AlterPartitionReassignmentsResponse::default()
    })
}

fn decide(image: &MetadataImage, name: &str, asked: &ReassignablePartition) -> Result<(), Fault> {
    let index = PartitionIndex::new(asked.partition_index);
    let found = image.topic(name).and_then(|topic| topic.partition(index));
    let Some(partition) = found else {
        let message = format!("there is no partition {index} of {name:?}");
        return Err(Fault::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message));
    };
    let Some(replicas) = &asked.replicas else {
        let message = "no move of this partition is under way";
        return Err(Fault::new(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, message));
    };
    let is_same = partition.replicas.iter().map(|node| node.get()).eq(replicas.iter().copied());
    if is_same {
        return Ok(());
    }
    let message = format!("partitions stay on their broker; {replicas:?} would be a move");
    Err(Fault::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message))
}
