//! OffsetCommit, versions 2 to 10: how far a group has come, on stable media before the answer.
//!
//! - Each partition has an error of its own; one that does not exist never fails the others.
//! - One that is not stable within `offsets.commit.timeout.ms` is COORDINATOR_NOT_AVAILABLE, as
//!   Kafka has it.
//! - Versions 2 to 4 may say how long to keep the offsets.
//! - From version 9 a group that is not there is GROUP_ID_NOT_FOUND, before that
//!   ILLEGAL_GENERATION (KIP-848).
//! - From version 10 topics come by id.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::topics;
use millstream_base::{LeaderEpoch, Offset};
use millstream_controller::image::Topic;
use millstream_coordinator::{
    Answer, Ask, Commit, CommitPartition, CommitTopic, Generation, GroupError, GroupId, InstanceId,
    MemberId, Note, PartitionIndex, TopicName,
};
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use millstream_wire::{ErrorCode, OffsetCommitRequest, OffsetCommitResponse};
use std::sync::Arc;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &OffsetCommitRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let mut responses: Vec<_> = request.topics.iter().map(blank).collect();
    let mut accepted = Vec::new();
    let mut places = Vec::new();
    for (at, topic) in request.topics.iter().enumerate() {
        let id = (exchange.version() >= 10).then_some(topic.topic_id);
        let found = topics::find(&image, id, topic.name);
        let mut partitions = Vec::new();
        for (within, partition) in topic.partitions.iter().enumerate() {
            match check(found, partition) {
                Ok(partition) => {
                    partitions.push(partition);
                    places.push((at, within));
                }
                Err(error) => responses[at].partitions[within].error_code = error,
            }
        }
        if let Some(found) = found.ok().filter(|_| !partitions.is_empty()) {
            accepted.push(CommitTopic { topic: TopicName::from(&**found.name()), partitions });
        }
    }
    let codes = commit(exchange, request, accepted).await;
    for (index, (at, within)) in places.into_iter().enumerate() {
        let code = match &codes {
            Ok(codes) => *codes.get(index).expect("each partition is answered"),
            Err(all) => *all,
        };
        responses[at].partitions[within].error_code = code;
    }
    exchange.answer(&OffsetCommitResponse { topics: responses, ..OffsetCommitResponse::default() })
}

fn blank<'a>(topic: &OffsetCommitRequestTopic<'a>) -> OffsetCommitResponseTopic<'a> {
    let partition = |partition: &OffsetCommitRequestPartition<'_>| OffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code: ErrorCode::NONE,
    };
    OffsetCommitResponseTopic {
        name: topic.name,
        topic_id: topic.topic_id,
        partitions: topic.partitions.iter().map(partition).collect(),
    }
}

fn check(
    topic: Result<&Arc<Topic>, ErrorCode>,
    asked: &OffsetCommitRequestPartition<'_>,
) -> Result<CommitPartition, ErrorCode> {
    let index = millstream_base::PartitionIndex::new(asked.partition_index);
    topic?.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    Ok(CommitPartition {
        partition: PartitionIndex::new(asked.partition_index),
        offset: Offset::new(asked.committed_offset),
        leader_epoch: LeaderEpoch::new(asked.committed_leader_epoch),
        note: Note::new(asked.committed_metadata.unwrap_or_default()),
    })
}

/// A code for each partition, in the order of the request, or one for all.
async fn commit(
    exchange: &Exchange<'_>,
    request: &OffsetCommitRequest<'_>,
    topics: Vec<CommitTopic>,
) -> Result<Vec<ErrorCode>, ErrorCode> {
    if topics.is_empty() {
        return Ok(Vec::new());
    }
    let is_told = exchange.version() >= 9;
    let commit = Ask::Commit(Commit {
        member: MemberId::from(request.member_id),
        instance: request.group_instance_id.map(InstanceId::from),
        generation: Generation::new(request.generation_id_or_member_epoch),
        retention_ms: request.retention_time_ms,
        unknown_group: if is_told {
            GroupError::GroupIdNotFound
        } else {
            GroupError::IllegalGeneration
        },
        topics,
    });
    match exchange.shard.ask_group(GroupId::from(request.group_id), commit).await {
        Ok(Answer::Commit(outcomes)) => {
            let all = outcomes.iter().flat_map(|topic| &topic.partitions);
            Ok(all.map(|(_, result)| error_map::of_group_result(result)).collect())
        }
        Ok(_) => unreachable!("an answer is of its question's kind"),
        Err(absent) => Err(error_map::of_absent(absent)),
    }
}
