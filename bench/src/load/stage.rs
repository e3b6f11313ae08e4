//! What the tasks of one shard share: the clock of the run, and what they have counted.

use super::flow::Flow;
use super::run::Plan;
use super::tally::{Count, Second};
use millstream_base::Instant;
use millstream_io::{Inbox, Io};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::mpsc::Sender;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Connections are made before the load begins.
const HEAD_START: Duration = Duration::from_millis(300);
/// How long answers are waited for that are outstanding at the end.
const DRAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether they have come.
const DRAIN_LOOK: Duration = Duration::from_millis(2);
const SECOND: Duration = Duration::from_secs(1);

/// What a shard tells whoever started it.
#[derive(Debug)]
pub(crate) enum Event {
    Second(Box<Second>),
    /// The run cannot go on: a sentence.
    Broken(String),
    /// The end; so many requests have no answer, and somebody had more to do.
    Over {
        unanswered: u64,
        is_cut: bool,
    },
}

/// The run as a shard sees it.
pub(crate) struct Stage {
    pub(crate) io: Io,
    /// When the load begins.
    pub(crate) start: Instant,
    /// When nothing more is sent.
    pub(crate) end: Instant,
    /// Whether lost connections are opened again, and do not end the run.
    pub(crate) reconnects: bool,
    pub(crate) count: RefCell<Count>,
    flows: RefCell<Vec<Rc<Flow>>>,
    /// What comes and goes beside the load, and leaves something behind where it is cut off.
    guests: RefCell<Vec<Rc<Flow>>>,
    is_over: Cell<bool>,
    /// Who waits until all have done what they had to do.
    waiter: RefCell<Option<Waker>>,
    events: Sender<Event>,
}

impl Stage {
    pub(crate) fn new(io: &Io, plan: &Plan, events: Sender<Event>) -> Self {
        let start = io.now() + HEAD_START;
        Self {
            io: io.clone(),
            start,
            end: start + plan.length,
            reconnects: plan.reconnects,
            count: RefCell::new(Count::default()),
            flows: RefCell::new(Vec::new()),
            guests: RefCell::new(Vec::new()),
            is_over: Cell::new(false),
            waiter: RefCell::new(None),
            events,
        }
    }

    /// A new connection's flow, which ends with the run.
    pub(crate) fn flow(&self, in_flight_max: usize) -> Rc<Flow> {
        let flow = Rc::new(Flow::new(in_flight_max, self.start));
        self.flows.borrow_mut().push(Rc::clone(&flow));
        flow
    }

    /// What is under way on a flow when the run ends is waited for, and is no request without an
    /// answer if that is in vain.
    pub(crate) fn host(&self, flow: &Rc<Flow>) {
        self.guests.borrow_mut().push(Rc::clone(flow));
    }

    /// Somebody has nothing more to do. Where that was the last, the run ends at once, and not with
    /// the second: what was done in a part of it is not spread over the whole.
    pub(crate) fn finish(&self, flow: &Flow) {
        flow.end();
        if let Some(waiter) = self.waiter.borrow_mut().take() {
            waiter.wake();
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Ends the run on all shards, with a reason.
    pub(crate) fn fail(&self, why: String) {
        if !self.is_over() {
            drop(self.events.send(Event::Broken(why)));
        }
        self.end_all();
    }

    /// Reports second by second until the time is over or somebody stops it, then waits for what is
    /// outstanding.
    pub(crate) async fn conduct(&self, mut stop: Inbox<()>) {
        let watch = async {
            stop.receive(&mut VecDeque::new()).await;
            self.end_all();
        };
        let ticking = self.tick();
        first_of(ticking, watch).await;
        let is_cut = !self.has_done_all();
        self.end_all();
        let deadline = self.io.now() + DRAIN;
        while self.is_waited_for() && self.io.now() < deadline {
            self.io.sleep(DRAIN_LOOK).await;
        }
        let unanswered = u64::try_from(self.under_way_count()).unwrap_or(u64::MAX);
        drop(self.events.send(Event::Over { unanswered, is_cut }));
    }

    async fn tick(&self) {
        let mut begin = self.start;
        let mut index = 0;
        self.io.sleep_until(begin).await;
        self.count.replace(Count::default());
        while begin < self.end && !self.is_over() {
            let until = (begin + SECOND).min(self.end);
            first_of(self.io.sleep_until(until), self.done()).await;
            begin = self.report(index, begin);
            index += 1;
            if self.has_done_all() {
                break;
            }
        }
    }

    /// Hands over what was counted since `begin`, and answers when that was.
    fn report(&self, index: usize, begin: Instant) -> Instant {
        let now = self.io.now();
        let count = self.count.replace(Count::default());
        let second = Second { index, elapsed: now - begin, count };
        drop(self.events.send(Event::Second(Box::new(second))));
        now
    }

    fn end_all(&self) {
        self.is_over.set(true);
        self.flows.borrow().iter().for_each(|flow| flow.end());
    }

    /// Resolves when all have done what they had to do.
    fn done(&self) -> impl Future<Output = ()> + '_ {
        std::future::poll_fn(|context| {
            if self.has_done_all() {
                return Poll::Ready(());
            }
            *self.waiter.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
    }

    /// Whether there are flows, and all are over: producers have nothing more to send, and
    /// consumers that read once nothing more to read.
    fn has_done_all(&self) -> bool {
        let flows = self.flows.borrow();
        !flows.is_empty() && flows.iter().all(|flow| flow.is_over())
    }

    fn is_waited_for(&self) -> bool {
        self.under_way_count() > 0 || self.guests.borrow().iter().any(|flow| flow.count() > 0)
    }

    fn under_way_count(&self) -> usize {
        self.flows.borrow().iter().map(|flow| flow.count()).sum()
    }
}

/// Resolves when the first of two does.
async fn first_of(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let mut one = std::pin::pin!(one);
    let mut other = std::pin::pin!(other);
    std::future::poll_fn(|context| {
        let is_done = one.as_mut().poll(context).is_ready();
        if is_done || other.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}
