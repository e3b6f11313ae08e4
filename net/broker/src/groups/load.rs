//! From a partition of `__consumer_offsets` to its coordinator.

use super::hosted::{Hosted, now};
use super::{Absent, alarm};
use crate::partition::Partition;
use crate::shard::Shard;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, Random};
use millstream_batch::{
    Batches, CheckOptions, CheckedBatch, DecompressLimit, HEADER_BYTES, Origin, Scratch,
};
use millstream_coordinator::{Replay, Settings};
use millstream_io::{Priority, Slice};
use millstream_log::{LogError, ReadLimit};
use std::rc::Rc;
use std::time::Duration;

/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 20;
/// How long a shard whose memory is spent waits before it reads on.
const MEMORY_RETRY: Duration = Duration::from_millis(1);
/// What a batch takes beside its records' keys and values, and each record's framing beside what
/// the coordinator counts.
const BATCH_OVERHEAD_BYTES: usize = HEADER_BYTES + 1024;

/// The coordinator of a partition that this shard begins to serve: ready at once where nothing is
/// stored, else when all was read.
pub(super) fn host(shard: &Rc<Shard>, partition: &Rc<Partition>) -> Rc<Hosted> {
    let hosted = Hosted::new(Rc::clone(partition));
    let random = Random::new(shard.io.random_u64());
    let replay = Replay::new(settings(shard, partition), random);
    match shard.engine.watermarks(partition.id) {
        Ok(found) if found.start == found.stable => hosted.loaded(Ok(replay.finish(now(shard)))),
        Ok(found) => {
            let loading = load(Rc::clone(&hosted), Rc::clone(shard), replay, found.start);
            drop(shard.io.spawn(Priority::Foreground, loading));
        }
        Err(_) => hosted.loaded(Err(Absent::Unreadable)),
    }
    hosted
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
        append_bytes_max: batch_bytes_max.saturating_sub(BATCH_OVERHEAD_BYTES).max(1),
        ..defaults
    }
}

async fn load(hosted: Rc<Hosted>, shard: Rc<Shard>, mut replay: Replay, start: Offset) {
    match read(&hosted.partition, &shard, &mut replay, start).await {
        Ok(()) => hosted.loaded(Ok(replay.finish(now(&shard)))),
        Err(_) => hosted.loaded(Err(Absent::Unreadable)),
    }
    alarm::keep(&hosted, &shard);
}

async fn read(
    partition: &Partition,
    shard: &Shard,
    replay: &mut Replay,
    mut offset: Offset,
) -> Result<(), LogError> {
    let mut scratch = Scratch::new();
    let limit = ReadLimit { bytes_max: READ_BYTES };
    loop {
        let mut slices = Vec::new();
        match shard.engine.read(partition.id, offset, limit, &mut slices).await {
            Err(LogError::Busy) => shard.io.sleep(MEMORY_RETRY).await,
            Ok(_) if slices.is_empty() => return Ok(()),
            Ok(fetched) => {
                slices.iter().for_each(|slice| take_over(slice, replay, &mut scratch));
                offset = fetched.next_offset;
                shard.io.yield_now().await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn take_over(slice: &Slice, replay: &mut Replay, scratch: &mut Scratch) {
    let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };
    for batch in Batches::new(slice, options).map_while(Result::ok) {
        take_batch_over(&batch, replay, scratch);
    }
}

/// A record that cannot be read was not written here: the groups go on without what it says.
fn take_batch_over(batch: &CheckedBatch<'_>, replay: &mut Replay, scratch: &mut Scratch) {
    if batch.is_control() {
        return;
    }
    let Ok(records) = batch.records(DecompressLimit::DEFAULT, scratch) else { return };
    for record in records.map_while(Result::ok) {
        let key = record.key().unwrap_or_default();
        let _ = replay.record(key, record.value());
    }
}
