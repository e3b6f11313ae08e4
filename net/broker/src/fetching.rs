//! Reading for a fetch: on each shard that owns something of it, within one budget.

use crate::error_map;
use crate::partition::Partition;
use crate::race::{Boxed, first};
use crate::shard::{Key, Shard};
use millstream_base::{Instant, LeaderEpoch, Offset};
use millstream_io::Slice;
use millstream_log::ReadLimit;
use millstream_replica::EpochEnd;
use millstream_wire::ErrorCode;
use std::rc::Rc;

/// What is asked of one partition.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The row of the request.
    pub(crate) row: usize,
    pub(crate) key: Key,
    pub(crate) offset: Offset,
    pub(crate) bytes_max: usize,
    /// The leader epoch that the client knows, -1 for none.
    pub(crate) epoch: i32,
    /// The epoch of the last batch that the client has, -1 for no check.
    pub(crate) last_epoch: i32,
}

/// What one partition gave.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) high_watermark: Offset,
    pub(crate) log_start: Offset,
    /// Where the client's log and this one part, if they do: then nothing is read.
    pub(crate) diverging: Option<EpochEnd>,
    pub(crate) slices: Vec<Slice>,
    pub(crate) bytes: usize,
}

/// What each ask gave, by its index, at most `bytes_max` together but for the first batch.
pub(crate) async fn read_all(
    shard: &Rc<Shard>,
    asks: &[Ask],
    bytes_max: usize,
) -> Vec<(usize, Result<Found, ErrorCode>)> {
    read_within(shard, asks, Limit { bytes_max, got_bytes: 0, is_first_whole: true }).await
}

async fn read_within(
    shard: &Rc<Shard>,
    asks: &[Ask],
    limit: Limit,
) -> Vec<(usize, Result<Found, ErrorCode>)> {
    let owners = shard.by_owner(asks.iter().cloned().enumerate(), |(_, ask)| ask.key);
    let mut all = Vec::with_capacity(asks.len());
    let mut got_bytes = 0;
    for (owner, asks) in owners {
        let indexes: Vec<usize> = asks.iter().map(|(index, _)| *index).collect();
        let left = Limit { got_bytes, ..limit };
        let read = async move |shard: Rc<Shard>| read_here(&shard, asks, left).await;
        let gone = || Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        match shard.on(owner, read).await {
            Ok(found) => {
                let found_bytes = found.iter().filter_map(|(_, found)| found.as_ref().ok());
                got_bytes += found_bytes.map(|found| found.bytes).sum::<usize>();
                all.extend(found);
            }
            Err(_) => all.extend(indexes.into_iter().map(|index| (index, gone()))),
        }
    }
    all
}

/// Where each partition ends, without records: as [`read_all`] where there is no memory for any.
pub(crate) async fn ends_of_all(
    shard: &Rc<Shard>,
    asks: &[Ask],
) -> Vec<(usize, Result<Found, ErrorCode>)> {
    let none = Limit { bytes_max: 0, got_bytes: 0, is_first_whole: false };
    read_within(shard, asks, none).await
}

/// How much a fetch may give, and has given.
#[derive(Clone, Copy, Debug)]
struct Limit {
    bytes_max: usize,
    got_bytes: usize,
    /// Whether the first batch comes in any case (KIP-74).
    is_first_whole: bool,
}

/// Runs on the owner.
async fn read_here(
    shard: &Shard,
    asks: Vec<(usize, Ask)>,
    mut limit: Limit,
) -> Vec<(usize, Result<Found, ErrorCode>)> {
    let mut all = Vec::with_capacity(asks.len());
    for (index, ask) in asks {
        let found = read_one(shard, &ask, limit).await;
        limit.got_bytes += found.as_ref().map_or(0, |found| found.bytes);
        all.push((index, found));
    }
    all
}

async fn read_one(shard: &Shard, ask: &Ask, within: Limit) -> Result<Found, ErrorCode> {
    let partition = shard.partition(ask.key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    partition.check_epoch(ask.epoch)?;
    let left_bytes = within.bytes_max.saturating_sub(within.got_bytes);
    let bytes_max = ask.bytes_max.min(left_bytes);
    let is_first = within.is_first_whole && within.got_bytes == 0;
    let mut slices = Vec::new();
    let mut bytes = 0;
    let log_error = |error| error_map::of_log(&error);
    let diverging = divergence(shard, &partition, ask).await?;
    if diverging.is_none() && (bytes_max > 0 || is_first) {
        let limit = ReadLimit { bytes_max };
        let engine = &shard.engine;
        let tail = engine.read_tail(partition.id, ask.offset, limit, &mut slices);
        let fetched = match tail.map_err(log_error)? {
            Some(fetched) => fetched,
            None => {
                let ahead = &shard.read_ahead;
                let read = ahead.read(shard, &partition, ask.offset, limit, &mut slices).await;
                read.map_err(log_error)?
            }
        };
        bytes = fetched.bytes;
        if bytes > bytes_max && !is_first {
            slices.clear();
            bytes = 0;
        }
    }
    partition.traffic.read(bytes);
    let watermarks = shard.engine.watermarks(partition.id).map_err(log_error)?;
    let (high_watermark, log_start) = (watermarks.stable, watermarks.start);
    Ok(Found { high_watermark, log_start, diverging, slices, bytes })
}

//= KIP-595: a reader says which epoch its last batch had; where that ended earlier here, or another
//= one came before it, it must first cut its log.
async fn divergence(
    shard: &Shard,
    partition: &Partition,
    ask: &Ask,
) -> Result<Option<EpochEnd>, ErrorCode> {
    if ask.last_epoch < 0 {
        return Ok(None);
    }
    let asked = LeaderEpoch::new(ask.last_epoch);
    let end = partition.epoch_end(shard, LeaderEpoch::NONE, asked).await?;
    if end == EpochEnd::UNKNOWN {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    Ok((end.epoch < asked || end.end < ask.offset).then_some(end))
}

/// Resolves when one of the partitions has grown beyond its end, or at the deadline.
pub(crate) async fn wait_for_more(shard: &Rc<Shard>, ends: Vec<(Key, Offset)>, deadline: Instant) {
    let mut waits: Vec<Boxed<'_, ()>> = vec![Box::pin(shard.io.sleep_until(deadline))];
    for (owner, ends) in shard.by_owner(ends, |(key, _)| *key) {
        let wait = async move |shard: Rc<Shard>| wait_here(&shard, ends, deadline).await;
        let waiting = shard.on(owner, wait);
        waits.push(Box::pin(async move { drop(waiting.await) }));
    }
    first(waits).await;
}

/// Runs on the owner. A partition that is gone counts as one that has grown: whoever reads it
/// again is told.
async fn wait_here(shard: &Shard, ends: Vec<(Key, Offset)>, deadline: Instant) {
    let mut waits: Vec<Boxed<'_, ()>> = vec![Box::pin(shard.io.sleep_until(deadline))];
    for (key, end) in ends {
        let Some(partition) = shard.partition(key) else { return };
        let growing = shard.engine.readable_beyond(partition.id, end);
        waits.push(Box::pin(async move { drop(growing.await) }));
    }
    first(waits).await;
}
