//! A condition that tasks of one shard wait for.

use std::cell::RefCell;
use std::task::{Poll, Waker};

/// Wakes all who wait, each of whom looks at the condition again.
#[derive(Default)]
pub(super) struct Signal {
    waiters: RefCell<Vec<Waker>>,
}

impl Signal {
    /// Something that somebody may wait for has changed.
    pub(super) fn notify(&self) {
        let waiters = std::mem::take(&mut *self.waiters.borrow_mut());
        waiters.into_iter().for_each(Waker::wake);
    }

    /// Resolves as soon as `condition` gives a value; asked now and after each notification.
    pub(super) async fn until<T>(&self, mut condition: impl FnMut() -> Option<T>) -> T {
        std::future::poll_fn(|context| match condition() {
            Some(value) => Poll::Ready(value),
            None => {
                self.waiters.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}
