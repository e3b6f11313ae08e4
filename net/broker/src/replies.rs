//! Answers of one connection, put in order.

use crate::budget::{Account, Lease};
use crate::exchange::Answer;
use millstream_io::Slice;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Requests of one connection that are under way at most; beyond that nothing is read from it.
/// Kafka's own clients have 5, librdkafka as many as it likes.
const UNDER_WAY_MAX: usize = 4096;

/// Places for answers, in the order of the requests.
pub(crate) struct Replies {
    account: Rc<Account>,
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    first: u64,
    slots: VecDeque<State>,
    is_over: bool,
    is_sending: bool,
    /// Somebody waits until all is sent.
    is_draining: bool,
    writer: Option<Waker>,
    reader: Option<Waker>,
}

struct State {
    /// Memory of the request, and then of its answer.
    lease: Lease,
    answer: Option<Vec<Slice>>,
}

/// Answers that may go, and their memory, which is theirs until they have gone.
pub(crate) struct Ready {
    pub(crate) slices: Vec<Slice>,
    pub(crate) lease: Lease,
}

/// The place for one answer. Dropped empty it ends the connection: without the answer none behind
/// it could be told apart.
pub(crate) struct Slot {
    replies: Rc<Replies>,
    number: u64,
    is_filled: bool,
}

impl Replies {
    pub(crate) fn new(account: Rc<Account>) -> Rc<Self> {
        Rc::new(Self { account, inner: RefCell::default() })
    }

    /// Whether another request may be read.
    pub(crate) fn has_room(&self) -> bool {
        self.inner.borrow().slots.len() < UNDER_WAY_MAX && self.account.has_room()
    }

    /// Whether something is under way.
    pub(crate) fn is_busy(&self) -> bool {
        let inner = self.inner.borrow();
        inner.is_sending || !inner.slots.is_empty()
    }

    /// Resolves when another request may be read, or the connection is over.
    pub(crate) async fn room(&self) {
        std::future::poll_fn(|context| self.poll_room(context)).await;
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut inner = self.inner.borrow_mut();
        let is_full = inner.slots.len() >= UNDER_WAY_MAX;
        if inner.is_over || (!is_full && self.account.poll_room(context).is_ready()) {
            self.account.leave();
            return Poll::Ready(());
        }
        inner.reader = Some(context.waker().clone());
        Poll::Pending
    }

    /// The place behind all others, for the answer to a request that holds so much.
    pub(crate) fn push(self: &Rc<Self>, request: Lease) -> Slot {
        let mut inner = self.inner.borrow_mut();
        let number = inner.first + inner.slots.len() as u64;
        inner.slots.push_back(State { lease: request, answer: None });
        Slot { replies: Rc::clone(self), number, is_filled: false }
    }

    /// Ends the connection: what is not sent yet is dropped.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.is_over = true;
        let wakers = [inner.writer.take(), inner.reader.take()];
        drop(inner);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Resolves when the connection was ended.
    pub(crate) async fn is_over(&self) {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if inner.is_over {
                return Poll::Ready(());
            }
            inner.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// As [`Replies::is_over`], for the one who sends.
    pub(crate) async fn was_ended(&self) {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if inner.is_over {
                return Poll::Ready(());
            }
            inner.writer = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Resolves when all requests are answered and their answers are sent, or the connection was
    /// ended.
    pub(crate) async fn is_sent_or_over(&self) {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            inner.is_draining = true;
            if inner.is_over || (inner.slots.is_empty() && !inner.is_sending) {
                return Poll::Ready(());
            }
            inner.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// All answers that may go now, one behind the other; `None` when the connection is over.
    pub(crate) async fn next(&self) -> Option<Ready> {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if inner.is_over {
                return Poll::Ready(None);
            }
            let is_sent = std::mem::replace(&mut inner.is_sending, false) && inner.is_draining;
            let mut ready = Ready { slices: Vec::new(), lease: self.account.lease(0) };
            let mut is_any = false;
            while let Some(state) = inner.slots.pop_front_if(|state| state.answer.is_some()) {
                is_any = true;
                inner.first += 1;
                let answer = state.answer.expect("looked at above");
                ready.lease.join(state.lease);
                if ready.slices.is_empty() {
                    ready.slices = answer;
                } else {
                    ready.slices.extend(answer);
                }
            }
            if (is_any || is_sent)
                && let Some(reader) = inner.reader.take()
            {
                reader.wake();
            }
            if !ready.slices.is_empty() {
                inner.is_sending = true;
                return Poll::Ready(Some(ready));
            }
            inner.writer = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Slot {
    /// Puts the answer there; an empty one stands for none (`acks=0`).
    pub(crate) fn fill(mut self, answer: Answer) {
        self.is_filled = true;
        let mut inner = self.replies.inner.borrow_mut();
        if inner.is_over {
            return;
        }
        let bytes = answer.bytes();
        let mut lease = answer.lease.unwrap_or_else(|| self.replies.account.lease(0));
        lease.resize(bytes);
        let index = usize::try_from(self.number - inner.first).expect("a place that is waited for");
        let state = &mut inner.slots[index];
        state.lease = lease;
        let before = state.answer.replace(answer.slices);
        assert!(before.is_none(), "each request is answered once");
        if index == 0
            && let Some(writer) = inner.writer.take()
        {
            writer.wake();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.is_filled {
            self.replies.end();
        }
    }
}
