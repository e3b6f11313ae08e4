//! OffsetForLeaderEpoch, versions 2 to 4: where leader epochs ended (KIP-101, KIP-320).
//!
//! - The largest epoch that is not later than the one asked for, and the offset behind its last
//!   record; both -1 where nothing is known of it.
//! - A client that takes another epoch for the present one is fenced, or ahead of us, and told so.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::race::{Boxed, join};
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
    let looking = request.topics.iter().flat_map(|topic| {
        let image = &image;
        topic.partitions.iter().map(move |asked| {
            Box::pin(look(exchange, image, topic.topic, asked)) as Boxed<'_, EpochEndOffset>
        })
    });
    let mut ends = join(looking.collect()).await.into_iter();
    let topics = request.topics.iter().map(|topic| OffsetForLeaderTopicResult {
        topic: topic.topic,
        partitions: ends.by_ref().take(topic.partitions.len()).collect(),
    });
    exchange.answer(&OffsetForLeaderEpochResponse {
        topics: topics.collect(),
        ..OffsetForLeaderEpochResponse::default()
    })
}

async fn look(
    exchange: &Exchange<'_>,
    image: &MetadataImage,
    topic: &str,
    asked: &OffsetForLeaderPartition,
) -> EpochEndOffset {
    let partition = asked.partition;
    let index = PartitionIndex::new(partition);
    let found = image.topic(topic).filter(|topic| topic.partition(index).is_some());
    let end = match found {
        Some(topic) => {
            let key = (topic.id(), index);
            let [current, epoch] =
                [asked.current_leader_epoch, asked.leader_epoch].map(LeaderEpoch::new);
            let find = async move |shard: Rc<Shard>| find(&shard, key, current, epoch).await;
            let finding = exchange.shard.on(exchange.shard.owner(key), find);
            finding.await.unwrap_or(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER))
        }
        None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    };
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
async fn find(
    shard: &Shard,
    key: Key,
    current: LeaderEpoch,
    asked: LeaderEpoch,
) -> Result<EpochEnd, ErrorCode> {
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let leader = partition.current_leader(shard).await;
    let leader = leader.map_err(|error| error_map::of_log(&error))?;
    let end = leader.borrow().epoch_end(current, asked);
    end.map_err(|error| error_map::of_fetch(&error))
}
