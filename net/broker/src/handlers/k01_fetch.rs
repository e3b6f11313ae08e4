//! Fetch, versions 4 to 18: batches out of partitions, as they are stored.
//!
//! - A batch that holds the offset comes whole, from its beginning; clients skip.
//! - Limits are soft: the first batch of the first partition that has any comes in any case
//!   (KIP-74); what comes behind it fits.
//! - Too few bytes: waits until there are enough or the time is up, and answers at once where a
//!   partition has an error.
//! - Where the shard's memory is held by others it waits for some as it waits for records, takes
//!   what there is, and is answered without records when the time is up.
//! - Sessions (KIP-227) from version 7: see [`crate::fetch_session`].
//! - A reader that says which epoch its last batch had is told where its log parts from this one,
//!   if it does (KIP-595, from version 12).
//! - From version 13 topics come by id (KIP-516).

use crate::budget::Lease;
use crate::exchange::{Exchange, Outcome};
use crate::fetch_session::{self, Plan, Row, Slots};
use crate::fetching::{Ask, Found, ends_of_all, read_all, wait_for_more};
use crate::metrics::Stage;
use crate::race::{First, race};
use crate::shard::Key;
use crate::topics;
use millstream_base::{Offset, PartitionIndex};
use millstream_controller::MetadataImage;
use millstream_io::Slice;
use millstream_wire::message::k01_fetch::{EpochEndOffset, FetchableTopicResponse, PartitionData};
use millstream_wire::{ErrorCode, FetchRequest, FetchResponse, Records};
use std::time::Duration;

/// The longest that a fetch waits, whatever it asks for.
const WAIT_MAX: Duration = Duration::from_secs(600);
const READ_COMMITTED: i8 = 1;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &FetchRequest<'_>) -> Outcome {
    let has_ids = exchange.version() >= 13;
    let planned = fetch_session::plan(&mut exchange.client.session.borrow_mut(), request, has_ids);
    let (rows, is_first, is_incremental) = match planned {
        Ok(Plan::Full(rows)) => (rows, false, false),
        Ok(Plan::First(rows)) => (rows, true, false),
        Ok(Plan::Incremental(rows)) => (rows, false, true),
        Err(error_code) => {
            let session_id = request.session_id;
            let response = FetchResponse { error_code, session_id, ..FetchResponse::default() };
            return exchange.answer(&response);
        }
    };
    let (results, lease) = read(exchange, request, &rows, has_ids).await;
    if is_first {
        begin_session(exchange, &rows, has_ids);
    }
    let chosen = if is_first || is_incremental {
        choose(exchange, &results, is_incremental)
    } else {
        vec![true; results.len()]
    };
    let session = exchange.client.session.borrow();
    let session_id =
        session.as_ref().filter(|_| is_first || is_incremental).map_or(0, |session| session.id());
    drop(session);
    let mut records = Vec::new();
    let is_committed = request.isolation_level == READ_COMMITTED;
    let mut responses: Vec<FetchableTopicResponse<'_>> = Vec::new();
    for ((row, result), is_chosen) in rows.iter().zip(results).zip(chosen) {
        if !is_chosen {
            continue;
        }
        let data = partition_data(row.partition.partition, result, is_committed, &mut records);
        match responses.last_mut() {
            Some(last) if last.topic == &*row.topic && last.topic_id == row.topic_id => {
                last.partitions.push(data);
            }
            _ => responses.push(FetchableTopicResponse {
                topic: &row.topic,
                topic_id: row.topic_id,
                partitions: vec![data],
            }),
        }
    }
    let response = FetchResponse { session_id, responses, ..FetchResponse::default() };
    exchange.answer_gathered(&response, records, lease)
}

fn begin_session(exchange: &Exchange<'_>, rows: &[Row], has_ids: bool) {
    let shard = exchange.shard;
    let slots = Slots {
        count: shard.fetch_sessions.clone(),
        max: shard.facts.settings.network.fetch_sessions_max,
    };
    let random = shard.io.random_u64() >> 33;
    let id = i32::try_from(random).expect("31 bits").max(1);
    let session = fetch_session::begin(rows.to_vec(), id, has_ids, &slots);
    *exchange.client.session.borrow_mut() = session;
}

/// Which rows are answered: all, or in a session those that give something or have changed.
fn choose(
    exchange: &Exchange<'_>,
    results: &[Result<Found, ErrorCode>],
    is_incremental: bool,
) -> Vec<bool> {
    let mut session = exchange.client.session.borrow_mut();
    let Some(session) = session.as_mut() else { return vec![true; results.len()] };
    let mut gave = Vec::new();
    let mut chosen = Vec::with_capacity(results.len());
    for (index, result) in results.iter().enumerate() {
        let is_news = match result {
            Ok(found) => {
                let has_bytes = found.bytes > 0;
                if has_bytes {
                    gave.push(index);
                }
                let ends = (found.high_watermark.get(), found.log_start.get());
                session.tell(index, ends, has_bytes)
            }
            Err(_) => true,
        };
        chosen.push(is_news || !is_incremental);
    }
    session.rotate(&gave);
    chosen
}

/// Reads, and reads again when there is more, until it is enough or time is up; one result for
/// each row, and the memory of what was read.
async fn read(
    exchange: &Exchange<'_>,
    request: &FetchRequest<'_>,
    rows: &[Row],
    has_ids: bool,
) -> (Vec<Result<Found, ErrorCode>>, Option<Lease>) {
    let image = exchange.shard.image();
    let mut results = Vec::with_capacity(rows.len());
    let mut asks = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match address(&image, row, has_ids) {
            Ok(key) => {
                asks.push(ask(index, key, row));
                // Replaced below.
                results.push(Err(ErrorCode::UNKNOWN_SERVER_ERROR));
            }
            Err(error) => results.push(Err(error)),
        }
    }
    let is_refused = asks.len() < rows.len();
    let (all, lease) = fetch(exchange, request, &asks, is_refused).await;
    for (ask, found) in all {
        results[asks[ask].row] = found;
    }
    (results, lease)
}

async fn fetch(
    exchange: &Exchange<'_>,
    request: &FetchRequest<'_>,
    asks: &[Ask],
    is_refused: bool,
) -> (Vec<(usize, Result<Found, ErrorCode>)>, Option<Lease>) {
    let shard = exchange.shard;
    let size = |bytes: i32| usize::try_from(bytes).unwrap_or(0);
    let fetch_bytes_max = shard.facts.settings.network.fetch_bytes_max;
    let bytes_max = size(request.max_bytes).min(usize::try_from(fetch_bytes_max).unwrap_or(0));
    let wait = u64::try_from(request.max_wait_ms).map_or(Duration::ZERO, Duration::from_millis);
    let deadline = shard.io.now() + wait.min(WAIT_MAX);
    let asked_bytes = asks.iter().fold(0_usize, |sum, ask| sum.saturating_add(ask.bytes_max));
    loop {
        let memory = exchange.client.account.grant(bytes_max.min(asked_bytes));
        let mut lease = match race(memory, shard.io.sleep_until(deadline)).await {
            First::Left(lease) => Some(lease),
            First::Right(()) => None,
        };
        let found = match &lease {
            Some(lease) => read_all(shard, asks, lease.bytes()).await,
            None => ends_of_all(shard, asks).await,
        };
        let good = found.iter().filter_map(|(_, found)| found.as_ref().ok());
        let bytes: usize = good.map(|found| found.bytes).sum();
        let is_final = |found: &Result<Found, ErrorCode>| {
            found.as_ref().map_or(true, |found| found.diverging.is_some())
        };
        let is_failed = is_refused || found.iter().any(|(_, found)| is_final(found));
        let is_enough = bytes >= size(request.min_bytes).min(bytes_max);
        let now = shard.io.now();
        exchange.journey.end(Stage::Read, now);
        if is_failed || is_enough || now >= deadline {
            if let Some(lease) = &mut lease {
                lease.resize(bytes);
            }
            return (found, lease);
        }
        drop(lease);
        let ends = found.iter().filter_map(|(ask, found)| {
            let high_watermark = found.as_ref().ok()?.high_watermark;
            Some((asks[*ask].key, high_watermark))
        });
        wait_for_more(shard, ends.collect(), deadline).await;
        exchange.journey.end(Stage::Park, shard.io.tick_time());
    }
}

fn address(image: &MetadataImage, row: &Row, has_ids: bool) -> Result<Key, ErrorCode> {
    let found = topics::find(image, has_ids.then_some(row.topic_id), &row.topic)?;
    let index = PartitionIndex::new(row.partition.partition);
    found.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    Ok((found.id(), index))
}

fn ask(row: usize, key: Key, asked: &Row) -> Ask {
    Ask {
        row,
        key,
        offset: Offset::new(asked.partition.fetch_offset),
        bytes_max: usize::try_from(asked.partition.partition_max_bytes).unwrap_or(0),
        epoch: asked.partition.current_leader_epoch,
        last_epoch: asked.partition.last_fetched_epoch,
    }
}

fn partition_data(
    partition_index: i32,
    result: Result<Found, ErrorCode>,
    is_committed: bool,
    records: &mut Vec<Vec<Slice>>,
) -> PartitionData<'static> {
    let blank = PartitionData {
        partition_index,
        high_watermark: -1,
        aborted_transactions: None,
        records: Records::EMPTY,
        ..PartitionData::default()
    };
    let found = match result {
        Ok(found) => found,
        Err(error_code) => return PartitionData { error_code, ..blank },
    };
    let mut data = PartitionData {
        high_watermark: found.high_watermark.get(),
        last_stable_offset: found.high_watermark.get(),
        log_start_offset: found.log_start.get(),
        aborted_transactions: is_committed.then(Vec::new),
        ..blank
    };
    if let Some(end) = found.diverging {
        data.diverging_epoch = EpochEndOffset { epoch: end.epoch.get(), end_offset: end.end.get() };
    }
    if found.bytes > 0 {
        data.records = Records::Elsewhere { bytes: found.bytes };
        records.push(found.slices);
    }
    data
}
