//! Producers: a thread each, one request under way, sent again until it is answered.
//!
//! What was answered goes to the journal; what was not, and never was, goes there as unanswered.

use super::journal::{Batch, Entry, Journal, Run};
use super::leaders::Leaders;
use super::record::Identity;
use crate::calendar::now_ms;
use crate::client::{Acks, Connection, PRODUCE_VERSION_MAX, STORE_TIMEOUT_MS, init_producer};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use millstream_base::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, Producer};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{ErrorCode, ProduceRequest, ProduceResponse, Records};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// What all producers of a run do.
pub(super) struct Plan<'a> {
    pub(super) patience: Duration,
    pub(super) length: Duration,
    pub(super) producer_count: usize,
    pub(super) batch_records: u32,
    pub(super) acks: Acks,
    pub(super) run: &'a Run,
    pub(super) leaders: &'a Leaders<'a>,
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
    /// By their addresses.
    connections: BTreeMap<String, Connection>,
    id: Option<(ProducerId, ProducerEpoch)>,
    builder: BatchBuilder,
    value: Vec<u8>,
}

/// What became of one try.
enum Tried {
    /// Stored, the first record at this offset.
    Stored(i64),
    /// Not stored, and worth another try.
    Later(String),
    /// Nobody knows whether it was stored; worth another try.
    Unknown(String),
    /// Refused for good.
    Refused(ErrorCode),
}

/// Whether a batch that is answered so may be stored all the same: by the leader, which then waited
/// in vain for others, or was one no more, or could not say what became of it.
fn may_be_stored(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::REQUEST_TIMED_OUT
            | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::NETWORK_EXCEPTION
            | ErrorCode::KAFKA_STORAGE_ERROR
            | ErrorCode::UNKNOWN_SERVER_ERROR
    )
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan<'a>, journal: &'a Journal) -> Self {
        let value = vec![0; plan.run.value_bytes];
        let builder = BatchBuilder::new(BuilderOptions::default());
        Self { plan, journal, connections: BTreeMap::new(), id: None, builder, value }
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
        let partition = self.plan.run.partition(batch.stream);
        let mut is_repeated = false;
        let begun = now();
        loop {
            let why = match self.attempt(batch, partition)? {
                Tried::Stored(offset) => {
                    return self.journal.note(Entry::Acknowledged { batch, offset, is_repeated });
                }
                Tried::Refused(code) => {
                    self.give_up(batch, is_repeated || may_be_stored(code))?;
                    let why = format!("partition {partition} takes no more records: {code}");
                    return Err(Failure::failed(why));
                }
                Tried::Later(why) => why,
                Tried::Unknown(why) => {
                    is_repeated = true;
                    why
                }
            };
            let is_late = now() >= begun + self.plan.patience;
            if is_late || !goes_on() {
                self.give_up(batch, is_repeated)?;
                return if is_late { Err(Failure::unreachable(why)) } else { Ok(()) };
            }
            std::thread::park_timeout(PAUSE);
            self.connections.clear();
            self.plan.leaders.look_again();
        }
    }

    fn give_up(&self, batch: Batch, is_repeated: bool) -> Result<(), Failure> {
        if is_repeated { self.journal.note(Entry::Unanswered { batch }) } else { Ok(()) }
    }

    fn attempt(&mut self, batch: Batch, partition: u32) -> Result<Tried, Failure> {
        let producer = match self.producer(batch) {
            Ok(producer) => producer,
            Err(failure) => return later(failure),
        };
        let leader = self.plan.leaders.of(partition)?;
        if let Err(failure) = self.connection(&leader) {
            return later(failure);
        }
        self.build(batch, producer)?;
        let bytes = self.builder.finish().map_err(|error| Failure::usage(error.to_string()))?;
        let index = i32::try_from(partition).unwrap_or(i32::MAX);
        let topic = TopicProduceData {
            name: &self.plan.run.topic,
            partition_data: vec![PartitionProduceData { index, records: Records::Borrowed(bytes) }],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks: self.plan.acks.code(),
            timeout_ms: STORE_TIMEOUT_MS,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        let connection = self.connections.get_mut(&leader).expect("opened above");
        let answered = connection.ask(&request, PRODUCE_VERSION_MAX).and_then(|reply| {
            let response: ProduceResponse<'_> = reply.read()?;
            let mut answers = response.responses.iter().flat_map(|it| &it.partition_responses);
            let answer = answers.next().filter(|answer| answer.index == index);
            let answer = answer.map(|answer| (answer.error_code, answer.base_offset));
            answer.ok_or_else(|| Failure::unreachable("an answer to Produce for something else"))
        });
        Ok(match answered {
            Err(lost) => Tried::Unknown(lost.to_string()),
            Ok((code, offset)) if code.is_none() => Tried::Stored(offset),
            Ok((code, _)) if !code.is_retriable() => Tried::Refused(code),
            Ok((code, _)) if may_be_stored(code) => Tried::Unknown(code.to_string()),
            Ok((code, _)) => Tried::Later(code.to_string()),
        })
    }

    fn build(&mut self, batch: Batch, producer: Option<Producer>) -> Result<(), Failure> {
        self.builder.restart(BuilderOptions { producer, ..BuilderOptions::default() });
        for sequence in (batch.first..).take(batch.count as usize) {
            Identity { stream: batch.stream, sequence }.write(self.plan.run.seed, &mut self.value);
            let time = Timestamp::new(now_ms());
            let added = self.builder.append(time, None, Some(&self.value), &[]);
            added.map_err(|error| Failure::usage(error.to_string()))?;
        }
        Ok(())
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
        let leader = self.plan.leaders.of(0)?;
        init_producer(self.connection(&leader)?)
    }

    /// The connection to a broker: the one that is there, or a new one.
    fn connection(&mut self, address: &str) -> Result<&mut Connection, Failure> {
        if !self.connections.contains_key(address) {
            let opened = Connection::open(address)?;
            self.connections.insert(address.to_owned(), opened);
        }
        Ok(self.connections.get_mut(address).expect("opened above"))
    }
}

/// What was not sent is worth another try where it is only that nobody answers.
fn later(failure: Failure) -> Result<Tried, Failure> {
    if failure.is_unreachable() { Ok(Tried::Later(failure.to_string())) } else { Err(failure) }
}

#[expect(clippy::disallowed_methods, reason = "a client stands outside of the simulated node")]
pub(super) fn now() -> Instant {
    Instant::now()
}
