//! ListOffsets, versions 1 to 11: offsets by time.
//!
//! - Times below 0 are names: -1 the end, -2 and -4 the beginning (all there is lies here), -3 the
//!   record with the greatest time, -5 and -6 nothing, since nothing is elsewhere.
//! - A time: the first record that is not older, or -1 where there is none.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::shard::{Key, Shard};
use millstream_base::{Offset, PartitionIndex, Timestamp};
use millstream_wire::message::k02_list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use millstream_wire::{ErrorCode, ListOffsetsRequest, ListOffsetsResponse};
use std::rc::Rc;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &ListOffsetsRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let mut topics = Vec::with_capacity(request.topics.len());
    for asked in &request.topics {
        let topic = image.topic(asked.name);
        let mut partitions = Vec::with_capacity(asked.partitions.len());
        for partition in &asked.partitions {
            let index = PartitionIndex::new(partition.partition_index);
            let found = topic.filter(|topic| topic.partition(index).is_some());
            let looked = match found {
                Some(topic) => look(exchange, (topic.id(), index), partition).await,
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            };
            partitions.push(response(partition.partition_index, looked));
        }
        topics.push(ListOffsetsTopicResponse { name: asked.name, partitions });
    }
    exchange.answer(&ListOffsetsResponse { topics, ..ListOffsetsResponse::default() })
}

/// A place in a log: its time, offset and leader epoch, each -1 where there is none.
struct Place {
    timestamp: i64,
    offset: i64,
    leader_epoch: i32,
}

async fn look(
    exchange: &Exchange<'_>,
    key: Key,
    asked: &ListOffsetsPartition,
) -> Result<Place, ErrorCode> {
    let (timestamp, epoch) = (asked.timestamp, asked.current_leader_epoch);
    let owner = exchange.shard.owner(key);
    let looking = exchange
        .shard
        .on(owner, async move |shard: Rc<Shard>| find(&shard, key, timestamp, epoch).await);
    looking.await.unwrap_or(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER))
}

/// Runs on the owner.
async fn find(shard: &Shard, key: Key, timestamp: i64, epoch: i32) -> Result<Place, ErrorCode> {
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    partition.check_epoch(epoch)?;
    let engine = &shard.engine;
    let watermarks = engine.watermarks(partition.id).map_err(|error| error_map::of_log(&error))?;
    let leader_epoch = partition.epoch.get().get();
    let at = |offset: Offset| Place { timestamp: -1, offset: offset.get(), leader_epoch };
    let nothing = Place { timestamp: -1, offset: -1, leader_epoch: -1 };
    let time = match timestamp {
        LATEST => return Ok(at(watermarks.stable)),
        EARLIEST | EARLIEST_LOCAL => return Ok(at(watermarks.start)),
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => return Ok(nothing),
        MAX_TIMESTAMP => return Ok(nothing),
        time => Timestamp::new(time),
    };
    let found = engine.find_timestamp(partition.id, time).await;
    let found = found.map_err(|error| error_map::of_log(&error))?;
    Ok(found.map_or(nothing, |(offset, time)| Place {
        timestamp: time.get(),
        offset: offset.get(),
        leader_epoch,
    }))
}

fn response(
    partition_index: i32,
    looked: Result<Place, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let blank =
        ListOffsetsPartitionResponse { partition_index, ..ListOffsetsPartitionResponse::default() };
    match looked {
        Ok(place) => ListOffsetsPartitionResponse {
            timestamp: place.timestamp,
            offset: place.offset,
            leader_epoch: place.leader_epoch,
            ..blank
        },
        Err(error_code) => ListOffsetsPartitionResponse { error_code, ..blank },
    }
}
