//! ElectLeaders, versions 0 to 2: leaders on demand (KIP-183, KIP-460).
//!
//! - Each partition has one replica, which leads: ELECTION_NOT_NEEDED, whatever kind of election.
//! - Without a list all partitions are meant, and of them only those come for which there was
//!   something to do: none.

use crate::exchange::{Exchange, Outcome};
use millstream_base::PartitionIndex;
use millstream_controller::MetadataImage;
use millstream_wire::message::k43_elect_leaders::{
    PartitionResult, ReplicaElectionResult, TopicPartitions,
};
use millstream_wire::{ElectLeadersRequest, ElectLeadersResponse, ErrorCode};

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &ElectLeadersRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let is_known = matches!(request.election_type, PREFERRED | UNCLEAN);
    let topics = request.topic_partitions.iter().flatten();
    let results = topics.map(|topic| result(&image, topic, is_known)).collect();
    // Version 0, which has no place for it, has no type either.
    let error_code = if is_known { ErrorCode::NONE } else { ErrorCode::INVALID_REQUEST };
    exchange.answer(&ElectLeadersResponse {
        error_code,
        replica_election_results: results,
        ..ElectLeadersResponse::default()
    })
}

fn result<'a>(
    image: &MetadataImage,
    asked: &TopicPartitions<'a>,
    is_known: bool,
) -> ReplicaElectionResult<'a> {
    let topic = image.topic(asked.topic);
    let partition = |index: &i32| {
        let found = topic.and_then(|topic| topic.partition(PartitionIndex::new(*index)));
        let (error_code, message) = match found {
            _ if !is_known => (ErrorCode::INVALID_REQUEST, "there is no such kind of election"),
            Some(_) => (ErrorCode::ELECTION_NOT_NEEDED, "its only replica leads it"),
            None => (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition"),
        };
        PartitionResult { partition_id: *index, error_code, error_message: Some(message) }
    };
    ReplicaElectionResult {
        topic: asked.topic,
        partition_result: asked.partitions.iter().map(partition).collect(),
    }
}
