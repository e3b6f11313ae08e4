//! Produce, versions 3 to 13 (0 is advertised, see ApiVersions): batches into partitions.
//!
//! - Each partition has an answer of its own; one that fails never fails the others.
//! - `acks` 1 and -1 are answered when the batch is on stable media, 0 never; there an error ends
//!   the connection, since the client could not learn of it otherwise.
//! - From version 13 topics come by id (KIP-516).

use crate::error_map;
use crate::exchange::{Addressee, Exchange, Outcome};
use crate::metrics::{Journey, Stage};
use crate::race::{Boxed, join};
use crate::shard::{Key, Shard};
use crate::topics;
use bytes::Bytes;
use millstream_base::{Instant, PartitionIndex, Uuid};
use millstream_controller::{MetadataImage, image};
use millstream_replica::{Acks, ProduceError, ProduceRequest as Produce};
use millstream_wire::message::k00_produce::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceData, TopicProduceResponse,
};
use millstream_wire::{ErrorCode, ProduceRequest, ProduceResponse};
use std::rc::Rc;
use std::sync::Arc;

/// A batch on its way to the shard that owns its partition.
struct Parcel {
    /// The topic of the request, and the partition within that.
    place: (usize, usize),
    key: Key,
    batch: Bytes,
}

/// What became of a batch.
struct Stored {
    place: (usize, usize),
    result: Result<Offsets, Refused>,
    /// When all that go to its shard had their places in the log; `None` if that is gone.
    appended: Option<Instant>,
}

struct Offsets {
    base: i64,
    append_time_ms: i64,
    log_start: i64,
}

/// Why a batch was not appended, and which of its records are at fault.
struct Refused {
    error: ErrorCode,
    records: Vec<u32>,
    message: Option<String>,
}

impl From<ErrorCode> for Refused {
    fn from(error: ErrorCode) -> Self {
        Self { error, records: Vec::new(), message: None }
    }
}

impl From<ProduceError> for Refused {
    fn from(error: ProduceError) -> Self {
        Self {
            error: error_map::of_produce(&error),
            records: error.records().to_vec(),
            message: Some(error.to_string()),
        }
    }
}

/// All of a request that is left to do and to answer, without the frame that it came in: that goes
/// when its batches have their places in the log, and not only when they are on stable media.
pub(crate) struct Order {
    to: Addressee,
    topics: Vec<Topic>,
    parcels: Vec<Parcel>,
    produce: Produce,
    is_awaited: bool,
}

/// A topic of the answer.
struct Topic {
    name: Arc<str>,
    id: Uuid,
    /// Their indexes, and why they get nothing.
    partitions: Vec<(i32, ErrorCode)>,
}

impl Order {
    pub(crate) fn new(exchange: &Exchange<'_>, request: &ProduceRequest<'_>) -> Self {
        let image = exchange.shard.image();
        let mut topics = Vec::with_capacity(request.topic_data.len());
        let mut parcels = Vec::with_capacity(1);
        for (at, topic) in request.topic_data.iter().enumerate() {
            let found = find(&image, exchange.version(), request, topic);
            let mut partitions = Vec::with_capacity(topic.partition_data.len());
            for (within, partition) in topic.partition_data.iter().enumerate() {
                let batch = partition.records.borrowed().unwrap_or_default();
                let key = found.and_then(|found| address(exchange, found, partition.index));
                if let Ok(key) = key {
                    let batch = exchange.share(batch);
                    parcels.push(Parcel { place: (at, within), key, batch });
                }
                partitions.push((partition.index, key.err().unwrap_or(ErrorCode::NONE)));
            }
            let name =
                found.map_or_else(|_| Arc::from(topic.name), |found| Arc::clone(found.name()));
            topics.push(Topic { name, id: topic.topic_id, partitions });
        }
        let acks = Acks::from_wire(request.acks).unwrap_or(Acks::None);
        //= KIP-110: zstd came with version 7.
        let produce = Produce { acks, allows_zstd: exchange.version() >= 7 };
        let (to, is_awaited) = (exchange.addressee(), request.acks != 0);
        Self { to, topics, parcels, produce, is_awaited }
    }

    pub(crate) async fn carry_out(self, shard: &Rc<Shard>, journey: &Journey) -> Outcome {
        let Self { to, topics, parcels, produce, is_awaited } = self;
        let here = shard.io.shard();
        // Nearly always it is one shard's, and where clients follow the leader this one's.
        let stored = if parcels.iter().all(|parcel| shard.owner(parcel.key) == here) {
            store(shard, parcels, produce).await
        } else {
            Box::pin(store_everywhere(shard, parcels, produce)).await
        };
        if let Some(appended) = stored.iter().filter_map(|stored| stored.appended).max() {
            journey.end(Stage::Append, appended);
            journey.end(Stage::Stable, shard.io.tick_time());
        }
        let mut responses: Vec<_> = topics.iter().map(blank).collect();
        for stored in &stored {
            let (at, within) = stored.place;
            fill(&mut responses[at].partition_responses[within], &stored.result);
        }
        if !is_awaited {
            let all = responses.iter().flat_map(|topic| &topic.partition_responses);
            let is_well = all.into_iter().all(|partition| partition.error_code == ErrorCode::NONE);
            return if is_well { Outcome::Silent } else { Outcome::Close };
        }
        to.answer(&ProduceResponse { responses, ..ProduceResponse::default() })
    }
}

/// Takes each batch to the shard that owns its partition.
async fn store_everywhere(
    shard: &Rc<Shard>,
    parcels: Vec<Parcel>,
    request: Produce,
) -> Vec<Stored> {
    let parcels = shard.by_owner(parcels, |parcel| parcel.key);
    let storing = parcels.into_iter().map(|(owner, parcels)| {
        let places: Vec<_> = parcels.iter().map(|parcel| parcel.place).collect();
        let store = async move |shard: Rc<Shard>| store(&shard, parcels, request).await;
        let storing = shard.on(owner, store);
        Box::pin(async move { storing.await.unwrap_or_else(|_| lost(places)) })
            as Boxed<'_, Vec<Stored>>
    });
    join(storing.collect()).await.into_iter().flatten().collect()
}

fn blank(topic: &Topic) -> TopicProduceResponse<'_> {
    let partition = |(index, error_code): &(i32, ErrorCode)| PartitionProduceResponse {
        index: *index,
        error_code: *error_code,
        base_offset: -1,
        ..PartitionProduceResponse::default()
    };
    TopicProduceResponse {
        name: &topic.name,
        topic_id: topic.id,
        partition_responses: topic.partitions.iter().map(partition).collect(),
    }
}

/// Which topic is meant, if anybody may write to it.
fn find<'i>(
    image: &'i MetadataImage,
    version: i16,
    request: &ProduceRequest<'_>,
    topic: &TopicProduceData<'_>,
) -> Result<&'i image::Topic, ErrorCode> {
    if !(-1..=1).contains(&request.acks) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS);
    }
    let found = topics::find(image, (version >= 13).then_some(topic.topic_id), topic.name)?;
    if found.is_internal() {
        // The broker's own: nobody else appends there.
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    Ok(found)
}

/// Which partition is meant, if it may be written to.
fn address(exchange: &Exchange<'_>, found: &image::Topic, index: i32) -> Result<Key, ErrorCode> {
    let index = PartitionIndex::new(index);
    let partition = found.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if partition.leader != exchange.shard.facts.node {
        return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    }
    Ok((found.id(), index))
}

/// Runs on the owner: appends all, one after the other, and waits for all together.
async fn store(shard: &Shard, parcels: Vec<Parcel>, request: Produce) -> Vec<Stored> {
    let mut stored = Vec::with_capacity(parcels.len());
    let mut waiting = Vec::new();
    for parcel in parcels {
        let result = match shard.partition(parcel.key) {
            None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()),
            Some(partition) => {
                let produced = partition.produce(shard, &parcel.batch, request).await;
                let produced = produced.map_err(Refused::from);
                produced.map(|produced| {
                    waiting.push((stored.len(), partition, produced.ack));
                    Offsets {
                        base: produced.base_offset.get(),
                        append_time_ms: produced.append_time.map_or(-1, |time| time.get()),
                        log_start: produced.log_start.get(),
                    }
                })
            }
        };
        stored.push(Stored { place: parcel.place, result, appended: None });
    }
    let appended = Some(shard.io.now());
    stored.iter_mut().for_each(|stored| stored.appended = appended);
    if request.acks == Acks::None {
        return stored;
    }
    for (index, partition, ack) in waiting {
        if partition.acknowledged(shard, ack).await.is_err() {
            // Whether it is there the next start will show.
            stored[index].result = Err(ErrorCode::KAFKA_STORAGE_ERROR.into());
        }
    }
    stored
}

fn lost(places: Vec<(usize, usize)>) -> Vec<Stored> {
    let error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    let lost = |place| Stored { place, result: Err(error.into()), appended: None };
    places.into_iter().map(lost).collect()
}

fn fill<'a>(response: &mut PartitionProduceResponse<'a>, result: &'a Result<Offsets, Refused>) {
    match result {
        Ok(offsets) => {
            response.base_offset = offsets.base;
            response.log_append_time_ms = offsets.append_time_ms;
            response.log_start_offset = offsets.log_start;
        }
        Err(refused) => {
            response.error_code = refused.error;
            response.error_message = refused.message.as_deref();
            let record = |index: &u32| BatchIndexAndErrorMessage {
                batch_index: i32::try_from(*index).unwrap_or(i32::MAX),
                batch_index_error_message: None,
            };
            response.record_errors = refused.records.iter().map(record).collect();
        }
    }
}
