//! Producers: connections that keep requests under way, or start them when they are meant to.

use super::answers;
use super::flow::{Flow, Sent};
use super::link;
use super::payload::Payload;
use super::requests::Requests;
use super::schedule::{Arrivals, Schedule};
use super::stage::Stage;
use super::stamp;
use super::tally::Count;
use super::turns::{Turn, Turns};
use super::weights::Weights;
use millstream_base::{Instant, ProducerEpoch, ProducerId, Sequence};
use millstream_batch::{Producer as Origin, patch};
use millstream_io::{Priority, ReceiveHalf, SendHalf, Slice};
use millstream_wire::{ProduceResponse, WireError, decode_response};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

/// How many requests one gathered send carries: three pieces each, and the kernel takes 1024.
const GATHERED_COUNT_MAX: usize = 256;

/// What all producers of a run do.
#[derive(Debug)]
pub(crate) struct ProducePlan {
    pub(crate) requests: Requests,
    pub(crate) payload: Payload,
    pub(crate) version: i16,
    pub(crate) in_flight_max: usize,
    /// Of all producers together, in requests per second; `None` sends as fast as answers come.
    pub(crate) rate: Option<(f64, Arrivals)>,
    /// Whether each batch carries the time at which it was sent.
    pub(crate) is_stamped: bool,
    /// Whether the broker answers: not where nobody is to acknowledge.
    pub(crate) is_answered: bool,
    /// How many requests each producer sends, where time does not end it.
    pub(crate) count_max: Option<u64>,
    pub(crate) connections: Vec<ProducerPlan>,
}

/// What one producer does.
#[derive(Clone, Debug)]
pub(crate) struct ProducerPlan {
    pub(crate) address: SocketAddr,
    /// Where it sends to.
    pub(crate) places: Vec<usize>,
    /// How often to each of them; `None` is in turn.
    pub(crate) weights: Option<Arc<Weights>>,
    /// Its name, if it is idempotent.
    pub(crate) id: Option<(ProducerId, ProducerEpoch)>,
}

/// One producer at work.
struct Producer {
    stage: Rc<Stage>,
    plan: Arc<ProducePlan>,
    index: usize,
    flow: Rc<Flow>,
    turns: Turns,
    sent_count: usize,
    schedule: Option<Schedule>,
}

/// Starts the producers with these indices.
pub(crate) fn start(stage: &Rc<Stage>, plan: &Arc<ProducePlan>, indices: &[usize]) {
    for index in indices {
        let producer = Producer::new(Rc::clone(stage), Arc::clone(plan), *index);
        drop(stage.io.spawn(Priority::Foreground, producer.run()));
    }
}

impl Producer {
    fn new(stage: Rc<Stage>, plan: Arc<ProducePlan>, index: usize) -> Self {
        let flow = stage.flow(plan.in_flight_max);
        let schedule = plan.rate.map(|(rate, arrivals)| {
            let count = crate::amount::float(plan.connections.len() as u64).max(1.0);
            let own = rate / count;
            // Producers start one after the other, not all at once.
            let offset = crate::amount::float(index as u64) / rate;
            let first = stage.start + std::time::Duration::from_secs_f64(offset.min(3600.0));
            match arrivals {
                Arrivals::Even => Schedule::even(first, own),
                Arrivals::Poisson => Schedule::poisson(stage.start, own, index as u64),
            }
        });
        let ProducerPlan { places, weights, .. } = &plan.connections[index];
        let turns = match weights {
            None => Turns::even(places.len()),
            Some(weights) => Turns::weighted(Arc::clone(weights), index as u64),
        };
        Self { stage, plan, index, flow, turns, sent_count: 0, schedule }
    }

    async fn run(mut self) {
        let stage = Rc::clone(&self.stage);
        let (plan, flow) = (Arc::clone(&self.plan), Rc::clone(&self.flow));
        let address = plan.connections[self.index].address;
        let receive = |receive| {
            let (stage, plan, flow) = (Rc::clone(&stage), Arc::clone(&plan), Rc::clone(&flow));
            let receiver = receive_answers(Rc::clone(&stage), plan, flow, receive);
            drop(stage.io.spawn(Priority::Foreground, receiver));
        };
        let send = async |send| self.send_all(send).await;
        let lose = |count: &mut Count, lost_count| count.produced.lose(lost_count);
        link::keep(&stage, &flow, address, receive, send, lose).await;
    }

    async fn send_all(&mut self, mut send: SendHalf) {
        let mut starts = Vec::new();
        loop {
            let room = self.flow.room().await.min(GATHERED_COUNT_MAX);
            let now = self.stage.io.now();
            let room = room.min(self.left());
            if room == 0 || now >= self.stage.end {
                break;
            }
            self.take_starts(room, now, &mut starts);
            if starts.is_empty() {
                let next = self.schedule.as_ref().map_or(now, Schedule::next);
                self.stage.io.sleep_until(next.min(self.stage.end)).await;
                continue;
            }
            let pieces = self.gather(&starts);
            if let Err(error) = send.send(pieces).await {
                let why = format!("the broker takes no more requests: {error}");
                return link::lose(&self.stage, &self.flow, self.flow.opened_count(), why);
            }
            let now = self.stage.io.now();
            if !self.plan.is_answered {
                starts.iter().for_each(|_| self.take_sent(now));
            }
            self.flow.held_until(now);
        }
    }

    /// How many requests it may still send.
    fn left(&self) -> usize {
        let Some(count_max) = self.plan.count_max else { return usize::MAX };
        usize::try_from(count_max).unwrap_or(usize::MAX).saturating_sub(self.sent_count)
    }

    /// When the requests were meant to start that are sent now.
    fn take_starts(&mut self, room: usize, now: Instant, starts: &mut Vec<Instant>) {
        starts.clear();
        let Some(schedule) = &mut self.schedule else {
            starts.resize(room, now);
            return;
        };
        let room_since = self.flow.room_since();
        let mut count = self.stage.count.borrow_mut();
        while starts.len() < room {
            let Some(intended) = schedule.take_due(now) else { break };
            // Only what is this client's own doing: before, the connection was full.
            count.lateness.record(now - intended.max(room_since));
            starts.push(intended);
        }
    }

    /// A request that nobody answers counts when it was sent.
    fn take_sent(&self, now: Instant) {
        let Some(sent) = self.flow.pop(now) else { return };
        let produced = &mut self.stage.count.borrow_mut().produced;
        produced.succeed(sent.bytes, self.plan.payload.record_count, now - sent.intended);
    }

    fn gather(&mut self, starts: &[Instant]) -> Vec<Slice> {
        let mut pieces = Vec::with_capacity(3 * starts.len());
        for intended in starts {
            let turn = self.turns.take();
            let place = self.plan.connections[self.index].places[turn.index];
            let batch = self.batch((place, turn), *intended);
            self.sent_count += 1;
            self.flow.push(Sent { intended: *intended, place, bytes: batch.len() });
            self.plan.requests.gather(place, batch, &mut pieces);
        }
        pieces
    }

    /// The next batch for a place, with what is only this one's.
    fn batch(&self, (place, turn): (usize, Turn), intended: Instant) -> Slice {
        let payload = &self.plan.payload;
        let batches = payload.of_place(place);
        let batch = &batches[(self.index + self.sent_count) % batches.len()];
        let stamp_at = self.plan.is_stamped.then_some(payload.value_at);
        let producer = self.producer(turn);
        if stamp_at.is_none() && producer.is_none() {
            return batch.clone();
        }
        stamp::changed(&self.stage.io, batch, |batch| {
            if let Some(position) = stamp_at {
                stamp::put(batch, position, intended);
            }
            if let Some(producer) = producer {
                patch::assign_producer(batch, producer);
            }
        })
    }

    //= KIP-98: a producer counts its records in each partition.
    fn producer(&self, turn: Turn) -> Option<Origin> {
        let (id, epoch) = self.plan.connections[self.index].id?;
        let records = turn.earlier_count.wrapping_mul(u64::from(self.plan.payload.record_count));
        Some(Origin { id, epoch, base_sequence: sequence(records) })
    }
}

/// The sequence of a record behind so many others: behind the greatest comes 0 again (KIP-98).
fn sequence(records: u64) -> Sequence {
    Sequence::new(i32::try_from(records % (1 << 31)).expect("31 bits"))
}

async fn receive_answers(
    stage: Rc<Stage>,
    plan: Arc<ProducePlan>,
    flow: Rc<Flow>,
    receive: ReceiveHalf,
) {
    let take = |frame: &[u8], now| take_answer(&stage, &plan, &flow, (frame, now));
    answers::each(&stage, &flow, receive, take).await;
}

fn take_answer(
    stage: &Stage,
    plan: &ProducePlan,
    flow: &Flow,
    (frame, now): (&[u8], Instant),
) -> Result<(), WireError> {
    let (header, response) = decode_response::<ProduceResponse<'_>>(frame, plan.version)?;
    let Some(sent) = flow.pop(now) else { return Ok(()) };
    if usize::try_from(header.correlation_id) != Ok(sent.place) {
        stage.fail(String::from("the broker answers in another order than it was asked"));
        return Ok(());
    }
    let mut answers = response.responses.iter().flat_map(|topic| &topic.partition_responses);
    let refused = answers.find(|answer| !answer.error_code.is_none());
    let produced = &mut stage.count.borrow_mut().produced;
    match refused {
        Some(answer) => produced.fail(answer.error_code.0),
        None => {
            produced.succeed(sent.bytes, plan.payload.record_count, now - sent.intended);
        }
    }
    Ok(())
}
