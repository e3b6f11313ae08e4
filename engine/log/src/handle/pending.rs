//! An answer that a shard owes.

use crate::error::{LogError, Result};
use crate::handle::command::Command;
use millstream_io::{Answer, Reply, Sender, reply};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::Thread;

/// Something that was asked of a log: a future for any executor, or [`Pending::wait`] for a plain
/// thread. Dropping it takes nothing back.
#[must_use = "nothing is known to be done until the answer is there"]
pub struct Pending<T> {
    stage: Stage<T>,
}

enum Stage<T> {
    /// The shard has the request.
    Asked(Answer<Result<T>>),
    /// The shard's inbox was full: the request waits for room.
    Blocked(Pin<Box<dyn Future<Output = Result<T>> + Send>>),
}

impl<T: Send + 'static> Pending<T> {
    /// Sends a request, made with the place for its answer.
    pub(crate) fn ask(
        sender: &Sender<Command>,
        command: impl FnOnce(Reply<Result<T>>) -> Command,
    ) -> Self {
        let (reply, answer) = reply();
        let stage = match sender.try_send(command(reply)) {
            Ok(()) => Stage::Asked(answer),
            Err(refused) => {
                let sender = sender.clone();
                Stage::Blocked(Box::pin(async move {
                    sender.send(refused).await?;
                    answer.await?
                }))
            }
        };
        Self { stage }
    }

    /// Blocks this thread until the answer is there.
    ///
    /// # Errors
    /// What the shard answers; [`LogError::Closed`] if it went away.
    pub fn wait(self) -> Result<T> {
        match self.stage {
            Stage::Asked(answer) => answer.wait()?,
            Stage::Blocked(future) => block_on(future),
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        match &mut self.stage {
            Stage::Asked(answer) => {
                Pin::new(answer).poll(context).map(|result| result.unwrap_or(Err(LogError::Closed)))
            }
            Stage::Blocked(future) => future.as_mut().poll(context),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
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
