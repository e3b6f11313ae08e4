//! Messages from one shard to one other, bounded, without a lock on the way.
//!
//! A shard that wants to talk to `n` others has `n` outlets. Who sends to a full mailbox waits, so
//! memory is bounded; who reads takes all that is there at once. The other side is woken only if
//! it sleeps, through its ring where it has one.
//!
//! ```
//! use millstream_io::{Shard, ShardOptions, mailbox};
//! use std::collections::VecDeque;
//!
//! let (mut outlet, mut inlet) = mailbox::pair(64);
//! let reader = Shard::start(ShardOptions::default(), move |_| async move {
//!     let mut messages = VecDeque::new();
//!     while inlet.receive(&mut messages).await {
//!         assert_eq!(messages.drain(..).sum::<u32>(), 7);
//!     }
//! })?;
//! let writer = Shard::start(ShardOptions::default(), move |_| async move {
//!     outlet.send(7).await.expect("the reader reads until we are gone");
//! })?;
//! writer.join()?;
//! reader.join()?;
//! # Ok::<(), millstream_io::IoError>(())
//! ```

mod queue;
mod sleeper;

use crate::error::{IoError, Result};
use crate::sync::{AtomicBool, Mutex, Ordering, fence};
use queue::{Queue, Reader, Writer};
use sleeper::Sleeper;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

/// A mailbox of at most `capacity_max` messages. Each end may be moved to any shard, once.
///
/// # Panics
/// If `capacity_max` is 0.
#[must_use]
pub fn pair<T: Send>(capacity_max: usize) -> (Outlet<T>, Inlet<T>) {
    let (queue, writer, reader) = Queue::new(capacity_max);
    let shared = Arc::new(Shared {
        queue,
        reading: Sleeper::new(),
        writing: Sleeper::new(),
        outlet_gone: AtomicBool::new(false),
        inlet_gone: AtomicBool::new(false),
        left: Mutex::new(None),
    });
    let outlet = Outlet { shared: Arc::clone(&shared), writer };
    (outlet, Inlet { shared, reader: Some(reader) })
}

struct Shared<T> {
    queue: Queue<T>,
    reading: Sleeper,
    writing: Sleeper,
    outlet_gone: AtomicBool,
    inlet_gone: AtomicBool,
    /// What the inlet left behind, so that a message sent while it went is not left unread until
    /// the outlet goes too: somebody may wait for an answer to it.
    left: Mutex<Option<Reader>>,
}

impl<T> Shared<T> {
    /// Drops what nobody will read.
    fn discard(&self, reader: &mut Reader) {
        let count = self.queue.readable_count(reader);
        // SAFETY: the reader came with the queue, which has just counted.
        unsafe { self.queue.read(reader, count, drop) };
    }
}

/// The end that sends.
pub struct Outlet<T> {
    shared: Arc<Shared<T>>,
    writer: Writer,
}

impl<T: Send> Outlet<T> {
    /// Sends if there is room. A message that is sent while the inlet goes is dropped like one
    /// that nobody has read.
    ///
    /// # Errors
    /// The message itself, if the mailbox is full or the inlet gone.
    pub fn try_send(&mut self, message: T) -> std::result::Result<(), T> {
        if self.is_closed() || !self.shared.queue.has_room(&mut self.writer) {
            return Err(message);
        }
        // SAFETY: the writer came with the queue.
        unsafe { self.shared.queue.write(&mut self.writer, message) };
        self.shared.reading.wake();
        // After the fence in `wake`: either the inlet, while it goes, sees the message, or it is
        // seen here to be gone.
        if self.is_closed() {
            self.discard();
        }
        Ok(())
    }

    /// Sends, waiting for room. A future that is dropped while it waits has not sent.
    ///
    /// # Errors
    /// [`IoError::Closed`] if the inlet is gone.
    pub async fn send(&mut self, message: T) -> Result<()> {
        let mut message = Some(message);
        std::future::poll_fn(|context| self.poll_send(context, &mut message)).await
    }

    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        message: &mut Option<T>,
    ) -> Poll<Result<()>> {
        let taken = message.take().expect("polled until sent");
        let Err(refused) = self.try_send(taken) else { return Poll::Ready(Ok(())) };
        self.shared.writing.fall_asleep(context.waker());
        if self.is_closed() {
            return Poll::Ready(Err(IoError::Closed));
        }
        if !self.shared.queue.has_room(&mut self.writer) {
            *message = Some(refused);
            return Poll::Pending;
        }
        self.shared.writing.rise();
        self.try_send(refused).map_or(Poll::Ready(Err(IoError::Closed)), |()| Poll::Ready(Ok(())))
    }

    fn is_closed(&self) -> bool {
        self.shared.inlet_gone.load(Ordering::Acquire)
    }

    fn discard(&self) {
        let mut left = self.shared.left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &mut *left {
            self.shared.discard(reader);
        }
    }
}

impl<T> Drop for Outlet<T> {
    fn drop(&mut self) {
        self.shared.outlet_gone.store(true, Ordering::Release);
        self.shared.reading.wake();
    }
}

/// The end that reads.
pub struct Inlet<T> {
    shared: Arc<Shared<T>>,
    /// Left behind in the drop.
    reader: Option<Reader>,
}

impl<T: Send> Inlet<T> {
    /// The messages that are there, at least one, moved behind those in `into`; `false` when the
    /// outlet is gone and nothing is left. A future that is dropped loses no message.
    pub async fn receive(&mut self, into: &mut VecDeque<T>) -> bool {
        std::future::poll_fn(|context| self.poll_receive(context, into)).await
    }

    fn poll_receive(&mut self, context: &mut Context<'_>, into: &mut VecDeque<T>) -> Poll<bool> {
        if self.take(into) {
            return Poll::Ready(true);
        }
        self.shared.reading.fall_asleep(context.waker());
        // Before the last look, since what was sent before the outlet went is still to be read.
        let is_closed = self.shared.outlet_gone.load(Ordering::Acquire);
        if self.take(into) {
            self.shared.reading.rise();
            return Poll::Ready(true);
        }
        if is_closed { Poll::Ready(false) } else { Poll::Pending }
    }

    fn take(&mut self, into: &mut VecDeque<T>) -> bool {
        let reader = self.reader.as_mut().expect("there until the drop");
        let count = self.shared.queue.readable_count(reader);
        if count == 0 {
            return false;
        }
        into.reserve(count);
        // SAFETY: the reader came with the queue, which has just counted.
        unsafe { self.shared.queue.read(reader, count, |message| into.push_back(message)) };
        self.shared.writing.wake();
        true
    }
}

impl<T> Drop for Inlet<T> {
    fn drop(&mut self) {
        let mut left = self.shared.left.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.inlet_gone.store(true, Ordering::Release);
        // See `try_send`.
        fence(Ordering::SeqCst);
        let reader = left.insert(self.reader.take().expect("dropped once"));
        self.shared.discard(reader);
        drop(left);
        self.shared.writing.wake();
    }
}

impl<T> fmt::Debug for Outlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl<T> fmt::Debug for Inlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inlet")
    }
}

#[cfg(all(test, not(loom)))]
#[path = "mailbox_test.rs"]
mod mailbox_test;
