//! Work on a shard of its own, which ends with it.

use crate::failure::Failure;
use millstream_io::{Io, IoError, Shard, ShardOptions, reply};

/// Runs `body` on a shard and gives its result.
pub(crate) fn run<T, F>(
    options: ShardOptions,
    body: impl FnOnce(Io) -> F + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + 'static,
{
    let (done, answer) = reply();
    let shard = Shard::start(options, |io| async move { done.send(body(io).await) });
    let shard = shard.map_err(|error| failed(&error))?;
    let result = answer.wait();
    shard.join().map_err(|error| failed(&error))?;
    result.map_err(|error| failed(&error))?
}

/// What a fault of the machine is to a command.
pub(crate) fn failed(error: &IoError) -> Failure {
    let is_of_a_file = matches!(error, IoError::Os { path: Some(_), .. });
    if is_of_a_file || error.is_no_space() {
        Failure::directory(error.to_string())
    } else {
        Failure::failed(error.to_string())
    }
}
