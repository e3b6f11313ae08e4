//! What one connection has sent and not yet heard of.

use millstream_base::Instant;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::{Poll, Waker};

/// A request that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// When it was meant to start: latency counts from here.
    pub(crate) intended: Instant,
    /// Which prepared request it was.
    pub(crate) place: usize,
    /// What it carries.
    pub(crate) bytes: usize,
}

/// The requests under way of one connection, oldest first, shared by who sends and who receives.
#[derive(Debug)]
pub(crate) struct Flow {
    under_way: RefCell<VecDeque<Sent>>,
    count_max: usize,
    /// Since when there is room.
    room_since: Cell<Instant>,
    sender: RefCell<Option<Waker>>,
    is_over: Cell<bool>,
    /// How often its connection was opened again.
    opened_count: Cell<u64>,
    is_broken: Cell<bool>,
}

impl Flow {
    /// Nothing is under way.
    pub(crate) fn new(count_max: usize, now: Instant) -> Self {
        Self {
            under_way: RefCell::new(VecDeque::new()),
            count_max,
            room_since: Cell::new(now),
            sender: RefCell::new(None),
            is_over: Cell::new(false),
            opened_count: Cell::new(0),
            is_broken: Cell::new(false),
        }
    }

    /// Resolves when another request may be sent, with how many; with 0 when it is over, or its
    /// connection is lost.
    pub(crate) fn room(&self) -> impl Future<Output = usize> + '_ {
        std::future::poll_fn(|context| {
            if self.is_over.get() || self.is_broken.get() {
                return Poll::Ready(0);
            }
            let room = self.count_max.saturating_sub(self.under_way.borrow().len());
            if room > 0 {
                return Poll::Ready(room);
            }
            *self.sender.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
    }

    /// Since when there has been room without a break.
    pub(crate) fn room_since(&self) -> Instant {
        self.room_since.get()
    }

    /// The sender was held up by the network until now, which is not its own fault.
    pub(crate) fn held_until(&self, now: Instant) {
        self.room_since.set(now);
    }

    /// A request goes.
    pub(crate) fn push(&self, sent: Sent) {
        self.under_way.borrow_mut().push_back(sent);
    }

    /// An answer came: to the oldest request.
    pub(crate) fn pop(&self, now: Instant) -> Option<Sent> {
        let mut under_way = self.under_way.borrow_mut();
        if under_way.len() >= self.count_max {
            self.room_since.set(now);
        }
        let sent = under_way.pop_front();
        drop(under_way);
        self.wake();
        sent
    }

    /// How often its connection was opened again.
    pub(crate) fn opened_count(&self) -> u64 {
        self.opened_count.get()
    }

    /// The connection that was opened as the `opened_count`th is lost; nothing, if another was
    /// opened since.
    pub(crate) fn break_off(&self, opened_count: u64) {
        if opened_count == self.opened_count.get() {
            self.is_broken.set(true);
            self.wake();
        }
    }

    /// Whether its connection is lost.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.get()
    }

    /// Begins again with another connection; says how many requests will have no answer.
    pub(crate) fn renew(&self, now: Instant) -> usize {
        self.is_broken.set(false);
        self.opened_count.set(self.opened_count.get() + 1);
        self.room_since.set(now);
        std::mem::take(&mut *self.under_way.borrow_mut()).len()
    }

    /// How many are under way.
    pub(crate) fn count(&self) -> usize {
        self.under_way.borrow().len()
    }

    /// Nothing more is to be sent.
    pub(crate) fn end(&self) {
        self.is_over.set(true);
        self.wake();
    }

    /// Whether nothing more is to be sent.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    fn wake(&self) {
        if let Some(sender) = self.sender.borrow_mut().take() {
            sender.wake();
        }
    }
}

#[cfg(test)]
mod flow_test {
    use super::*;
    use std::pin::pin;
    use std::task::Context;

    fn sent(at: u64) -> Sent {
        Sent { intended: Instant::new(at), place: 0, bytes: 1 }
    }

    fn room(flow: &Flow) -> Option<usize> {
        match pin!(flow.room()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(room) => Some(room),
            Poll::Pending => None,
        }
    }

    #[test]
    fn no_more_than_the_limit_is_under_way() {
        let flow = Flow::new(2, Instant::new(5));
        assert_eq!((room(&flow), flow.room_since()), (Some(2), Instant::new(5)));
        flow.push(sent(1));
        flow.push(sent(2));
        assert_eq!(room(&flow), None);
        assert_eq!(flow.pop(Instant::new(9)), Some(sent(1)));
        assert_eq!((room(&flow), flow.room_since()), (Some(1), Instant::new(9)));
        assert_eq!(flow.pop(Instant::new(11)), Some(sent(2)));
        assert_eq!((flow.room_since(), flow.pop(Instant::new(12))), (Instant::new(9), None));
    }

    #[test]
    fn who_lost_its_connection_begins_again() {
        let flow = Flow::new(1, Instant::new(0));
        flow.push(sent(1));
        flow.break_off(flow.opened_count());
        assert_eq!((room(&flow), flow.is_broken()), (Some(0), true));
        assert_eq!(flow.renew(Instant::new(9)), 1);
        assert_eq!((room(&flow), flow.room_since()), (Some(1), Instant::new(9)));
        // Who hears late of the connection before does not break this one.
        flow.break_off(0);
        assert!(!flow.is_broken());
    }

    #[test]
    fn the_end_lets_the_sender_go() {
        let flow = Flow::new(1, Instant::new(0));
        flow.push(sent(1));
        assert_eq!(room(&flow), None);
        flow.end();
        assert_eq!((room(&flow), flow.count()), (Some(0), 1));
    }
}
