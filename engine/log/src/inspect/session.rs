//! A shard for one inspection, and the way from it to the caller's thread.

use crate::error::{LogError, Result};
use crate::handle::block_on;
use millstream_io::{Io, Sender, Shard, ShardOptions, channel, reply};
use std::collections::VecDeque;

/// Events that wait for the caller; the inspection waits for room.
const EVENTS_MAX: usize = 64;

/// Runs `main` on a shard of its own and hands its events to `on_event` on this thread. An error of
/// `on_event` ends the inspection.
pub(super) fn run<E, T, F>(
    main: impl FnOnce(Io, Sender<E>) -> F + Send + 'static,
    mut on_event: impl FnMut(E) -> Result<()>,
) -> Result<T>
where
    E: Send + 'static,
    T: Send + 'static,
    F: Future<Output = Result<T>> + 'static,
{
    let (sender, mut inbox) = channel(EVENTS_MAX);
    let (done, answer) = reply();
    let shard = Shard::start(ShardOptions::default(), move |io| async move {
        done.send(main(io, sender).await);
    })?;
    let mut events = VecDeque::new();
    let mut outcome = Ok(());
    while outcome.is_ok() && block_on(inbox.receive(&mut events)) {
        outcome = events.drain(..).try_for_each(&mut on_event);
    }
    // Whoever still sends learns that nobody listens.
    drop(inbox);
    let value = answer.wait()?;
    shard.join()?;
    outcome.and(value)
}

/// What an inspection gives up with when nobody listens to its events.
pub(super) fn unheard(_: millstream_io::IoError) -> LogError {
    LogError::Closed
}
