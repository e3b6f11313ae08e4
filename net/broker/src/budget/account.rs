//! What one connection holds, and whether it may hold more.

use super::shard::{Budget, Place, Which};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

/// Bytes of requests under way and of answers not yet sent, of one connection: one more request
/// may begin below that. What the largest windows on the longest ways take.
const HELD_BYTES_MAX: usize = 32 << 20;
/// A request that is no larger needs no leave: a connection that holds nothing else can always ask
/// something, and heartbeats and fetches go on where memory is short.
const SMALL_BYTES: usize = 16 << 10;
/// An answer with records is begun where there is room for so much: the usual largest batch, which
/// comes whole in any case (KIP-74).
const GRANT_BYTES_MIN: usize = (1 << 20) + (16 << 10);

/// The memory of one connection.
///
/// It may hold as much as it leaves free for others, at most [`HELD_BYTES_MAX`] (dynamic
/// thresholds, Choudhury and Hahne 1998). So one that comes later finds as much as the last one
/// took, and where *n* of them take what they can get over and over, each comes to an *n + 1*st
/// part: nobody is shut out, whoever came first.
pub(crate) struct Account {
    budget: Rc<Budget>,
    held_bytes: Cell<usize>,
    place: RefCell<Option<Place>>,
}

/// Memory that is held; given back when this is dropped.
pub(crate) struct Lease {
    account: Rc<Account>,
    bytes: usize,
    /// Where its request stands among those that could not grow, or stood: it keeps its place until
    /// its memory comes back, so that not one after the other goes on beyond what there is.
    place: Option<Place>,
}

impl Account {
    pub(crate) fn new(budget: &Rc<Budget>) -> Rc<Self> {
        let budget = Rc::clone(budget);
        Rc::new(Self { budget, held_bytes: Cell::new(0), place: RefCell::default() })
    }

    pub(crate) fn lease(self: &Rc<Self>, bytes: usize) -> Lease {
        let mut lease = Lease { account: Rc::clone(self), bytes: 0, place: None };
        lease.add(bytes);
        lease
    }

    /// Whether an answer of so many bytes is too much for the process, see
    /// [`Budget::is_overdrawn_by`].
    pub(crate) fn is_overdrawn_by(&self, bytes: usize) -> bool {
        self.budget.is_overdrawn_by(bytes)
    }

    /// Whether another request may begin.
    pub(crate) fn has_room(&self) -> bool {
        self.held_bytes.get() == 0 || self.left_bytes() > 0
    }

    /// What it may hold beside what it holds: so much that it then holds no more than is free.
    fn left_bytes(&self) -> usize {
        let held_bytes = self.held_bytes.get();
        let beyond_bytes = self.budget.free_bytes().saturating_sub(held_bytes);
        beyond_bytes.div_ceil(2).min(HELD_BYTES_MAX.saturating_sub(held_bytes))
    }

    /// Ready when another request may begin; one task asks at a time.
    pub(crate) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_room() {
            *self.place.borrow_mut() = None;
            return Poll::Ready(());
        }
        self.wait_behind(&mut self.place.borrow_mut(), context)
    }

    fn wait_behind(&self, place: &mut Option<Place>, context: &Context<'_>) -> Poll<()> {
        // Behind the others again, so that who cannot go yet does not stand in their way.
        match place {
            Some(place) => place.step_back(),
            None => *place = Some(self.budget.stand(Which::Beginning)),
        }
        place.as_ref().expect("stands").wait(context);
        Poll::Pending
    }

    /// Waits for nothing any more.
    pub(crate) fn leave(&self) {
        *self.place.borrow_mut() = None;
    }

    /// Memory for an answer of up to `bytes`, as much as there is, but not so little that the least
    /// useful answer would go beyond it.
    pub(crate) async fn grant(self: &Rc<Self>, bytes: usize) -> Lease {
        let mut place = None;
        std::future::poll_fn(|context| {
            let wanted_bytes = bytes.min(self.left_bytes());
            // Another shard may just have taken what looked free.
            let secured_bytes = self.budget.secure(wanted_bytes);
            if secured_bytes >= bytes.min(GRANT_BYTES_MIN) {
                place = None;
                return Poll::Ready(self.lease(secured_bytes));
            }
            self.budget.give_back();
            self.wait_behind(&mut place, context).map(|()| unreachable!("it waits"))
        })
        .await
    }
}

impl Lease {
    /// Whether more may be received of a request that has begun.
    pub(crate) fn poll_growth(&mut self, context: &Context<'_>) -> Poll<()> {
        let budget = &self.account.budget;
        if self.bytes < SMALL_BYTES || budget.free_bytes() > 0 {
            return Poll::Ready(());
        }
        let place = self.place.get_or_insert_with(|| budget.stand(Which::Growing));
        if place.is_first() {
            return Poll::Ready(());
        }
        place.wait(context);
        Poll::Pending
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds so much more.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.account.held_bytes.set(self.account.held_bytes.get() + bytes);
        self.account.budget.take(bytes);
    }

    /// Holds so much from now on.
    pub(crate) fn resize(&mut self, bytes: usize) {
        if bytes >= self.bytes {
            self.add(bytes - self.bytes);
        } else {
            self.give(self.bytes - bytes);
        }
    }

    fn give(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.account.held_bytes.set(self.account.held_bytes.get() - bytes);
        self.account.budget.give(bytes);
    }

    /// Takes over what another one of this connection holds.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give(self.bytes);
    }
}
