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
        }
    }

    /// Resolves when another request may be sent, with how many; with 0 when it is over.
    pub(crate) fn room(&self) -> impl Future<Output = usize> + '_ {
        std::future::poll_fn(|context| {
            if self.is_over.get() {
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
    fn the_end_lets_the_sender_go() {
        let flow = Flow::new(1, Instant::new(0));
        flow.push(sent(1));
        assert_eq!(room(&flow), None);
        flow.end();
        assert_eq!((room(&flow), flow.count()), (Some(0), 1));
    }
}
