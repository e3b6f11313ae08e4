//! Reading everything back, partition by partition, from the first offset to the end.

use super::judge::Judge;
use super::produce::now;
use crate::client::{Connection, Place, Topics};
use crate::failure::Failure;
use crate::progress::Progress;
use millstream_base::Offset;
use millstream_batch::{
    BatchError, CheckOptions, CheckedBatch, DecompressLimit, HeaderView, Origin, Scratch,
    split_first,
};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{FetchRequest, FetchResponse};
use std::time::Duration;

/// From version 13 on topics go by their ids.
const FETCH_VERSION_MAX: i16 = 12;
const FETCH_BYTES: i32 = 8 << 20;
const WAIT_MS: i32 = 500;
/// The engine's own limit is far below.
const BATCH_BYTES_MAX: usize = 256 << 20;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// ListOffsets' words for the beginning and the end.
const BEGINNING: i64 = -2;
const END: i64 = -1;

/// Shows the judge every record of the topic. A broker that is away is waited for.
pub(super) fn read(
    broker: &str,
    topic: &str,
    patience: Duration,
    judge: &mut Judge,
) -> Result<(), Failure> {
    let deadline = now() + patience;
    let (places, from, until) = again(deadline, || {
        let mut topics = Topics::existing(Connection::open(broker)?, vec![topic.to_owned()]);
        let places = topics.places()?;
        let from = topics.offsets(&places, BEGINNING)?;
        let until = topics.offsets(&places, END)?;
        Ok((places, from, until))
    })?;
    let mut progress = Progress::new(places.len());
    for ((place, from), until) in places.iter().zip(from).zip(until) {
        progress.step(&format!("reading {}/{}", place.topic, place.partition));
        let mut reading = Reading { place, next: from, until, judge, scratch: Scratch::new() };
        let mut connection = None;
        while reading.next < reading.until {
            let before = reading.next;
            again(now() + patience, || {
                let fetched = reading.fetch(&mut connection);
                connection = connection.take().filter(|_| fetched.is_ok());
                fetched
            })?;
            if reading.next == before {
                let Place { topic, partition, .. } = place;
                return Err(Failure::failed(format!(
                    "{topic}/{partition} cannot be read on from {before}, before its end at {until}"
                )));
            }
        }
    }
    Ok(())
}

/// Tries until it succeeds or the time is over.
fn again<T>(
    deadline: std::time::Instant,
    mut step: impl FnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    loop {
        match step() {
            Err(failure) if failure.is_unreachable() && now() < deadline => {
                std::thread::park_timeout(PAUSE);
            }
            result => return result,
        }
    }
}

struct Reading<'a> {
    place: &'a Place,
    next: i64,
    until: i64,
    judge: &'a mut Judge,
    scratch: Scratch,
}

impl Reading<'_> {
    fn fetch(&mut self, connection: &mut Option<Connection>) -> Result<(), Failure> {
        let Place { topic, partition, leader } = self.place;
        let wanted = FetchPartition {
            partition: *partition,
            fetch_offset: self.next,
            partition_max_bytes: FETCH_BYTES,
            ..FetchPartition::default()
        };
        let request = FetchRequest {
            max_wait_ms: WAIT_MS,
            min_bytes: 1,
            max_bytes: FETCH_BYTES,
            topics: vec![FetchTopic { topic, partitions: vec![wanted], ..FetchTopic::default() }],
            ..FetchRequest::default()
        };
        let open = match connection.take() {
            Some(open) => open,
            None => Connection::open(leader)?,
        };
        let reply = connection.insert(open).ask(&request, FETCH_VERSION_MAX)?;
        let response: FetchResponse<'_> = reply.read()?;
        let Some(answer) = response.responses.iter().flat_map(|topic| &topic.partitions).next()
        else {
            return Err(Failure::unreachable("an answer to Fetch without a partition"));
        };
        let code = answer.error_code;
        if !code.is_none() {
            let why = format!("{topic}/{partition} at {}: {code}", self.next);
            let is_passing = code.is_retriable();
            return Err(if is_passing { Failure::unreachable(why) } else { Failure::failed(why) });
        }
        self.walk(answer.records.borrowed().unwrap_or_default());
        Ok(())
    }

    fn walk(&mut self, mut bytes: &[u8]) {
        let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };
        loop {
            match split_first(bytes, options) {
                Ok(None) | Err(BatchError::Truncated { .. }) => break,
                Ok(Some((batch, rest))) => {
                    self.take(&batch);
                    bytes = rest;
                }
                Err(error) => {
                    self.judge.corrupt(self.place.partition, self.next, &error.to_string());
                    let Some(rest) = self.skip(bytes) else { break };
                    bytes = rest;
                }
            }
        }
    }

    fn take(&mut self, batch: &CheckedBatch<'_>) {
        let partition = self.place.partition;
        match batch.records(DecompressLimit::DEFAULT, &mut self.scratch) {
            Err(error) => self.judge.corrupt(partition, self.next, &error.to_string()),
            Ok(records) => {
                for record in records {
                    match record {
                        Ok(record) if record.offset().get() >= self.next => {
                            let offset = record.offset().get();
                            self.judge.record(partition, offset, record.value().unwrap_or(&[]));
                        }
                        Ok(_) => {}
                        Err(error) => self.judge.corrupt(partition, self.next, &error.to_string()),
                    }
                }
            }
        }
        self.next = self.next.max(batch.next_offset().get());
    }

    /// Goes on behind a batch that is not sound, if its header says where that is.
    fn skip<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let header = HeaderView::new(bytes).ok()?;
        let delta = i64::from(header.last_offset_delta());
        let next = header.base_offset().checked_add(delta.checked_add(1)?).map(Offset::get)?;
        if next <= self.next {
            return None;
        }
        self.next = next;
        bytes.get(header.batch_bytes().ok()?..)
    }
}
