//! Messages from any thread to one shard, bounded.

use crate::error::{IoError, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A channel of at most `capacity_max` messages. The [`Inbox`] may be moved to the shard that reads
/// it; senders may be cloned and used anywhere.
#[must_use]
pub fn channel<T>(capacity_max: usize) -> (Sender<T>, Inbox<T>) {
    let state = State {
        messages: VecDeque::new(),
        reader: None,
        blocked: VecDeque::new(),
        sender_count: 1,
        reader_gone: false,
    };
    let shared = Arc::new(Shared { state: Mutex::new(state), capacity_max });
    (Sender { shared: Arc::clone(&shared) }, Inbox { shared })
}

struct Shared<T> {
    state: Mutex<State<T>>,
    capacity_max: usize,
}

struct State<T> {
    messages: VecDeque<T>,
    reader: Option<Waker>,
    /// Senders that wait for room.
    blocked: VecDeque<Waker>,
    sender_count: usize,
    reader_gone: bool,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side that sends.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends if there is room.
    ///
    /// # Errors
    /// The message itself, if the channel is full or its reader gone.
    pub fn try_send(&self, message: T) -> std::result::Result<(), T> {
        let mut state = self.shared.lock();
        if state.reader_gone || state.messages.len() >= self.shared.capacity_max {
            return Err(message);
        }
        state.messages.push_back(message);
        let reader = state.reader.take();
        drop(state);
        reader.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Sends, waiting for room.
    ///
    /// # Errors
    /// [`IoError::Closed`] if the reader is gone.
    pub async fn send(&self, message: T) -> Result<()> {
        let mut message = Some(message);
        std::future::poll_fn(|context| {
            let taken = message.take().expect("polled until sent");
            let Err(refused) = self.try_send(taken) else { return Poll::Ready(Ok(())) };
            let mut state = self.shared.lock();
            if state.reader_gone {
                return Poll::Ready(Err(IoError::Closed));
            }
            message = Some(refused);
            if state.messages.len() < self.shared.capacity_max {
                context.waker().wake_by_ref();
            } else {
                state.blocked.push_back(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.lock().sender_count += 1;
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.sender_count -= 1;
        let reader = if state.sender_count == 0 { state.reader.take() } else { None };
        drop(state);
        reader.into_iter().for_each(Waker::wake);
    }
}

/// The side that reads.
pub struct Inbox<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Inbox<T> {
    /// The messages that are there, at least one, moved into `into`; `false` when all senders are
    /// gone and nothing is left.
    pub async fn receive(&mut self, into: &mut VecDeque<T>) -> bool {
        std::future::poll_fn(|context| self.poll_receive(context, into)).await
    }

    fn poll_receive(&self, context: &mut Context<'_>, into: &mut VecDeque<T>) -> Poll<bool> {
        let mut state = self.shared.lock();
        if state.messages.is_empty() {
            if state.sender_count == 0 {
                return Poll::Ready(false);
            }
            state.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        into.append(&mut state.messages);
        let blocked = std::mem::take(&mut state.blocked);
        drop(state);
        blocked.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.reader_gone = true;
        let blocked = std::mem::take(&mut state.blocked);
        let unread = std::mem::take(&mut state.messages);
        drop(state);
        drop(unread);
        blocked.into_iter().for_each(Waker::wake);
    }
}

impl<T> std::fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

#[cfg(test)]
#[path = "channel_test.rs"]
mod channel_test;
