//! Consumers: each asks its partitions for more when it has what it asked for.

use super::bulk::{Broken, Bulk};
use super::flow::Flow;
use super::group_read::GroupPlan;
use super::link;
use super::stage::Stage;
use super::stamp;
use crate::client::{Place, encode};
use crate::failure::Failure;
use millstream_base::Instant;
use millstream_batch::{CheckOptions, HEADER_BYTES, HeaderView, Origin, check};
use millstream_io::{Priority, Slice, Stream};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{Encoder, FetchRequest, FetchResponse, decode_response};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How long a broker waits for something new: also how late a consumer sees the end of a run.
const WAIT_MS: i32 = 500;
/// A longer rest is longer than any run.
const REST_MAX: Duration = Duration::from_secs(86_400);

/// What all consumers of a run do.
#[derive(Debug)]
pub(crate) struct FetchPlan {
    pub(crate) places: Vec<Place>,
    /// Where each place is read from.
    pub(crate) from: Vec<i64>,
    /// Where each is begun anew; `None` waits at the end for more.
    pub(crate) until: Option<Vec<i64>>,
    /// Whether each is left where it would be begun anew.
    pub(crate) is_once: bool,
    pub(crate) version: i16,
    pub(crate) fetch_bytes: i32,
    /// Whether checksums are verified.
    pub(crate) is_checked: bool,
    /// Where batches carry the time at which they were sent, if they do.
    pub(crate) stamp_at: Option<usize>,
    /// How long a consumer rests after each answer.
    pub(crate) pause: Duration,
    /// How many bytes a consumer reads in a second at most.
    pub(crate) rate: Option<f64>,
    /// Those that read on their own, and none where groups read.
    pub(crate) consumers: Vec<ConsumerPlan>,
    pub(crate) groups: Option<Arc<GroupPlan>>,
}

/// What one consumer does.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerPlan {
    pub(crate) address: SocketAddr,
    pub(crate) places: Vec<usize>,
}

/// Places of one leader, in order, and the next offset of each.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    places: Vec<usize>,
    positions: RefCell<Vec<i64>>,
}

impl Progress {
    /// A place more, which comes behind the others.
    pub(crate) fn push(&mut self, place: usize, offset: i64) {
        self.places.push(place);
        self.positions.get_mut().push(offset);
    }

    /// Each place, and where it is to be read on.
    pub(crate) fn offsets(&self) -> Vec<(usize, i64)> {
        self.places.iter().copied().zip(self.positions.borrow().iter().copied()).collect()
    }
}

/// Reads its places, one request after the other.
pub(crate) struct Consumer {
    stage: Rc<Stage>,
    plan: Arc<FetchPlan>,
    address: SocketAddr,
    progress: Rc<Progress>,
    /// Which of its places is asked for first: next time another one.
    turn: usize,
    /// Until when what it has read is enough.
    sated_until: Instant,
    /// Ends when all is read, where it is read once.
    flow: Option<Rc<Flow>>,
}

/// Starts the consumers with these indices.
pub(crate) fn start(stage: &Rc<Stage>, plan: &Arc<FetchPlan>, indices: &[usize]) {
    if plan.is_once && indices.is_empty() {
        stage.finish(&stage.flow(1));
    }
    for index in indices {
        let ConsumerPlan { address, places } = &plan.consumers[*index];
        let mut progress = Progress::default();
        places.iter().for_each(|place| progress.push(*place, plan.from[*place]));
        let mut consumer = Consumer::new(stage, plan, *address, Rc::new(progress));
        consumer.flow = plan.is_once.then(|| stage.flow(1));
        drop(stage.io.spawn(Priority::Foreground, consumer.run()));
    }
}

impl Consumer {
    pub(crate) fn new(
        stage: &Rc<Stage>,
        plan: &Arc<FetchPlan>,
        address: SocketAddr,
        progress: Rc<Progress>,
    ) -> Self {
        let sated_until = stage.start;
        let (stage, plan) = (Rc::clone(stage), Arc::clone(plan));
        Self { stage, plan, address, progress, turn: 0, sated_until, flow: None }
    }

    async fn run(self) {
        let stage = Rc::clone(&self.stage);
        if let Err(failure) = self.consume().await {
            stage.fail(failure.to_string());
        }
    }

    /// Reads until the run is over, or all is read that is to be read once.
    pub(crate) async fn consume(mut self) -> Result<(), Failure> {
        let stage = Rc::clone(&self.stage);
        let (address, mut lost_at) = (self.address, None);
        let connected = async |lost_at| {
            let connected = link::connect(&stage, address, lost_at).await;
            connected.map_err(Failure::failed)
        };
        while let Some(stream) = connected(lost_at).await? {
            match self.read(stream).await {
                Ok(()) => break,
                Err(Broken::Lost(_)) if stage.reconnects => {
                    lost_at = Some(stage.io.now());
                    stage.count.borrow_mut().fetched.lose(1);
                }
                Err(Broken::Lost(why) | Broken::Wrong(why)) => return Err(Failure::failed(why)),
            }
        }
        if let Some(flow) = &self.flow {
            stage.finish(flow);
        }
        Ok(())
    }

    async fn read(&mut self, stream: Stream) -> Result<(), Broken> {
        let lost = |error| Broken::Lost(format!("a connection is lost: {error}"));
        let io = self.stage.io.clone();
        let (receive, mut send) = stream.split();
        let mut bulk = Bulk::new(receive);
        io.sleep_until(self.stage.start).await;
        while !self.stage.is_over() && !self.has_read_all() {
            let request = self.request()?;
            let begin = io.now();
            send.send(vec![request]).await.map_err(lost)?;
            let bytes = self.take(bulk.next().await?, begin)?;
            self.rest(bytes, begin).await;
        }
        Ok(())
    }

    fn has_read_all(&self) -> bool {
        (0..self.progress.places.len()).all(|index| self.is_read(index))
    }

    /// Whether one of its places is read, and not to be read again.
    fn is_read(&self, index: usize) -> bool {
        self.plan.is_once && self.is_at_end(index)
    }

    fn is_at_end(&self, index: usize) -> bool {
        let place = self.progress.places[index];
        let position = self.progress.positions.borrow()[index];
        self.plan.until.as_ref().is_some_and(|until| position >= until[place])
    }

    /// Waits where it is to be slow: `bytes` came for the request of `begin`. Time in which nothing
    /// was there to be read is not made up for.
    async fn rest(&mut self, bytes: usize, begin: Instant) {
        if !self.plan.pause.is_zero() {
            self.stage.io.sleep(self.plan.pause).await;
        }
        let Some(rate) = self.plan.rate else { return };
        let seconds = crate::amount::float(bytes as u64) / rate;
        let needed = Duration::try_from_secs_f64(seconds).unwrap_or(REST_MAX).min(REST_MAX);
        self.sated_until = self.sated_until.max(begin) + needed;
        self.stage.io.sleep_until(self.sated_until.min(self.stage.end)).await;
    }

    fn request(&mut self) -> Result<Slice, Failure> {
        let plan = &self.plan;
        let places = &self.progress.places;
        let positions = self.progress.positions.borrow();
        let mut topics: Vec<FetchTopic<'_>> = Vec::new();
        for step in 0..places.len() {
            let index = (self.turn + step) % places.len();
            if self.is_read(index) {
                continue;
            }
            let place = &plan.places[places[index]];
            if topics.last().is_none_or(|topic| topic.topic != place.topic) {
                topics.push(FetchTopic { topic: &place.topic, ..FetchTopic::default() });
            }
            let topic = topics.last_mut().expect("pushed before");
            topic.partitions.push(FetchPartition {
                partition: place.partition,
                fetch_offset: positions[index],
                partition_max_bytes: plan.fetch_bytes,
                ..FetchPartition::default()
            });
        }
        self.turn += 1;
        let request = FetchRequest {
            max_wait_ms: WAIT_MS,
            min_bytes: 1,
            max_bytes: plan.fetch_bytes,
            topics,
            ..FetchRequest::default()
        };
        let mut encoder = Encoder::new();
        encode(&mut encoder, &request, plan.version, 0)?;
        Ok(Slice::from(encoder.bytes()))
    }

    /// Counts an answer, and says how many bytes of batches it had.
    fn take(&mut self, frame: &[u8], begin: Instant) -> Result<usize, Failure> {
        let (_, response) = decode_response::<FetchResponse<'_>>(frame, self.plan.version)
            .map_err(|error| Failure::failed(format!("not Kafka's protocol: {error}")))?;
        let now = self.stage.io.now();
        let (mut bytes, mut is_refused) = (0, !response.error_code.is_none());
        if is_refused {
            self.stage.count.borrow_mut().fetched.fail(response.error_code.0);
        }
        for topic in &response.responses {
            for answer in &topic.partitions {
                if !answer.error_code.is_none() {
                    self.stage.count.borrow_mut().fetched.fail(answer.error_code.0);
                    is_refused = true;
                    continue;
                }
                let batches = answer.records.borrowed().unwrap_or_default();
                bytes += batches.len();
                self.take_batches((topic.topic, answer.partition_index), batches);
            }
        }
        if bytes > 0 && !is_refused {
            // Its records were counted batch by batch.
            self.stage.count.borrow_mut().fetched.succeed(bytes, 0, now - begin);
        }
        Ok(bytes)
    }

    /// Looks at the header of each batch, and no further than that if it need not.
    fn take_batches(&mut self, (topic, partition): (&str, i32), batches: &[u8]) {
        let Some(index) = self.index_of(topic, partition) else { return };
        let mut count = self.stage.count.borrow_mut();
        let stamped = self.plan.stamp_at.map(|at| (at, stamp::now(&self.stage.io)));
        let mut rest = batches;
        while rest.len() >= HEADER_BYTES {
            let Ok(header) = HeaderView::new(rest) else { break };
            let Ok(batch_bytes) = header.batch_bytes() else {
                count.faults += 1;
                break;
            };
            // The end of an answer may cut a batch off; it comes whole next time.
            let Some((batch, behind)) = rest.split_at_checked(batch_bytes) else { break };
            if self.plan.is_checked && check(batch, CHECK).is_err() {
                count.faults += 1;
            }
            if let Some(latency) = stamped.and_then(|(at, now)| stamp::age(batch, at, now)) {
                count.end_to_end.record(latency);
            }
            count.fetched.records += u64::try_from(header.record_count()).unwrap_or(0);
            self.progress.positions.borrow_mut()[index] =
                header.base_offset().get() + i64::from(header.last_offset_delta()) + 1;
            rest = behind;
        }
        drop(count);
        if self.is_at_end(index) && !self.plan.is_once {
            let place = self.progress.places[index];
            self.progress.positions.borrow_mut()[index] = self.plan.from[place];
        }
    }

    fn index_of(&self, topic: &str, partition: i32) -> Option<usize> {
        let places = &self.progress.places;
        let key = (topic, partition);
        let found = places.binary_search_by(|place| {
            let place = &self.plan.places[*place];
            (place.topic.as_str(), place.partition).cmp(&key)
        });
        found.ok()
    }
}

const CHECK: CheckOptions =
    CheckOptions { batch_bytes_max: i32::MAX as usize, origin: Origin::Log };
