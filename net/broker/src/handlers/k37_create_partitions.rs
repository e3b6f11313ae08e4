//! CreatePartitions, versions 0 to 3: more partitions for topics that are there (KIP-195).
//!
//! - Each topic is answered on its own, whatever becomes of the others; a count that is not above
//!   the present one is INVALID_PARTITIONS.
//! - Replicas are chosen where the client does not assign them.
//! - Only to be validated (from version 1): decided and answered, but nothing changes.

use crate::error_map::{Fault, told};
use crate::exchange::{Exchange, Outcome};
use millstream_base::NodeId;
use millstream_controller::{CreatePartitions, MorePartitions};
use millstream_wire::message::k37_create_partitions::{
    CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use millstream_wire::{CreatePartitionsRequest, CreatePartitionsResponse};

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &CreatePartitionsRequest<'_>,
) -> Outcome {
    let topics = request.topics.iter().map(more).collect();
    let create = CreatePartitions { topics, validate_only: request.validate_only };
    let creating = exchange.shard.command(move |controller| controller.create_partitions(&create));
    let results: Vec<(&str, Result<(), Fault>)> = match creating.await {
        Ok(results) => {
            assert_eq!(results.len(), request.topics.len(), "each topic is answered");
            let results = request.topics.iter().zip(results);
            results.map(|(topic, (_, result))| (topic.name, result.map_err(Fault::from))).collect()
        }
        Err(error) => {
            let topics = request.topics.iter();
            topics.map(|topic| (topic.name, Err(Fault::from(&error)))).collect()
        }
    };
    let results = results.iter().map(|(name, result)| {
        let (error_code, error_message) = told(result);
        CreatePartitionsTopicResult { name, error_code, error_message }
    });
    let results = results.collect();
    exchange.answer(&CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() })
}

fn more(topic: &CreatePartitionsTopic<'_>) -> MorePartitions {
    let nodes = |nodes: &Vec<i32>| nodes.iter().map(|node| NodeId::new(*node)).collect();
    let assignments = topic.assignments.as_ref();
    MorePartitions {
        name: topic.name.to_owned(),
        partition_count: topic.count,
        assignments: assignments
            .map(|all| all.iter().map(|assigned| nodes(&assigned.broker_ids)).collect()),
    }
}
