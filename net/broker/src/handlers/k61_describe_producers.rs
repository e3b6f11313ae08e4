//! DescribeProducers, version 0: who writes to partitions (KIP-664).
//!
//! - Idempotent producers that the partition remembers, by id: their epoch, and the sequence and
//!   time of the last batch.
//! - There are no transactions yet: none has a coordinator or a transaction under way.

use crate::asking::ask_each;
use crate::error_map::{self, Fault, told};
use crate::exchange::{Exchange, Outcome};
use crate::shard::{Key, Shard};
use millstream_base::PartitionIndex;
use millstream_controller::{MetadataImage, topic_name};
use millstream_wire::message::k61_describe_producers::{
    PartitionResponse, ProducerState, TopicResponse,
};
use millstream_wire::{DescribeProducersRequest, DescribeProducersResponse, ErrorCode};
use std::collections::BTreeSet;
use std::rc::Rc;

type Producers = Result<Vec<ProducerState>, Fault>;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeProducersRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    // Each once: what is repeated would make a large answer of a small request.
    let mut seen = BTreeSet::new();
    let wanted: Vec<(&str, Vec<i32>)> = request
        .topics
        .iter()
        .map(|topic| {
            let indexes = topic.partition_indexes.iter().copied();
            (topic.name, indexes.filter(|index| seen.insert((topic.name, *index))).collect())
        })
        .collect();
    let asked = wanted.iter().flat_map(|(name, indexes)| {
        let image = &image;
        indexes.iter().map(move |index| address(image, name, *index).map_err(Err))
    });
    let lost = || Err(gone(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    let list = async |shard: Rc<Shard>, key, ()| list(&shard, key).await.map_err(gone);
    let described: Vec<Producers> = ask_each(exchange.shard, asked.collect(), list, lost).await;
    let mut described = described.iter();
    let topics = wanted.iter().map(|(name, indexes)| {
        let partitions = indexes.iter().zip(described.by_ref());
        let partitions = partitions.map(|(index, producers)| response(*index, producers));
        TopicResponse { name, partitions: partitions.collect() }
    });
    let topics = topics.collect();
    exchange.answer(&DescribeProducersResponse { topics, ..DescribeProducersResponse::default() })
}

fn response(partition_index: i32, producers: &Producers) -> PartitionResponse<'_> {
    let (error_code, error_message) = told(producers);
    let active_producers = producers.as_ref().map_or_else(|_| Vec::new(), Clone::clone);
    PartitionResponse { partition_index, error_code, error_message, active_producers }
}

fn gone(code: ErrorCode) -> Fault {
    Fault::new(code, "the partition cannot be asked now")
}

fn address(image: &MetadataImage, name: &str, index: i32) -> Result<(Key, ()), Fault> {
    topic_name::check(name)?;
    let index = PartitionIndex::new(index);
    let found = image.topic(name).filter(|topic| topic.partition(index).is_some());
    let topic = found.ok_or_else(|| {
        let message = format!("there is no partition {index} of {name:?}");
        Fault::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message)
    })?;
    Ok(((topic.id(), index), ()))
}

/// Runs on the owner.
async fn list(shard: &Shard, key: Key) -> Result<Vec<ProducerState>, ErrorCode> {
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let leader = partition.current_leader(shard).await;
    let leader = leader.map_err(|error| error_map::of_log(&error))?.borrow();
    let producers = leader.producers().iter().map(|(id, entry)| ProducerState {
        producer_id: id.get(),
        producer_epoch: entry.epoch().get().into(),
        last_sequence: entry.last().map_or(-1, |batch| batch.last_sequence().get()),
        last_timestamp: entry.last().map_or(-1, |batch| batch.timestamp.get()),
        coordinator_epoch: -1,
        current_txn_start_offset: -1,
    });
    Ok(producers.collect())
}
