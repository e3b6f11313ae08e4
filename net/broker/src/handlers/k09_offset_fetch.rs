//! OffsetFetch, versions 1 to 10: how far groups had come.
//!
//! - Nothing committed, also by a group that is not there, is offset -1 without an error.
//! - From version 2 no list of topics asks for all; from version 8 many groups at once (KIP-709).
//! - All that is shown is stable, whether or not the client insists (KIP-447): there are no
//!   transactions yet.
//! - From version 10 topics come by id; what was committed for a topic that is gone has none.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::race::{Boxed, join};
use crate::shard::Shard;
use millstream_base::{TopicId, Uuid};
use millstream_controller::MetadataImage;
use millstream_coordinator::{CommittedOffset, Coordinator, GroupId, PartitionIndex, TopicName};
use millstream_wire::message::k09_offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchResponseGroup, OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions, OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use millstream_wire::{ErrorCode, OffsetFetchRequest, OffsetFetchResponse};
use std::rc::Rc;

/// Partitions of one topic, by their numbers.
type Wanted = Vec<(TopicName, Vec<i32>)>;

/// What a group has committed for one topic.
struct Found {
    topic: TopicName,
    partitions: Vec<(i32, Option<CommittedOffset>)>,
}

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &OffsetFetchRequest<'_>) -> Outcome {
    if exchange.version() < 8 {
        return handle_one(exchange, request).await;
    }
    let image = exchange.shard.image();
    let is_by_id = exchange.version() >= 10;
    let fetching = request.groups.iter().map(|group| {
        let wanted = wanted(&image, is_by_id, group);
        Box::pin(fetch(exchange.shard, group.group_id, wanted))
            as Boxed<'_, Result<Vec<Found>, ErrorCode>>
    });
    let found = join(fetching.collect()).await;
    let groups = request.groups.iter().zip(&found);
    let groups = groups.map(|(group, found)| match found {
        Ok(found) => answer(&image, is_by_id, group, found),
        Err(error_code) => OffsetFetchResponseGroup {
            group_id: group.group_id,
            topics: Vec::new(),
            error_code: *error_code,
        },
    });
    exchange
        .answer(&OffsetFetchResponse { groups: groups.collect(), ..OffsetFetchResponse::default() })
}

/// Up to version 7.
async fn handle_one(exchange: &Exchange<'_>, request: &OffsetFetchRequest<'_>) -> Outcome {
    let wanted = request.topics.as_ref().map(|topics| -> Wanted {
        let topic = topics.iter();
        topic.map(|topic| (TopicName::from(topic.name), topic.partition_indexes.clone())).collect()
    });
    // In version 1 there is no other place for an error.
    let has_own_error = exchange.version() >= 2;
    let (found, error_code) = match fetch(exchange.shard, request.group_id, wanted.clone()).await {
        Ok(found) => (found, ErrorCode::NONE),
        Err(error_code) if has_own_error => (Vec::new(), error_code),
        Err(error_code) => (nothing(wanted), error_code),
    };
    let topics = found.iter().map(|found| OffsetFetchResponseTopic {
        name: found.topic.as_str(),
        partitions: found
            .partitions
            .iter()
            .map(|found| place_before_8(found, error_code))
            .collect(),
    });
    exchange.answer(&OffsetFetchResponse {
        topics: topics.collect(),
        error_code,
        ..OffsetFetchResponse::default()
    })
}

fn nothing(wanted: Option<Wanted>) -> Vec<Found> {
    let found = |(topic, partitions): (TopicName, Vec<i32>)| Found {
        topic,
        partitions: partitions.into_iter().map(|partition| (partition, None)).collect(),
    };
    wanted.into_iter().flatten().map(found).collect()
}

/// What a group is asked for, without the topics that are not known by their ids; `None` for all.
fn wanted(
    image: &MetadataImage,
    is_by_id: bool,
    group: &OffsetFetchRequestGroup<'_>,
) -> Option<Wanted> {
    let topics = group.topics.as_ref()?.iter();
    let topics = topics.filter_map(|topic| {
        let name = if is_by_id { name_of(image, topic.topic_id)? } else { topic.name };
        Some((TopicName::from(name), topic.partition_indexes.clone()))
    });
    Some(topics.collect())
}

fn name_of(image: &MetadataImage, id: Uuid) -> Option<&str> {
    Some(image.topic_by_id(TopicId::new(id)?)?.name())
}

async fn fetch(
    shard: &Rc<Shard>,
    group: &str,
    wanted: Option<Wanted>,
) -> Result<Vec<Found>, ErrorCode> {
    let group = GroupId::from(group);
    let see = {
        let group = group.clone();
        move |coordinator: &Coordinator| match wanted {
            Some(wanted) => some(coordinator, &group, wanted),
            None => all(coordinator, &group),
        }
    };
    shard.see_group(&group, see).await.map_err(error_map::of_absent)
}

fn some(coordinator: &Coordinator, group: &GroupId, wanted: Wanted) -> Vec<Found> {
    let found = |(topic, partitions): (TopicName, Vec<i32>)| {
        let partitions = partitions.into_iter().map(|partition| {
            let index = PartitionIndex::new(partition);
            (partition, coordinator.offset(group, &topic, index).cloned())
        });
        let partitions = partitions.collect();
        Found { topic, partitions }
    };
    wanted.into_iter().map(found).collect()
}

fn all(coordinator: &Coordinator, group: &GroupId) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (topic, partition, committed) in coordinator.offsets(group) {
        let entry = (partition.get(), Some(committed.clone()));
        match all.last_mut().filter(|last| last.topic == *topic) {
            Some(last) => last.partitions.push(entry),
            None => all.push(Found { topic: topic.clone(), partitions: vec![entry] }),
        }
    }
    all
}

/// One group of version 8 and later.
fn answer<'a>(
    image: &MetadataImage,
    is_by_id: bool,
    group: &OffsetFetchRequestGroup<'a>,
    found: &'a [Found],
) -> OffsetFetchResponseGroup<'a> {
    let id_of = |name: &str| image.topic(name).map(|topic| topic.id().uuid());
    let topic = |found: &'a Found, topic_id| OffsetFetchResponseTopics {
        name: found.topic.as_str(),
        topic_id,
        partitions: partitions_of(found),
    };
    let topics = match &group.topics {
        _ if !is_by_id => found.iter().map(|found| topic(found, Uuid::ZERO)).collect(),
        None => {
            let known =
                found.iter().filter_map(|found| Some((found, id_of(found.topic.as_str())?)));
            known.map(|(found, id)| topic(found, id)).collect()
        }
        Some(asked) => {
            let mut found = found.iter();
            let each = asked.iter().map(|asked| match name_of(image, asked.topic_id) {
                Some(_) => topic(found.next().expect("asked for above"), asked.topic_id),
                None => unknown(asked.topic_id, &asked.partition_indexes),
            });
            each.collect()
        }
    };
    OffsetFetchResponseGroup { group_id: group.group_id, topics, error_code: ErrorCode::NONE }
}

fn partitions_of(found: &Found) -> Vec<OffsetFetchResponsePartitions<'_>> {
    let each = found.partitions.iter();
    each.map(|(index, committed)| place(*index, committed.as_ref(), ErrorCode::NONE)).collect()
}

fn unknown(topic_id: Uuid, partitions: &[i32]) -> OffsetFetchResponseTopics<'static> {
    let partition = |index: &i32| place(*index, None, ErrorCode::UNKNOWN_TOPIC_ID);
    let partitions = partitions.iter().map(partition).collect();
    OffsetFetchResponseTopics { name: "", topic_id, partitions }
}

fn place(
    partition_index: i32,
    committed: Option<&CommittedOffset>,
    error_code: ErrorCode,
) -> OffsetFetchResponsePartitions<'_> {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: committed.map_or(-1, |committed| committed.offset.get()),
        committed_leader_epoch: committed.map_or(-1, |committed| committed.leader_epoch.get()),
        metadata: Some(committed.map_or("", |committed| committed.note.as_str())),
        error_code,
    }
}

fn place_before_8(
    (index, committed): &(i32, Option<CommittedOffset>),
    error_code: ErrorCode,
) -> OffsetFetchResponsePartition<'_> {
    let place = place(*index, committed.as_ref(), error_code);
    OffsetFetchResponsePartition {
        partition_index: place.partition_index,
        committed_offset: place.committed_offset,
        committed_leader_epoch: place.committed_leader_epoch,
        metadata: place.metadata,
        error_code,
    }
}
