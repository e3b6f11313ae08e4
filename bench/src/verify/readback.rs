//! Reading everything back, partition by partition, from the first offset to the end.

use super::judge::Judge;
use super::leaders::{Leaders, look_up};
use super::produce::now;
use crate::client::{BEGINNING, Connection, END, FETCH_VERSION_MAX, offsets};
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

const FETCH_BYTES: i32 = 8 << 20;
const WAIT_MS: i32 = 500;
/// The engine's own limit is far below.
const BATCH_BYTES_MAX: usize = 256 << 20;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// What is read, and from whom.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) broker: &'a str,
    pub(super) topic: &'a str,
    /// How long a broker that is away is waited for.
    pub(super) patience: Duration,
}

impl Source<'_> {
    /// Shows the judge every record of the topic; [`Failure::missing`] where it is not there.
    pub(super) fn read(self, judge: &mut Judge) -> Result<(), Failure> {
        let (places, from, until) = self.again(|| {
            let places = look_up(self.broker, self.topic)?;
            let from = offsets(&places, BEGINNING)?;
            let until = offsets(&places, END)?;
            Ok((places, from, until))
        })?;
        let partitions: Vec<i32> = places.iter().map(|place| place.partition).collect();
        let leaders = Leaders::new(self.broker, self.topic, places);
        let mut progress = Progress::new(partitions.len());
        for ((partition, next), until) in partitions.into_iter().zip(from).zip(until) {
            let (topic, scratch) = (self.topic, Scratch::new());
            progress.step(&format!("reading {topic}/{partition}"));
            let reading = Reading { topic, partition, next, until, judge, scratch };
            self.read_partition(reading, &leaders)?;
        }
        Ok(())
    }

    fn read_partition(
        self,
        mut reading: Reading<'_>,
        leaders: &Leaders<'_>,
    ) -> Result<(), Failure> {
        let mut connection = None;
        while reading.next < reading.until {
            let before = reading.next;
            self.again(|| {
                let fetched = reading.fetch(&mut connection, leaders);
                if fetched.is_err() {
                    connection = None;
                    leaders.look_again();
                }
                fetched
            })?;
            if reading.next == before {
                let Reading { topic, partition, until, .. } = reading;
                return Err(Failure::failed(format!(
                    "{topic}/{partition} cannot be read on from {before}, before its end at {until}"
                )));
            }
        }
        Ok(())
    }

    /// Tries until it succeeds or patience is at its end: a broker that has just begun may not know
    /// its topics yet.
    fn again<T>(self, mut step: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let deadline = now() + self.patience;
        let is_passing = |failure: &Failure| failure.is_unreachable() || failure.is_missing();
        loop {
            match step() {
                Err(failure) if is_passing(&failure) && now() < deadline => {
                    std::thread::park_timeout(PAUSE);
                }
                result => return result,
            }
        }
    }
}

struct Reading<'a> {
    topic: &'a str,
    partition: i32,
    next: i64,
    until: i64,
    judge: &'a mut Judge,
    scratch: Scratch,
}

impl Reading<'_> {
    fn fetch(
        &mut self,
        connection: &mut Option<Connection>,
        leaders: &Leaders<'_>,
    ) -> Result<(), Failure> {
        let Self { topic, partition, .. } = *self;
        let wanted = FetchPartition {
            partition,
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
            None => Connection::open(&leaders.of(partition.unsigned_abs())?)?,
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
                    self.judge.corrupt(self.partition, self.next, &error.to_string());
                    let Some(rest) = self.skip(bytes) else { break };
                    bytes = rest;
                }
            }
        }
    }

    fn take(&mut self, batch: &CheckedBatch<'_>) {
        let partition = self.partition;
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
