//! One value from a shard to whoever asked, on any thread, in any executor or in none.

use crate::crowd::{Crowd, Place};
use crate::error::{IoError, Result};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// A place for one value: the [`Reply`] fills it, the [`Answer`] waits for it.
#[must_use]
pub fn reply<T>() -> (Reply<T>, Answer<T>) {
    make(None)
}

/// As [`reply()`]; a thread that waits for the answer sleeps in the crowd, to be woken together
/// with those who are answered at the same time.
#[must_use]
pub fn reply_in<T>(crowd: &Crowd) -> (Reply<T>, Answer<T>) {
    make(Some(crowd.place()))
}

fn make<T>(place: Option<Place>) -> (Reply<T>, Answer<T>) {
    let state = Mutex::new(State { value: None, waiter: None, gone: false });
    let slot = Arc::new(Slot { place, state });
    (Reply { slot: Arc::clone(&slot) }, Answer { slot })
}

struct Slot<T> {
    /// Where a thread that waits sleeps, if it does not do so by itself.
    place: Option<Place>,
    state: Mutex<State<T>>,
}

struct State<T> {
    value: Option<T>,
    waiter: Option<Waiter>,
    gone: bool,
}

enum Waiter {
    Task(Waker),
    /// A thread in the slot's place.
    Thread,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// What there is to say, once.
    fn take(&mut self) -> Option<Result<T>> {
        match self.value.take() {
            Some(value) => Some(Ok(value)),
            None => self.gone.then_some(Err(IoError::Closed)),
        }
    }
}

/// The side that answers. Dropping it unused tells the other side so.
pub struct Reply<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Reply<T> {
    /// Answers and wakes whoever waits.
    pub fn send(self, value: T) {
        self.slot.lock().value = Some(value);
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        let mut state = self.slot.lock();
        state.gone = true;
        let waiter = state.waiter.take();
        drop(state);
        match waiter {
            Some(Waiter::Task(waker)) => waker.wake(),
            Some(Waiter::Thread) => self.slot.place.iter().for_each(Place::wake),
            None => {}
        }
    }
}

/// The side that waits: a future for any executor, or [`Answer::wait`] for a plain thread.
pub struct Answer<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Answer<T> {
    /// Blocks this thread until the answer is there. Never call it on a shard.
    ///
    /// # Errors
    /// [`IoError::Closed`] if the shard went away without an answer.
    pub fn wait(mut self) -> Result<T> {
        if let Some(place) = &self.slot.place {
            return self.wait_at(place);
        }
        let waker = Arc::new(Unpark(std::thread::current())).into();
        let mut context = Context::from_waker(&waker);
        loop {
            match Pin::new(&mut self).poll(&mut context) {
                Poll::Ready(result) => return result,
                Poll::Pending => std::thread::park(),
            }
        }
    }

    fn wait_at(&self, place: &Place) -> Result<T> {
        loop {
            let seen = place.look();
            let mut state = self.slot.lock();
            if let Some(result) = state.take() {
                return result;
            }
            state.waiter = Some(Waiter::Thread);
            drop(state);
            place.sleep(seen);
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let mut state = self.slot.lock();
        if let Some(result) = state.take() {
            return Poll::Ready(result);
        }
        state.waiter = Some(Waiter::Task(context.waker().clone()));
        Poll::Pending
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_there_before_or_after_somebody_waits() {
        let (replying, answer) = reply();
        replying.send(7);
        assert_eq!(answer.wait(), Ok(7));
        let (replying, answer) = reply();
        let thread = std::thread::Builder::new().spawn(move || answer.wait());
        replying.send(8);
        assert_eq!(thread.expect("a thread").join().expect("no panic"), Ok(8));
    }

    #[test]
    fn a_reply_that_is_dropped_says_so() {
        let (replying, answer) = reply::<u8>();
        let thread = std::thread::Builder::new().spawn(move || answer.wait());
        drop(replying);
        assert_eq!(thread.expect("a thread").join().expect("no panic"), Err(IoError::Closed));
    }

    #[test]
    fn a_value_is_given_once() {
        let (replying, mut answer) = reply();
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(Pin::new(&mut answer).poll(&mut context), Poll::Pending);
        replying.send(1);
        assert_eq!(Pin::new(&mut answer).poll(&mut context), Poll::Ready(Ok(1)));
        assert_eq!(Pin::new(&mut answer).poll(&mut context), Poll::Ready(Err(IoError::Closed)));
    }
}
