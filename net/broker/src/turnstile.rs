//! First come, first served: those who must wait keep their order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::task::{Poll, Waker};

/// Lets one in at a time, in the order in which they came.
#[derive(Default)]
pub(crate) struct Turnstile {
    next: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Option<Waker>>>,
}

/// A place in the queue; it is left when this is dropped.
pub(crate) struct Turn<'a> {
    turnstile: &'a Turnstile,
    number: u64,
}

impl Turnstile {
    /// Whether nobody is in, and nobody waits.
    pub(crate) fn is_free(&self) -> bool {
        self.waiting.borrow().is_empty()
    }

    /// Takes the last place of the queue.
    pub(crate) fn queue(&self) -> Turn<'_> {
        let number = self.next.get();
        self.next.set(number + 1);
        self.waiting.borrow_mut().insert(number, None);
        Turn { turnstile: self, number }
    }

    fn advance(&self) {
        let mut waiting = self.waiting.borrow_mut();
        if let Some(waker) = waiting.values_mut().next().and_then(Option::take) {
            waker.wake();
        }
    }
}

impl Turn<'_> {
    /// Resolves when all who came before are gone.
    pub(crate) async fn comes(&self) {
        std::future::poll_fn(|context| {
            let mut waiting = self.turnstile.waiting.borrow_mut();
            let first = *waiting.keys().next().expect("this one waits");
            if first == self.number {
                return Poll::Ready(());
            }
            waiting.insert(self.number, Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turnstile.waiting.borrow_mut().remove(&self.number);
        self.turnstile.advance();
    }
}
