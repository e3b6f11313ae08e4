//! What a shard counts while it works.

use crate::metrics::journey::{Journey, Spent, Stage};
use crate::metrics::slowest::{Slow, Slowest};
use crate::metrics::traffic::{TopicTraffic, Traffic};
use millstream_base::{Instant, Latencies, TopicId};
use millstream_io::Io;
use millstream_wire::ApiKey;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// APIs whose stages are told apart: those that carry records.
const STAGED: [ApiKey; 2] = [ApiKey::Produce, ApiKey::Fetch];

/// Counts of one shard, which alone touches them.
#[derive(Default)]
pub(crate) struct Observed {
    open: Cell<u64>,
    accepted: Cell<u64>,
    refused: Cell<u64>,
    turned_away: Cell<u64>,
    given_up: Cell<u64>,
    shed: Cell<u64>,
    held_up: Cell<u64>,
    /// Made for an API when it is first asked for: most never are.
    requests: RefCell<BTreeMap<ApiKey, Requests>>,
    topics: RefCell<BTreeMap<TopicId, Rc<Traffic>>>,
    visits_sent: Cell<u64>,
    visits: RefCell<Latencies>,
    sends: RefCell<Latencies>,
    slowest: Slowest,
}

/// What became of the requests to one API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) latencies: Latencies,
    /// In the order of [`Stage::ALL`]; empty where they are not told apart.
    pub(crate) stages: Vec<Latencies>,
}

/// Stands for a connection as long as that is open.
pub(crate) struct Opened(Rc<Observed>);

impl Observed {
    /// Counts a connection in, until what it gives is dropped.
    pub(crate) fn open(self: &Rc<Self>) -> Opened {
        self.accepted.set(self.accepted.get() + 1);
        self.open.set(self.open.get() + 1);
        Opened(Rc::clone(self))
    }

    /// Counts a request that was answered.
    pub(crate) fn answered(&self, io: &Io, journey: &Journey, client: SocketAddr) {
        self.slowest.note(io, journey, client);
        let Some(key) = journey.key else { return };
        let mut requests = self.requests.borrow_mut();
        requests.entry(key).or_insert_with(|| Requests::new(key)).count(journey);
    }

    /// Counts a request that ended its connection.
    pub(crate) fn refused(&self) {
        self.refused.set(self.refused.get() + 1);
    }

    /// Counts a message to another shard.
    pub(crate) fn visit_sent(&self) {
        self.visits_sent.set(self.visits_sent.get() + 1);
    }

    /// Counts a message of another shard, and how long it was on its way.
    pub(crate) fn visited(&self, took: Duration) {
        self.visits.borrow_mut().record(took);
    }

    /// Counts answers that went together, and how long the kernel took to take them.
    pub(crate) fn sent(&self, took: Duration) {
        self.sends.borrow_mut().record(took);
    }

    /// Where what goes into a topic and comes out of it is counted.
    pub(crate) fn traffic(&self, topic: TopicId) -> Rc<Traffic> {
        Rc::clone(self.topics.borrow_mut().entry(topic).or_default())
    }

    /// Counts a connection that was one too many.
    pub(crate) fn turned_away(&self) {
        self.turned_away.set(self.turned_away.get() + 1);
    }

    /// Counts a connection that was ended since a request that had begun did not come.
    pub(crate) fn given_up(&self) {
        self.given_up.set(self.given_up.get() + 1);
    }

    /// Counts a connection that was ended since there was no memory for its answer.
    pub(crate) fn shed(&self) {
        self.shed.set(self.shed.get() + 1);
    }

    /// Counts how often a connection was not read on, since too much was under way.
    pub(crate) fn held_up(&self) {
        self.held_up.set(self.held_up.get() + 1);
    }

    pub(crate) fn turned_away_count(&self) -> u64 {
        self.turned_away.get()
    }

    pub(crate) fn given_up_count(&self) -> u64 {
        self.given_up.get()
    }

    pub(crate) fn shed_count(&self) -> u64 {
        self.shed.get()
    }

    pub(crate) fn held_up_count(&self) -> u64 {
        self.held_up.get()
    }

    pub(crate) fn open_count(&self) -> u64 {
        self.open.get()
    }

    pub(crate) fn accepted_count(&self) -> u64 {
        self.accepted.get()
    }

    pub(crate) fn refused_count(&self) -> u64 {
        self.refused.get()
    }

    pub(crate) fn visits_sent_count(&self) -> u64 {
        self.visits_sent.get()
    }

    pub(crate) fn visits(&self) -> Latencies {
        self.visits.borrow().clone()
    }

    pub(crate) fn sends(&self) -> Latencies {
        self.sends.borrow().clone()
    }

    pub(crate) fn requests(&self) -> BTreeMap<ApiKey, Requests> {
        self.requests.borrow().clone()
    }

    pub(crate) fn slowest(&self, now: Instant) -> Vec<Slow> {
        self.slowest.report(now)
    }

    /// Topics in which something has happened, by `name`; those that have none are forgotten.
    pub(crate) fn topics(&self, name: impl Fn(TopicId) -> Option<String>) -> Vec<TopicTraffic> {
        let mut topics = Vec::new();
        self.topics.borrow_mut().retain(|id, traffic| {
            let named = name(*id);
            let is_kept = named.is_some();
            topics.extend(named.filter(|_| !traffic.is_none()).map(|name| traffic.report(name)));
            is_kept
        });
        topics
    }
}

impl Requests {
    fn new(key: ApiKey) -> Self {
        let stages = if STAGED.contains(&key) { Stage::COUNT } else { 0 };
        Self { latencies: Latencies::new(), stages: vec![Latencies::new(); stages] }
    }

    fn count(&mut self, journey: &Journey) {
        self.latencies.record(journey.ended() - journey.begun());
        let spent: Spent = journey.spent();
        for (stage, spent) in self.stages.iter_mut().zip(spent) {
            // Nothing appended, nothing waited for: it was not there.
            if !spent.is_zero() {
                stage.record(spent);
            }
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
    }
}
