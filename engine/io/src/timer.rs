//! Timers: a sorted map from deadline to waker.

use crate::io::Io;
use millstream_base::Instant;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The timers of a shard, in order of their deadlines, those of one deadline in order of creation.
#[derive(Default)]
pub(crate) struct Timers {
    waiting: BTreeMap<(Instant, u64), Waker>,
    created_count: u64,
}

impl Timers {
    /// The earliest deadline.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// Wakes all whose deadline has come.
    pub(crate) fn fire(&mut self, now: Instant) {
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key().0 > now {
                break;
            }
            entry.remove().wake();
        }
    }

    fn insert(&mut self, deadline: Instant, waker: Waker) -> (Instant, u64) {
        self.created_count += 1;
        let key = (deadline, self.created_count);
        self.waiting.insert(key, waker);
        key
    }
}

/// Resolves at its deadline; see [`Io::sleep`].
pub struct Sleep {
    io: Io,
    deadline: Instant,
    key: Option<(Instant, u64)>,
}

impl Sleep {
    pub(crate) fn new(io: Io, deadline: Instant) -> Self {
        Self { io, deadline, key: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let io = self.io.clone();
        let mut timers = io.shared.timers.borrow_mut();
        if let Some(key) = self.key.take() {
            timers.waiting.remove(&key);
        }
        if io.now() >= self.deadline {
            return Poll::Ready(());
        }
        self.key = Some(timers.insert(self.deadline, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.io.shared.timers.borrow_mut().waiting.remove(&key);
        }
    }
}
