//! DescribeLogDirs, versions 1 to 5: how much of which partition lies on disk (KIP-113).
//!
//! - There is one directory. Without a list all partitions are told of; those that are not there
//!   are left out.
//! - The size is that of the partition's log: its segment files, and the batches that are on their
//!   way there. The journal holds those too, for all partitions, and belongs to none.
//! - The volume's size and what is free of it (KIP-827) are the file system's.

use crate::exchange::{Exchange, Outcome};
use crate::race::{Boxed, join};
use crate::shard::{Key, Shard};
use millstream_base::{PartitionIndex, TopicId};
use millstream_controller::MetadataImage;
use millstream_wire::message::k35_describe_log_dirs::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use millstream_wire::{DescribeLogDirsRequest, DescribeLogDirsResponse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// The sizes of partitions, by topic.
type Sizes = BTreeMap<TopicId, Vec<(PartitionIndex, u64)>>;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeLogDirsRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let asked = asked(&image, request);
    let mut sizes = Sizes::new();
    for ((topic, index), bytes) in all_sizes(exchange.shard).await {
        if asked.as_ref().is_none_or(|asked| asked.contains(&(topic, index))) {
            sizes.entry(topic).or_default().push((index, bytes));
        }
    }
    let topics = sizes.into_iter().filter_map(|(id, mut sizes)| {
        sizes.sort_unstable();
        let name = image.topic_by_id(id)?.name();
        Some(DescribeLogDirsTopic { name, partitions: sizes.into_iter().map(one).collect() })
    });
    let data = &exchange.shard.facts.data;
    // Asked rarely, and of a disk of this machine: an answer at once. -1 is Kafka's for unknown.
    let space = millstream_io::space(Path::new(data)).ok();
    let known = |bytes: Option<u64>| bytes.and_then(|it| i64::try_from(it).ok()).unwrap_or(-1);
    let result = DescribeLogDirsResult {
        log_dir: data,
        total_bytes: known(space.map(|space| space.total_bytes)),
        usable_bytes: known(space.map(|space| space.free_bytes)),
        topics: topics.collect(),
        ..DescribeLogDirsResult::default()
    };
    let results = vec![result];
    exchange.answer(&DescribeLogDirsResponse { results, ..DescribeLogDirsResponse::default() })
}

fn asked(image: &MetadataImage, request: &DescribeLogDirsRequest<'_>) -> Option<BTreeSet<Key>> {
    let topics = request.topics.as_ref()?.iter();
    let known = topics.filter_map(|asked| Some((image.topic(asked.topic)?.id(), asked)));
    let keys = known.flat_map(|(id, asked)| {
        asked.partitions.iter().map(move |index| (id, PartitionIndex::new(*index)))
    });
    Some(keys.collect())
}

async fn all_sizes(shard: &Rc<Shard>) -> Vec<(Key, u64)> {
    let asking = shard.all().map(|to| {
        let asking = shard.on(to, async move |shard: Rc<Shard>| sizes_here(&shard));
        // A shard that ends has nothing any more.
        Box::pin(async { asking.await.unwrap_or_default() }) as Boxed<'_, Vec<(Key, u64)>>
    });
    join(asking.collect()).await.into_iter().flatten().collect()
}

/// Runs on each shard.
fn sizes_here(shard: &Shard) -> Vec<(Key, u64)> {
    let partitions = shard.partitions.borrow();
    let described = |id| shard.engine.describe(id);
    let size = |id| described(id).map(|info| info.segments_bytes + info.unsettled_bytes);
    let sizes = partitions.iter().map(|(key, partition)| (*key, size(partition.id)));
    sizes.filter_map(|(key, size)| Some((key, size.ok()?))).collect()
}

fn one((index, bytes): (PartitionIndex, u64)) -> DescribeLogDirsPartition {
    DescribeLogDirsPartition {
        partition_index: index.get(),
        partition_size: i64::try_from(bytes).unwrap_or(i64::MAX),
        ..DescribeLogDirsPartition::default()
    }
}
