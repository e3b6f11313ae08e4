//! One caller that appends 1 KiB and waits: on the shard, and from another thread, against a bare
//! durable write of one block.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_base::Histogram;
use millstream_base::limits::BLOCK_BYTES;
use millstream_io::{Durability, Io};
use millstream_log::{
    AppendOptions, EngineOptions, Log, LogOptions, PartitionName, PartitionOptions,
};
use std::path::Path;
use std::time::Duration;
use support::arguments::Arguments;
use support::bare::Recycled;
use support::scratch::Scratch;
use support::table::{median, print_head, print_row};
use support::{Result, batch, shard};

const BATCH_BYTES: usize = 1 << 10;
/// Appends before those that count.
const WARM_UP_COUNT: usize = 100;

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    let scratch = Scratch::new(&arguments.directory, "latency")?;
    let mut rounds = Vec::new();
    for _ in 0..arguments.round_count {
        let (path, duration) = (scratch.path().to_owned(), arguments.duration);
        let [local, bare] =
            shard::run(&arguments, &EngineOptions::default(), move |io| async move {
                Ok([on_shard(&io, &path, duration).await?, bare(&io, &path, duration).await?])
            })?;
        let foreign = from_another_thread(&scratch.path().join("foreign"), duration)?;
        rounds.push([bare, local, foreign]);
    }
    print_head(&[
        "who waits",
        "p50 µs",
        "p99 µs",
        "p99.9 µs",
        "p50 / bare",
        "p99 / (2 p50 + 200 µs)",
    ]);
    let names = ["bare 4 KiB write", "caller on the shard", "caller on another thread"];
    let bare_p50 = percentile(&rounds, 0, 50.0);
    for (index, name) in names.into_iter().enumerate() {
        let [p50, p99, p999] = [50.0, 99.0, 99.9].map(|at| percentile(&rounds, index, at));
        print_row(&[
            name.to_owned(),
            format!("{p50:.0}"),
            format!("{p99:.0}"),
            format!("{p999:.0}"),
            format!("{:.2}", p50 / bare_p50),
            format!("{:.2}", p99 / (2.0 * p50 + 200.0)),
        ]);
    }
    Ok(())
}

fn percentile(rounds: &[[Histogram; 3]], index: usize, at: f64) -> f64 {
    median(rounds.iter().map(|round| round[index].value_at_percentile(at).as_secs_f64() * 1e6))
}

async fn on_shard(io: &Io, path: &Path, duration: Duration) -> Result<Histogram> {
    let (_directory, engine) =
        shard::open(io, &path.join("local"), EngineOptions::default()).await?;
    let name = PartitionName::new("orders")?;
    let partition = match engine.find(&name) {
        Some(partition) => partition,
        None => engine.create(&name, PartitionOptions::default()).await?,
    };
    let bytes = batch::of_length(BATCH_BYTES)?;
    let batch = batch::checked(&bytes)?;
    let append = async || -> Result<()> {
        let appended = engine.append(partition, &batch, AppendOptions::default())?;
        Ok(engine.stable(appended.ticket).await?)
    };
    for _ in 0..WARM_UP_COUNT {
        append().await?;
    }
    let mut latencies = Histogram::new();
    let end = io.now() + duration;
    while io.now() < end {
        let begin = io.now();
        append().await?;
        latencies.record(io.now() - begin);
    }
    engine.close().await?;
    Ok(latencies)
}

async fn bare(io: &Io, path: &Path, duration: Duration) -> Result<Histogram> {
    let file = Recycled::make(io, &path.join("bare"), 64 << 20).await?;
    let mut latencies = Histogram::new();
    let end = io.now() + duration;
    while io.now() < end {
        let begin = io.now();
        file.write(BLOCK_BYTES, Durability::Stable).await?;
        latencies.record(io.now() - begin);
    }
    Ok(latencies)
}

#[expect(clippy::disallowed_methods, reason = "this thread is no shard and has no other clock")]
fn from_another_thread(path: &Path, duration: Duration) -> Result<Histogram> {
    let log = Log::open_with(path, LogOptions::default().pinned())?;
    let partition = log.partition("orders")?;
    let batch = batch::of_length(BATCH_BYTES)?;
    for _ in 0..WARM_UP_COUNT {
        partition.append_batch(batch.to_vec()).wait()?;
    }
    let mut latencies = Histogram::new();
    let first = std::time::Instant::now();
    while first.elapsed() < duration {
        let begin = std::time::Instant::now();
        partition.append_batch(batch.to_vec()).wait()?;
        latencies.record(begin.elapsed());
    }
    log.close()?;
    Ok(latencies)
}
