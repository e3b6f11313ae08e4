//! Producers: a thread each, one request under way, sent again until it is answered.
//!
//! What was answered goes to the journal; what was not, and never was, goes there as unanswered.

use super::journal::{Batch, Entry, Journal, Run};
use super::record::Identity;
use crate::client::{Connection, Place};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::load::setup::wall_ms;
use millstream_base::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, Producer};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{
    ErrorCode, InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse,
    Records,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// From version 13 on topics go by their ids.
const PRODUCE_VERSION_MAX: i16 = 12;
/// How long the broker may take to store a batch.
const TIMEOUT_MS: i32 = 30_000;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// What all producers of a run do.
pub(super) struct Plan<'a> {
    pub(super) broker: &'a str,
    pub(super) patience: Duration,
    pub(super) length: Duration,
    pub(super) producer_count: usize,
    pub(super) batch_records: u32,
    pub(super) acks: i16,
    pub(super) run: &'a Run,
    pub(super) places: &'a [Place],
}

/// What came of it.
pub(super) struct Produced {
    /// Why it ended before its time; an interruption is not told here.
    pub(super) why_ended: Option<String>,
}

/// Produces until the time is over, somebody interrupts, or a producer must give up.
pub(super) fn run(plan: &Plan<'_>, journal: &Journal, interrupt: &Interrupt) -> Produced {
    let end = now() + plan.length;
    let is_over = AtomicBool::new(false);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for number in 0..plan.producer_count {
            let (is_over, failure) = (&is_over, &failure);
            scope.spawn(move || {
                let goes_on =
                    || now() < end && !interrupt.is_set() && !is_over.load(Ordering::Relaxed);
                let mut worker = Worker::new(plan, journal);
                let Err(why) = worker.produce(number, &goes_on) else { return };
                is_over.store(true, Ordering::Relaxed);
                let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| why.to_string());
            });
        }
    });
    Produced { why_ended: failure.into_inner().unwrap_or(None) }
}

struct Worker<'a> {
    plan: &'a Plan<'a>,
    journal: &'a Journal,
    connection: Option<(String, Connection)>,
    /// Where its partitions are led now, once that has changed.
    leader: Option<String>,
    id: Option<(ProducerId, ProducerEpoch)>,
    builder: BatchBuilder,
    value: Vec<u8>,
}

/// What became of one try.
enum Tried {
    /// Stored, the first record at this offset.
    Stored(i64),
    /// Refused, and worth another try.
    Later(ErrorCode),
    /// Refused for good.
    Refused(ErrorCode),
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan<'a>, journal: &'a Journal) -> Self {
        let value = vec![0; plan.run.value_bytes];
        let builder = BatchBuilder::new(BuilderOptions::default());
        Self { plan, journal, connection: None, leader: None, id: None, builder, value }
    }

    fn produce(&mut self, number: usize, goes_on: &impl Fn() -> bool) -> Result<(), Failure> {
        let streams = number..self.plan.run.stream_count as usize;
        let mut sequences: Vec<(u32, u64)> = streams
            .step_by(self.plan.producer_count)
            .filter_map(|stream| Some((u32::try_from(stream).ok()?, 0)))
            .collect();
        while goes_on() {
            for (stream, next) in &mut sequences {
                let batch = Batch { stream: *stream, first: *next, count: self.plan.batch_records };
                self.store(batch, goes_on)?;
                *next += u64::from(batch.count);
                if !goes_on() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sends a batch until it is answered.
    fn store(&mut self, batch: Batch, goes_on: &impl Fn() -> bool) -> Result<(), Failure> {
        let mut is_repeated = false;
        let begun = now();
        loop {
            let why = match self.attempt(batch) {
                Ok(Tried::Stored(offset)) => {
                    return self.journal.note(Entry::Acknowledged { batch, offset, is_repeated });
                }
                Ok(Tried::Refused(code)) => {
                    let partition = self.place(batch.stream).partition;
                    let why = format!("partition {partition} takes no more records: {code}");
                    self.give_up(batch, is_repeated)?;
                    return Err(Failure::failed(why));
                }
                Ok(Tried::Later(code)) => code.to_string(),
                Err(lost) => {
                    is_repeated = true;
                    lost.to_string()
                }
            };
            self.connection = None;
            self.leader = None;
            let is_late = now() >= begun + self.plan.patience;
            if is_late || !goes_on() {
                self.give_up(batch, is_repeated)?;
                return if is_late { Err(Failure::unreachable(why)) } else { Ok(()) };
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    fn give_up(&self, batch: Batch, is_repeated: bool) -> Result<(), Failure> {
        if is_repeated { self.journal.note(Entry::Unanswered { batch }) } else { Ok(()) }
    }

    fn place(&self, stream: u32) -> &'a Place {
        &self.plan.places[stream as usize % self.plan.places.len()]
    }

    fn attempt(&mut self, batch: Batch) -> Result<Tried, Failure> {
        let place = self.place(batch.stream);
        let producer = self.producer(batch)?;
        self.builder.restart(BuilderOptions { producer, ..BuilderOptions::default() });
        for sequence in (batch.first..).take(batch.count as usize) {
            Identity { stream: batch.stream, sequence }.write(self.plan.run.seed, &mut self.value);
            let time = Timestamp::new(wall_ms());
            let added = self.builder.append(time, None, Some(&self.value), &[]);
            added.map_err(|error| Failure::usage(error.to_string()))?;
        }
        let bytes = self.builder.finish().map_err(|error| Failure::usage(error.to_string()))?;
        let records = Records::Borrowed(bytes);
        let partition = PartitionProduceData { index: place.partition, records };
        let topic = TopicProduceData {
            name: &place.topic,
            partition_data: vec![partition],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks: self.plan.acks,
            timeout_ms: TIMEOUT_MS,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        let leader = self.leader.as_deref().unwrap_or(&place.leader);
        let connection = connect(&mut self.connection, leader)?;
        let reply = connection.ask(&request, PRODUCE_VERSION_MAX)?;
        let response: ProduceResponse<'_> = reply.read()?;
        let mut answers = response.responses.iter().flat_map(|topic| &topic.partition_responses);
        let Some(answer) = answers.next() else {
            return Err(Failure::unreachable("an answer to Produce without a partition"));
        };
        Ok(match answer.error_code {
            code if code.is_none() => Tried::Stored(answer.base_offset),
            code if code.is_retriable() => Tried::Later(code),
            code => Tried::Refused(code),
        })
    }

    //= KIP-98: each producer has an id, and counts its records in each partition.
    fn producer(&mut self, batch: Batch) -> Result<Option<Producer>, Failure> {
        if !self.plan.run.is_idempotent {
            return Ok(None);
        }
        let (id, epoch) = match self.id {
            Some(known) => known,
            None => self.ask_id()?,
        };
        self.id = Some((id, epoch));
        // Sequences begin at 0 again behind the greatest.
        let sequence = i32::try_from(batch.first % (1 << 31)).unwrap_or(0);
        Ok(Some(Producer { id, epoch, base_sequence: Sequence::new(sequence) }))
    }

    fn ask_id(&mut self) -> Result<(ProducerId, ProducerEpoch), Failure> {
        let request = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..InitProducerIdRequest::default()
        };
        let connection = connect(&mut self.connection, self.plan.broker)?;
        let reply = connection.ask(&request, 4)?;
        let response: InitProducerIdResponse = reply.read()?;
        if !response.error_code.is_none() {
            return Err(Failure::failed(format!("no producer id: {}", response.error_code)));
        }
        let epoch = ProducerEpoch::new(response.producer_epoch);
        Ok((ProducerId::new(response.producer_id), epoch))
    }
}

/// The connection to a broker: the one that is there, or a new one in its place.
fn connect<'c>(
    connection: &'c mut Option<(String, Connection)>,
    address: &str,
) -> Result<&'c mut Connection, Failure> {
    let is_there = connection.as_ref().is_some_and(|(known, _)| known == address);
    if !is_there {
        *connection = None;
        let opened = Connection::open(address)?;
        *connection = Some((address.to_owned(), opened));
    }
    let (_, connection) = connection.as_mut().expect("opened above");
    Ok(connection)
}

#[expect(clippy::disallowed_methods, reason = "a client stands outside of the simulated node")]
pub(super) fn now() -> Instant {
    Instant::now()
}
