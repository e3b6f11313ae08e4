//! OffsetForLeaderEpoch, versions 2 to 4: where leader epochs ended (KIP-101, KIP-320).
//!
//! - The largest epoch that is not later than the one asked for, and the offset behind its last
//!   record; both -1 where nothing is known of it.
//! - A client that takes another epoch for the present one is fenced, or ahead of us, and told so.

use crate::asking::ask_each;
use crate::exchange::{Exchange, Outcome};
use crate::shard::{Key, Shard};
use millstream_base::{LeaderEpoch, PartitionIndex};
use millstream_controller::MetadataImage;
use millstream_replica::EpochEnd;
use millstream_wire::message::k23_offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderPartition, OffsetForLeaderTopicResult,
};
use millstream_wire::{ErrorCode, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};
use std::rc::Rc;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &OffsetForLeaderEpochRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let asked = request.topics.iter().flat_map(|topic| {
        let image = &image;
        topic.partitions.iter().map(move |asked| question(image, topic.topic, asked))
    });
    let lost = || Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let find = async |shard: Rc<Shard>, key, epochs| find(&shard, key, epochs).await;
    let mut ends = ask_each(exchange.shard, asked.collect(), find, lost).await.into_iter();
    let topics = request.topics.iter().map(|topic| OffsetForLeaderTopicResult {
        topic: topic.topic,
        partitions: topic.partitions.iter().zip(ends.by_ref()).map(response).collect(),
    });
    exchange.answer(&OffsetForLeaderEpochResponse {
        topics: topics.collect(),
        ..OffsetForLeaderEpochResponse::default()
    })
}

/// What a client asks of a partition.
struct Epochs {
    /// The one that it takes for the present one.
    current: LeaderEpoch,
    asked: LeaderEpoch,
}

fn question(
    image: &MetadataImage,
    topic: &str,
    asked: &OffsetForLeaderPartition,
) -> Result<(Key, Epochs), Result<EpochEnd, ErrorCode>> {
    let index = PartitionIndex::new(asked.partition);
    let found = image.topic(topic).filter(|topic| topic.partition(index).is_some());
    let topic = found.ok_or(Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))?;
    let epochs = Epochs {
        current: LeaderEpoch::new(asked.current_leader_epoch),
        asked: LeaderEpoch::new(asked.leader_epoch),
    };
    Ok(((topic.id(), index), epochs))
}

fn response(
    (asked, end): (&OffsetForLeaderPartition, Result<EpochEnd, ErrorCode>),
) -> EpochEndOffset {
    let partition = asked.partition;
    match end {
        Ok(end) => EpochEndOffset {
            error_code: ErrorCode::NONE,
            partition,
            leader_epoch: end.epoch.get(),
            end_offset: end.end.get(),
        },
        Err(error_code) => EpochEndOffset { error_code, partition, ..EpochEndOffset::default() },
    }
}

/// Runs on the owner.
async fn find(shard: &Shard, key: Key, epochs: Epochs) -> Result<EpochEnd, ErrorCode> {
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    partition.epoch_end(shard, epochs.current, epochs.asked).await
}
