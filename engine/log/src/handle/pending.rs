//! An answer that a shard owes.

use crate::error::{LogError, Result};
use crate::handle::command::Command;
use millstream_io::{Answer, Crowd, Reply, Sender, reply, reply_in};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::Thread;

/// Something that was asked of a log: a future for any executor, or [`Pending::wait`] for a plain
/// thread. Dropping it takes nothing back.
///
/// ```
/// use millstream_log::{Log, Offset, Partition, Result};
///
/// async fn order(orders: &Partition) -> Result<Offset> {
///     orders.append("one espresso").await
/// }
///
/// # fn main() -> Result<()> {
/// # let folder = format!("millstream-doc-pending-{}", std::process::id());
/// # let path = std::env::temp_dir().join(folder);
/// # let log = Log::open(&path)?;
/// let orders = log.partition("orders")?;
/// assert_eq!(orders.append("one cappuccino").wait()?, Offset::ZERO);
/// # let _ = order(&orders);
/// # drop((orders, log));
/// # drop(std::fs::remove_dir_all(&path));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is known to be done until the answer is there"]
pub struct Pending<T> {
    answer: Answer<Result<T>>,
}

impl<T: Send + 'static> Pending<T> {
    /// Sends a request, made with the place for its answer.
    ///
    /// Where the shard's inbox is full, this thread blocks until there is room. Were the request
    /// kept back until somebody waits for it instead, the next one could overtake it as soon as
    /// there is room again, and one that nobody waits for would never be made.
    pub(crate) fn ask(
        sender: &Sender<Command>,
        command: impl FnOnce(Reply<Result<T>>) -> Command,
    ) -> Self {
        Self::send(sender, reply(), command)
    }

    /// As [`Pending::ask`], for what many threads ask at once and one write answers: they sleep
    /// together.
    pub(crate) fn ask_in(
        crowd: &Crowd,
        sender: &Sender<Command>,
        command: impl FnOnce(Reply<Result<T>>) -> Command,
    ) -> Self {
        Self::send(sender, reply_in(crowd), command)
    }

    fn send(
        sender: &Sender<Command>,
        (reply, answer): (Reply<Result<T>>, Answer<Result<T>>),
        command: impl FnOnce(Reply<Result<T>>) -> Command,
    ) -> Self {
        if let Err(refused) = sender.try_send(command(reply)) {
            // A shard that is gone drops the place for the answer, which says so.
            drop(block_on(sender.send(refused)));
        }
        Self { answer }
    }

    /// Blocks this thread until the answer is there.
    ///
    /// # Errors
    /// What the shard answers; [`LogError::Closed`] if it went away.
    pub fn wait(self) -> Result<T> {
        self.answer.wait()?
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|result| result.unwrap_or(Err(LogError::Closed)))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, which sleeps while there is nothing to do.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
