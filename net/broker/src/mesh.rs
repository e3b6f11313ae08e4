//! From shard to shard: a mailbox for each ordered pair.

use crate::shard::Shard;
use millstream_base::{Instant, ShardId};
use millstream_io::mailbox::{Inlet, Outlet, pair};
use millstream_io::{IoError, Priority, reply};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Visits that wait in one mailbox at most; further ones wait where they come from.
const MAILBOX_MAX: usize = 1024;

/// Something to do on another shard.
type Work = Box<dyn FnOnce(&Rc<Shard>) + Send>;

/// Work on its way. What it captures is all that crosses.
pub(crate) struct Visit {
    work: Work,
    /// When it set out.
    sent: Instant,
}

/// One shard's ends of all mailboxes.
pub(crate) struct Ends {
    outlets: Vec<Option<Outlet<Visit>>>,
    inlets: Vec<Inlet<Visit>>,
}

/// The ends for so many shards, in their order.
pub(crate) fn ends(shard_count: usize) -> Vec<Ends> {
    let empty = || Ends { outlets: Vec::new(), inlets: Vec::new() };
    let mut all: Vec<Ends> = (0..shard_count).map(|_| empty()).collect();
    for from in 0..shard_count {
        for to in 0..shard_count {
            if from == to {
                all[from].outlets.push(None);
                continue;
            }
            let (outlet, inlet) = pair(MAILBOX_MAX);
            all[from].outlets.push(Some(outlet));
            all[to].inlets.push(inlet);
        }
    }
    all
}

/// The ways from one shard to the others.
pub(crate) struct Mesh {
    lanes: Vec<Option<RefCell<Lane>>>,
}

struct Lane {
    outlet: Outlet<Visit>,
    /// What found the mailbox full, in order. A task empties it while it is not empty.
    waiting: VecDeque<Visit>,
}

impl Mesh {
    pub(crate) fn new(ends: Ends) -> (Self, Vec<Inlet<Visit>>) {
        let lane = |outlet| RefCell::new(Lane { outlet, waiting: VecDeque::new() });
        let lanes = ends.outlets.into_iter().map(|outlet| outlet.map(lane)).collect();
        (Self { lanes }, ends.inlets)
    }

    fn lane(&self, to: ShardId) -> &RefCell<Lane> {
        self.lanes[usize::from(to.get())].as_ref().expect("nobody visits itself")
    }
}

/// Carries out what comes in from one other shard, in its order.
pub(crate) async fn receive(shard: Rc<Shard>, mut inlet: Inlet<Visit>) {
    let mut visits = VecDeque::new();
    while inlet.receive(&mut visits).await {
        for visit in visits.drain(..) {
            shard.observed.visited(shard.io.tick_time() - visit.sent);
            (visit.work)(&shard);
        }
    }
}

impl Shard {
    /// Does something on the shard `to` and gives what it gave: here at once, elsewhere by way of
    /// its mailbox. What is sent to one shard begins there in the order in which it was sent.
    ///
    /// # Errors
    /// [`IoError::Closed`] if that shard is gone.
    pub(crate) async fn on<T, F>(
        self: &Rc<Self>,
        to: ShardId,
        work: impl FnOnce(Rc<Self>) -> F + Send + 'static,
    ) -> Result<T, IoError>
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        if to == self.io.shard() {
            return Ok(work(Rc::clone(self)).await);
        }
        let (reply, answer) = reply();
        let work: Work = Box::new(move |shard| {
            let working = work(Rc::clone(shard));
            let answering = async move { reply.send(working.await) };
            drop(shard.io.spawn(Priority::Foreground, answering));
        });
        self.send(to, Visit { work, sent: self.io.now() });
        answer.await
    }

    fn send(self: &Rc<Self>, to: ShardId, visit: Visit) {
        self.observed.visit_sent();
        let mut lane = self.mesh.lane(to).borrow_mut();
        let is_waiting = !lane.waiting.is_empty();
        let refused = if is_waiting { Some(visit) } else { lane.outlet.try_send(visit).err() };
        let Some(visit) = refused else { return };
        lane.waiting.push_back(visit);
        if !is_waiting {
            let shard = Rc::clone(self);
            drop(self.io.spawn(Priority::Foreground, async move { shard.drain(to).await }));
        }
    }

    /// Sends what waits for room in a mailbox, until nothing does.
    async fn drain(&self, to: ShardId) {
        while !self.drain_some(to) {
            self.io.next_tick().await;
        }
    }

    fn drain_some(&self, to: ShardId) -> bool {
        let mut lane = self.mesh.lane(to).borrow_mut();
        while let Some(visit) = lane.waiting.pop_front() {
            if let Err(visit) = lane.outlet.try_send(visit) {
                lane.waiting.push_front(visit);
                return false;
            }
        }
        true
    }
}
