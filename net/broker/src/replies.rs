//! Answers of one connection, put in order.

use millstream_io::Slice;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Requests of one connection that are under way at most; beyond that nothing is read from it.
/// Kafka's own clients have 5, librdkafka as many as it likes.
const UNDER_WAY_MAX: usize = 4096;
/// Bytes of requests under way and of answers not yet sent, at most: one more request may begin
/// below that.
const UNDER_WAY_BYTES_MAX: usize = 32 << 20;

/// Places for answers, in the order of the requests.
#[derive(Default)]
pub(crate) struct Replies {
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    first: u64,
    slots: VecDeque<State>,
    held_bytes: usize,
    is_over: bool,
    writer: Option<Waker>,
    reader: Option<Waker>,
}

struct State {
    request_bytes: usize,
    answer: Option<Vec<Slice>>,
}

/// The place for one answer. Dropped empty it ends the connection: without the answer none behind
/// it could be told apart.
pub(crate) struct Slot {
    replies: Rc<Replies>,
    number: u64,
    is_filled: bool,
}

impl Replies {
    /// Resolves when another request may be read, or the connection is over.
    pub(crate) async fn room(&self) {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            let is_full =
                inner.slots.len() >= UNDER_WAY_MAX || inner.held_bytes >= UNDER_WAY_BYTES_MAX;
            if !is_full || inner.is_over {
                return Poll::Ready(());
            }
            inner.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The place behind all others, for the answer to a request of so many bytes.
    pub(crate) fn push(self: &Rc<Self>, request_bytes: usize) -> Slot {
        let mut inner = self.inner.borrow_mut();
        let number = inner.first + inner.slots.len() as u64;
        inner.slots.push_back(State { request_bytes, answer: None });
        inner.held_bytes += request_bytes;
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

    /// Resolves when all requests are answered, or the connection was ended.
    pub(crate) async fn is_empty_or_over(&self) {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if inner.is_over || inner.slots.is_empty() {
                return Poll::Ready(());
            }
            inner.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// All answers that may go now, one behind the other; `None` when the connection is over.
    pub(crate) async fn next(&self) -> Option<Vec<Slice>> {
        std::future::poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if inner.is_over {
                return Poll::Ready(None);
            }
            let mut ready = Vec::new();
            let mut is_any = false;
            while let Some(state) = inner.slots.pop_front_if(|state| state.answer.is_some()) {
                is_any = true;
                inner.first += 1;
                let answer = state.answer.expect("looked at above");
                let answer_bytes: usize = answer.iter().map(|slice| slice.len()).sum();
                inner.held_bytes -= state.request_bytes + answer_bytes;
                if ready.is_empty() { ready = answer } else { ready.extend(answer) }
            }
            if is_any && let Some(reader) = inner.reader.take() {
                reader.wake();
            }
            if !ready.is_empty() {
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
    pub(crate) fn fill(mut self, answer: Vec<Slice>) {
        self.is_filled = true;
        let mut inner = self.replies.inner.borrow_mut();
        if inner.is_over {
            return;
        }
        inner.held_bytes += answer.iter().map(|slice| slice.len()).sum::<usize>();
        let index = usize::try_from(self.number - inner.first).expect("a place that is waited for");
        let before = inner.slots[index].answer.replace(answer);
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
