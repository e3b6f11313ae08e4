//! Operations in flight: where their answers wait, and the future that takes them.
//!
//! The driver owns an operation from its submission to its last answer; the slot here is what is
//! left on the shard's side. A future that is dropped leaves its slot orphaned, and only the last
//! answer frees it, so a key is never given to two operations at once.

use crate::buffer::Slice;
use crate::io::Io;
use crate::op::{Completion, Handle, Op, OpKey};
use slab::Slab;
use std::cell::RefMut;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The shard's side of an operation in flight.
pub(crate) struct Slot {
    /// That of the future, if it was polled.
    waker: Option<Waker>,
    /// Answers before the last one, not yet taken.
    early: VecDeque<Early>,
    /// The last answer, not yet taken.
    last: Option<(Early, Op)>,
    /// The future is gone: the last answer frees the slot.
    orphaned: bool,
    /// Good answers are handles, to be closed if nobody takes them.
    opens: bool,
}

/// The operations of a shard that are in flight or not yet taken.
pub(crate) type Slots = Slab<Slot>;

/// An answer without the operation: the result, and the bytes that came with it.
type Early = (std::result::Result<u64, i32>, Option<Slice>);

/// The last answer with everything that the operation owned.
pub(crate) type Answer = (std::result::Result<u64, i32>, Op);

/// One answer of an operation that may have many.
pub(crate) struct Next {
    pub(crate) result: std::result::Result<u64, i32>,
    pub(crate) chunk: Option<Slice>,
    /// No further answer comes.
    pub(crate) is_last: bool,
}

/// How many answers an operation may have waiting before it is cancelled, so that a peer that
/// sends faster than it is read fills its own socket and not our memory.
const EARLY_COUNT_MAX: usize = 16;

impl Io {
    /// Hands an operation to the driver at once and resolves with its last answer. A dropped
    /// future orphans the operation and asks the driver to cancel it.
    pub(crate) fn submit(&self, op: Op) -> Pending {
        let opens = op.opens();
        let early = VecDeque::new();
        let slot = Slot { waker: None, early, last: None, orphaned: false, opens };
        let key = OpKey(self.shared.slots.borrow_mut().insert(slot));
        self.shared.driver.borrow_mut().submit(key, op);
        Pending { io: self.clone(), key, taken: false }
    }

    /// Brings an answer of the driver to whom it belongs.
    pub(crate) fn complete(&self, completion: Completion) {
        let Completion { key, result, op, chunk } = completion;
        let mut slots = self.shared.slots.borrow_mut();
        let slot = &mut slots[key.0];
        assert!(slot.last.is_none(), "an operation has one last answer");
        match op {
            Some(op) => slot.last = Some(((result, chunk), op)),
            None => slot.early.push_back((result, chunk)),
        }
        if slot.orphaned {
            self.bury(slots, key);
            return;
        }
        let waker = slot.waker.take();
        let is_full = slot.last.is_none() && slot.early.len() == EARLY_COUNT_MAX;
        drop(slots);
        if is_full {
            self.shared.driver.borrow_mut().cancel(key);
        }
        waker.into_iter().for_each(Waker::wake);
    }

    /// Drops the answers that nobody waits for, and the slot with the last of them. Closes what
    /// the operation opened, so that no descriptor is lost.
    fn bury(&self, mut slots: RefMut<'_, Slab<Slot>>, key: OpKey) {
        let slot = &mut slots[key.0];
        let opens = slot.opens;
        let mut answers = std::mem::take(&mut slot.early);
        if slot.last.is_some() {
            let (answer, op) = slots.remove(key.0).last.expect("seen above");
            drop(slots);
            drop(op);
            answers.push_back(answer);
        } else {
            drop(slots);
        }
        for (result, _) in answers {
            if let (Ok(handle), true) = (result, opens) {
                drop(self.submit(Op::Close { handle: Handle::from_result(handle) }));
            }
        }
    }
}

/// An operation that was submitted.
pub(crate) struct Pending {
    io: Io,
    key: OpKey,
    taken: bool,
}

impl Pending {
    /// Asks the driver for the last answer now; a second time changes nothing.
    pub(crate) fn cancel(&mut self) {
        if self.io.shared.slots.borrow()[self.key.0].last.is_none() {
            self.io.shared.driver.borrow_mut().cancel(self.key);
        }
    }

    /// The next answer of an operation that may have many. Not to be called after the last one.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let mut slots = self.io.shared.slots.borrow_mut();
        let slot = &mut slots[self.key.0];
        if let Some((result, chunk)) = slot.early.pop_front() {
            return Poll::Ready(Next { result, chunk, is_last: false });
        }
        if slot.last.is_none() {
            slot.wait(context.waker());
            return Poll::Pending;
        }
        let ((result, chunk), op) = slots.remove(self.key.0).last.expect("seen above");
        self.taken = true;
        drop(slots);
        drop(op);
        Poll::Ready(Next { result, chunk, is_last: true })
    }
}

impl Slot {
    fn wait(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            None => self.waker = Some(waker.clone()),
        }
    }
}

impl Future for Pending {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let io = self.io.clone();
        let mut slots = io.shared.slots.borrow_mut();
        let slot = &mut slots[self.key.0];
        if slot.last.is_none() {
            slot.wait(context.waker());
            return Poll::Pending;
        }
        let ((result, _), op) = slots.remove(self.key.0).last.expect("seen above");
        self.taken = true;
        Poll::Ready((result, op))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut slots = self.io.shared.slots.borrow_mut();
        let slot = &mut slots[self.key.0];
        slot.orphaned = true;
        let waker = slot.waker.take();
        let in_flight = slot.last.is_none();
        self.io.bury(slots, self.key);
        if in_flight {
            self.io.shared.driver.borrow_mut().cancel(self.key);
        }
        drop(waker);
    }
}
