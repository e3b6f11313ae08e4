//! Fetch, versions 4 to 18: batches out of partitions, as they are stored.
//!
//! - A batch that holds the offset comes whole, from its beginning; clients skip.
//! - Limits are soft: the first batch of the first partition that has any comes in any case
//!   (KIP-74); what comes behind it fits.
//! - Too few bytes: waits until there are enough or the time is up, and answers at once where a
//!   partition has an error.
//! - Sessions (KIP-227) are declined: each answer says session 0, and the client asks in full.
//! - From version 13 topics come by id (KIP-516).

use crate::exchange::{Exchange, Outcome};
use crate::fetching::{Ask, Found, read_all, wait_for_more};
use crate::shard::Key;
use millstream_base::{Offset, PartitionIndex, TopicId};
use millstream_controller::MetadataImage;
use millstream_io::Slice;
use millstream_wire::message::k01_fetch::{
    FetchPartition, FetchTopic, FetchableTopicResponse, PartitionData,
};
use millstream_wire::{ErrorCode, FetchRequest, FetchResponse, Records};
use std::time::Duration;

/// The longest that a fetch waits, whatever it asks for.
const WAIT_MAX: Duration = Duration::from_secs(600);
const READ_COMMITTED: i8 = 1;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &FetchRequest<'_>) -> Outcome {
    if request.session_id != 0 {
        let error_code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
        return exchange.answer(&FetchResponse { error_code, ..FetchResponse::default() });
    }
    let image = exchange.shard.image();
    let mut responses: Vec<_> = request.topics.iter().map(blank).collect();
    let mut asks = Vec::new();
    for (at, topic) in request.topics.iter().enumerate() {
        for (within, partition) in topic.partitions.iter().enumerate() {
            match address(&image, exchange.version(), topic, partition) {
                Ok(key) => asks.push(ask((at, within), key, partition)),
                Err(error) => responses[at].partitions[within].error_code = error,
            }
        }
    }
    let is_refused = asks.len() < request.topics.iter().map(|topic| topic.partitions.len()).sum();
    let mut found = fetch(exchange, request, &asks, is_refused).await;
    found.sort_unstable_by_key(|(ask, _)| asks[*ask].place);
    let mut records = Vec::new();
    for (ask, found) in found {
        let (at, within) = asks[ask].place;
        let is_committed = request.isolation_level == READ_COMMITTED;
        fill(&mut responses[at].partitions[within], found, is_committed, &mut records);
    }
    exchange.answer_gathered(&FetchResponse { responses, ..FetchResponse::default() }, records)
}

/// Reads, and reads again when there is more, until it is enough or time is up.
async fn fetch(
    exchange: &Exchange<'_>,
    request: &FetchRequest<'_>,
    asks: &[Ask],
    is_refused: bool,
) -> Vec<(usize, Result<Found, ErrorCode>)> {
    let shard = exchange.shard;
    let size = |bytes: i32| usize::try_from(bytes).unwrap_or(0);
    let fetch_bytes_max = shard.facts.settings.network.fetch_bytes_max;
    let bytes_max = size(request.max_bytes).min(usize::try_from(fetch_bytes_max).unwrap_or(0));
    let wait = u64::try_from(request.max_wait_ms).map_or(Duration::ZERO, Duration::from_millis);
    let deadline = shard.io.now() + wait.min(WAIT_MAX);
    loop {
        let found = read_all(shard, asks, bytes_max).await;
        let bytes: usize = found
            .iter()
            .filter_map(|(_, found)| found.as_ref().ok())
            .map(|found| found.bytes)
            .sum();
        let is_failed = is_refused || found.iter().any(|(_, found)| found.is_err());
        let is_enough = bytes >= size(request.min_bytes).min(bytes_max);
        if is_failed || is_enough || shard.io.now() >= deadline {
            return found;
        }
        let ends = found.iter().filter_map(|(ask, found)| {
            let high_watermark = found.as_ref().ok()?.high_watermark;
            Some((asks[*ask].key, high_watermark))
        });
        wait_for_more(shard, ends.collect(), deadline).await;
    }
}

fn blank<'a>(topic: &FetchTopic<'a>) -> FetchableTopicResponse<'a> {
    let partition = |partition: &FetchPartition| PartitionData {
        partition_index: partition.partition,
        high_watermark: -1,
        aborted_transactions: None,
        records: Records::EMPTY,
        ..PartitionData::default()
    };
    FetchableTopicResponse {
        topic: topic.topic,
        topic_id: topic.topic_id,
        partitions: topic.partitions.iter().map(partition).collect(),
    }
}

fn address(
    image: &MetadataImage,
    version: i16,
    topic: &FetchTopic<'_>,
    partition: &FetchPartition,
) -> Result<Key, ErrorCode> {
    let found = if version >= 13 {
        let found = TopicId::new(topic.topic_id).and_then(|id| image.topic_by_id(id));
        found.ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?
    } else {
        image.topic(topic.topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?
    };
    let index = PartitionIndex::new(partition.partition);
    found.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    Ok((found.id(), index))
}

fn ask(place: (usize, usize), key: Key, partition: &FetchPartition) -> Ask {
    Ask {
        place,
        key,
        offset: Offset::new(partition.fetch_offset),
        bytes_max: usize::try_from(partition.partition_max_bytes).unwrap_or(0),
        epoch: partition.current_leader_epoch,
    }
}

fn fill(
    response: &mut PartitionData<'_>,
    found: Result<Found, ErrorCode>,
    is_committed: bool,
    records: &mut Vec<Vec<Slice>>,
) {
    match found {
        Ok(found) => {
            response.high_watermark = found.high_watermark.get();
            response.last_stable_offset = found.high_watermark.get();
            response.log_start_offset = found.log_start.get();
            response.aborted_transactions = is_committed.then(Vec::new);
            if found.bytes > 0 {
                response.records = Records::Elsewhere { bytes: found.bytes };
                records.push(found.slices);
            }
        }
        Err(error) => response.error_code = error,
    }
}
