//! From a partition of `__consumer_offsets` to its coordinator.

use super::alarm;
use super::hosted::{Hosted, now};
use crate::partition::Partition;
use crate::shard::Shard;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, Random};
use millstream_batch::{Batches, CheckOptions, DecompressLimit, HEADER_BYTES, Origin, Scratch};
use millstream_controller::topic_name::CONSUMER_OFFSETS;
use millstream_coordinator::{Replay, Settings};
use millstream_io::{Priority, Slice};
use millstream_log::{LogError, ReadLimit, Watermarks};
use std::rc::Rc;
use std::time::Duration;

/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 20;
/// How long groups whose log cannot be read are left alone before it is tried again.
const LOAD_RETRY: Duration = Duration::from_secs(5);
/// What a batch takes beside its records' keys and values, and each record's framing beside what
/// the coordinator counts.
const BATCH_OVERHEAD_BYTES: usize = HEADER_BYTES + 1024;

/// The coordinator of a partition that this shard begins to serve: ready at once where nothing is
/// stored, else when all was read.
pub(super) fn host(shard: &Rc<Shard>, partition: &Rc<Partition>) -> Rc<Hosted> {
    let hosted = Hosted::new(Rc::clone(partition));
    let is_empty = |found: Watermarks| found.start == found.stable;
    if shard.engine.watermarks(partition.id).is_ok_and(is_empty) {
        hosted.loaded(shard, replay(shard, partition).finish(now(shard)));
    } else {
        let loading = load(Rc::clone(&hosted), Rc::clone(shard));
        drop(shard.io.spawn(Priority::Foreground, loading));
    }
    hosted
}

fn replay(shard: &Shard, partition: &Partition) -> Replay {
    Replay::new(settings(shard, partition), Random::new(shard.io.random_u64()))
}

fn settings(shard: &Shard, partition: &Partition) -> Settings {
    let (groups, offsets) = (&shard.facts.settings.groups, &shard.facts.settings.offsets);
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let batch_bytes_max = partition.config.borrow().batch_bytes_max;
    let defaults = Settings::default();
    Settings {
        session_timeout_min: groups.session_timeout_min,
        session_timeout_max: groups.session_timeout_max,
        initial_rebalance_delay: groups.initial_rebalance_delay,
        group_members_max: count(groups.members_max),
        note_bytes_max: count(offsets.metadata_bytes_max),
        offsets_retention: offsets.retention,
        clean_up_interval: offsets.retention_check,
        append_timeout: offsets.commit_timeout,
        append_bytes_max: batch_bytes_max.saturating_sub(BATCH_OVERHEAD_BYTES).max(1),
        ..defaults
    }
}

/// Reads until it succeeds: groups whose log cannot be read now are answered so, and what was the
/// matter may pass.
async fn load(hosted: Rc<Hosted>, shard: Rc<Shard>) {
    while let Err(error) = load_once(&hosted, &shard).await {
        if !hosted.is_unreadable() {
            return;
        }
        let partition = hosted.partition.id;
        eprintln!("groups cannot be read ({partition:?} of {CONSUMER_OFFSETS}): {error}");
        shard.io.sleep(LOAD_RETRY).await;
    }
    alarm::keep(&hosted, &shard);
}

async fn load_once(hosted: &Rc<Hosted>, shard: &Rc<Shard>) -> Result<(), LogError> {
    let mut replay = replay(shard, &hosted.partition);
    hosted.compaction.begin_anew();
    let take_over = |key: &[u8], value: Option<&[u8]>| {
        hosted.compaction.grow(key.len() + value.map_or(0, <[u8]>::len));
        // A record that cannot be read was not written here: the groups go on without what it says.
        let _ = replay.record(key, value);
    };
    let start = shard.engine.watermarks(hosted.partition.id)?.start;
    read(hosted, shard, start, take_over).await?;
    hosted.loaded(shard, replay.finish(now(shard)));
    Ok(())
}

/// Hands out every record of a partition from `offset` on, as far as it is stable, with its key and
/// value; gives the offset behind.
pub(super) async fn read(
    hosted: &Hosted,
    shard: &Shard,
    mut offset: Offset,
    mut take_over: impl FnMut(&[u8], Option<&[u8]>),
) -> Result<Offset, LogError> {
    let partition = &hosted.partition;
    let mut scratch = Scratch::new();
    let limit = ReadLimit { bytes_max: READ_BYTES };
    loop {
        let mut slices = Vec::new();
        match shard.engine.read(partition.id, offset, limit, &mut slices).await {
            Err(LogError::Busy) => shard.engine.buffers().await,
            Ok(_) if slices.is_empty() => return Ok(offset),
            Ok(fetched) => {
                for slice in &slices {
                    records(slice, &mut scratch, &mut take_over);
                }
                offset = fetched.next_offset;
                shard.io.yield_now().await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn records(slice: &Slice, scratch: &mut Scratch, take_over: &mut impl FnMut(&[u8], Option<&[u8]>)) {
    let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };
    let batches = Batches::new(slice, options).map_while(Result::ok);
    for batch in batches.filter(|batch| !batch.is_control()) {
        let Ok(records) = batch.records(DecompressLimit::DEFAULT, scratch) else { continue };
        for record in records.map_while(Result::ok) {
            take_over(record.key().unwrap_or_default(), record.value());
        }
    }
}
