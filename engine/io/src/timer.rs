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
        if let Some(waker) = self.key.and_then(|key| timers.waiting.get_mut(&key)) {
            // Polled again for another reason: it waits as before, and asks no clock.
            waker.clone_from(context.waker());
            return Poll::Pending;
        }
        self.key = None;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    struct Name(u8, Arc<Mutex<Vec<u8>>>);

    impl Wake for Name {
        fn wake(self: Arc<Self>) {
            self.1.lock().expect("no panic").push(self.0);
        }
    }

    #[test]
    fn timers_fire_in_order_of_their_deadlines_and_then_of_their_making() {
        let fired = Arc::new(Mutex::new(Vec::new()));
        let mut timers = Timers::default();
        for (name, deadline) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
            let waker = Arc::new(Name(name, Arc::clone(&fired))).into();
            timers.insert(Instant::new(deadline), waker);
        }
        assert_eq!(timers.next_deadline(), Some(Instant::new(10)));
        timers.fire(Instant::new(9));
        assert!(fired.lock().expect("no panic").is_empty());
        timers.fire(Instant::new(20));
        assert_eq!(*fired.lock().expect("no panic"), [2, 4, 3]);
        assert_eq!(timers.next_deadline(), Some(Instant::new(30)));
        timers.fire(Instant::new(u64::MAX));
        assert_eq!(timers.next_deadline(), None);
    }
}
