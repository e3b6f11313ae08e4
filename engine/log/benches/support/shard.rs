//! One pinned shard, and an engine on it.

use super::Result;
use super::arguments::Arguments;
use millstream_io::{Io, Shard, ShardOptions, reply};
use millstream_log::{Directory, Engine, EngineOptions};
use std::path::Path;

/// Memory of the shard beyond the engine's: what the baselines write from and read into.
const BASELINE_BUFFERS_BYTES: usize = 64 << 20;

/// Runs `body` on a shard of its own, pinned as the arguments say, and gives its result.
pub(crate) fn run<T, F>(
    arguments: &Arguments,
    engine: &EngineOptions,
    body: impl FnOnce(Io) -> F + Send + 'static,
) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + 'static,
{
    let options = ShardOptions {
        core: Some(arguments.core),
        buffers_bytes_max: engine.buffers_bytes_max() + BASELINE_BUFFERS_BYTES,
        ..ShardOptions::default()
    };
    let (done, answer) = reply();
    let shard = Shard::start(options, |io| async move { done.send(body(io).await) })?;
    let result = answer.wait();
    shard.join()?;
    result?
}

/// Opens, or makes, the log of one shard in `path`.
pub(crate) async fn open(
    io: &Io,
    path: &Path,
    options: EngineOptions,
) -> Result<(Directory, Engine)> {
    let directory = Directory::open(io, path, 1).await?;
    let engine = Engine::open(io, &directory, options).await?;
    Ok((directory, engine))
}
