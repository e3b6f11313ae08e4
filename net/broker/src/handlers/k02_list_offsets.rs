//! ListOffsets, versions 1 to 11: offsets by time.
//!
//! - Times below 0 are names: -1 the end, -2 and -4 the beginning (all there is lies here), -3 the
//!   record with the greatest time, -5 and -6 nothing, since nothing is elsewhere. One that came
//!   with a later version, or no version knows, is UNSUPPORTED_VERSION.
//! - A time: the first record that is not older, or -1 where there is none.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::shard::{Key, Shard};
use millstream_base::{LeaderEpoch, PartitionIndex};
use millstream_replica::{Isolation, ListedOffset, OffsetQuery, OffsetSpec};
use millstream_wire::message::k02_list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use millstream_wire::{ErrorCode, ListOffsetsRequest, ListOffsetsResponse};
use std::rc::Rc;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &ListOffsetsRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let isolation = match request.isolation_level {
        1 => Isolation::ReadCommitted,
        _ => Isolation::ReadUncommitted,
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for asked in &request.topics {
        let topic = image.topic(asked.name);
        let mut partitions = Vec::with_capacity(asked.partitions.len());
        for partition in &asked.partitions {
            let index = PartitionIndex::new(partition.partition_index);
            let found = topic.filter(|topic| topic.partition(index).is_some());
            let looked = match found {
                Some(topic) => look(exchange, (topic.id(), index), isolation, partition).await,
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            };
            partitions.push(response(exchange.version(), partition.partition_index, looked));
        }
        topics.push(ListOffsetsTopicResponse { name: asked.name, partitions });
    }
    exchange.answer(&ListOffsetsResponse { topics, ..ListOffsetsResponse::default() })
}

/// The first version that knows a name of a time.
fn first_version(spec: OffsetSpec) -> i16 {
    match spec {
        OffsetSpec::Latest | OffsetSpec::Earliest | OffsetSpec::At(_) => 1,
        OffsetSpec::MaxTimestamp => 7,
        OffsetSpec::EarliestLocal => 8,
        OffsetSpec::LatestTiered => 9,
        OffsetSpec::EarliestPendingUpload => 11,
    }
}

async fn look(
    exchange: &Exchange<'_>,
    key: Key,
    isolation: Isolation,
    asked: &ListOffsetsPartition,
) -> Result<ListedOffset, ErrorCode> {
    let epoch = LeaderEpoch::new(asked.current_leader_epoch);
    let spec = OffsetSpec::from_wire(asked.timestamp);
    let known = spec.filter(|spec| exchange.version() >= first_version(*spec));
    let spec = known.ok_or(ErrorCode::UNSUPPORTED_VERSION)?;
    let owner = exchange.shard.owner(key);
    let find = async move |shard: Rc<Shard>| find(&shard, key, spec, isolation, epoch).await;
    let finding = exchange.shard.on(owner, find);
    finding.await.unwrap_or(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER))
}

/// Runs on the owner.
async fn find(
    shard: &Shard,
    key: Key,
    spec: OffsetSpec,
    isolation: Isolation,
    epoch: LeaderEpoch,
) -> Result<ListedOffset, ErrorCode> {
    let log_error = |error| error_map::of_log(&error);
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let leader = partition.current_leader(shard).await.map_err(log_error)?;
    let checked = leader.borrow().check_current(epoch);
    checked.map_err(|error| error_map::of_fetch(&error))?;
    let query = leader.borrow().list_offset(spec, isolation);
    match query {
        OffsetQuery::Known(listed) => Ok(listed),
        OffsetQuery::Lookup(lookup) => {
            let found = lookup.run(&shard.engine).await.map_err(log_error)?;
            Ok(leader.borrow().listed(found, isolation))
        }
    }
}

fn response(
    version: i16,
    partition_index: i32,
    looked: Result<ListedOffset, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let blank =
        ListOffsetsPartitionResponse { partition_index, ..ListOffsetsPartitionResponse::default() };
    match looked {
        Ok(place) => ListOffsetsPartitionResponse {
            timestamp: place.timestamp.get(),
            offset: place.offset.get(),
            // Versions before 4 have no place for it.
            leader_epoch: if version >= 4 { place.epoch.get() } else { -1 },
            ..blank
        },
        Err(error_code) => ListOffsetsPartitionResponse { error_code, ..blank },
    }
}
