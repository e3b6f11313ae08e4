//! Resident memory: of an idle engine, and of each idle partition.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_io::Io;
use millstream_log::{Engine, EngineOptions, PartitionName, PartitionOptions};
use std::path::Path;
use std::time::Duration;
use support::arguments::Arguments;
use support::scratch::Scratch;
use support::table::{print_head, print_row};
use support::{Result, batch, load, process, shard};

const BATCH_BYTES: usize = 1 << 10;

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    let mut counts = match arguments.partition_counts.as_slice() {
        [] if arguments.is_smoke() => vec![1_000],
        [] => vec![10_000, 100_000],
        counts => counts.to_vec(),
    };
    counts.sort_unstable();
    let before_bytes = process::resident_bytes()?;
    let scratch = Scratch::new(&arguments.directory, "memory")?;
    let path = scratch.path().to_owned();
    let mut options = EngineOptions::default();
    // Idle is what is measured, not the wait for it.
    options.settle_idle = Duration::from_millis(100);
    let engine = options.clone();
    let rows = shard::run(&arguments, &engine, move |io| async move {
        measure(&io, &path, options, &counts).await
    })?;
    print_head(&["process", "resident MB", "bytes per partition"]);
    print_row(&["before the engine".to_owned(), megabytes(before_bytes), "–".to_owned()]);
    for row in rows {
        print_row(&row);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

async fn measure(
    io: &Io,
    path: &Path,
    options: EngineOptions,
    counts: &[usize],
) -> Result<Vec<[String; 3]>> {
    let mut rows = Vec::new();
    let (directory, engine) = shard::open(io, path, options.clone()).await?;
    let idle_bytes = settled_resident_bytes(io, &engine).await?;
    rows.push(["idle engine, one shard".to_owned(), megabytes(idle_bytes), "–".to_owned()]);
    let mut add = |name: String, bytes: u64, count: usize| {
        let per_partition = bytes.saturating_sub(idle_bytes) / count as u64;
        rows.push([name, megabytes(bytes), per_partition.to_string()]);
    };
    for count in counts {
        create(&engine, *count).await?;
        let bytes = settled_resident_bytes(io, &engine).await?;
        add(format!("{count} partitions, never written"), bytes, *count);
    }
    let most = counts.last().copied().unwrap_or(1);
    write_each(&engine).await?;
    let bytes = settled_resident_bytes(io, &engine).await?;
    add(format!("{most} partitions, each written once"), bytes, most);
    engine.close().await?;
    drop((engine, directory));
    let (_directory, engine) = shard::open(io, path, options).await?;
    let bytes = settled_resident_bytes(io, &engine).await?;
    add(format!("{most} partitions, opened again"), bytes, most);
    engine.close().await?;
    Ok(rows)
}

async fn create(engine: &Engine, count: usize) -> Result<()> {
    for index in engine.partitions().len()..count {
        let name = PartitionName::new(&format!("partition-{index}"))?;
        engine.create_staged(&name, PartitionOptions::default())?;
    }
    Ok(engine.flush().await?)
}

async fn write_each(engine: &Engine) -> Result<()> {
    let bytes = batch::of_length(BATCH_BYTES)?;
    let batch = batch::checked(&bytes)?;
    for partition in engine.partitions() {
        load::append(engine, partition, &batch).await?;
    }
    Ok(engine.flush().await?)
}

/// Resident memory once everything is settled and nothing happens any more.
async fn settled_resident_bytes(io: &Io, engine: &Engine) -> Result<u64> {
    loop {
        let checkpoints = engine.counters().checkpoints.get();
        io.sleep(Duration::from_millis(250)).await;
        let is_settled = |id| {
            engine.watermarks(id).is_ok_and(|watermarks| watermarks.settled == watermarks.next)
        };
        let is_quiet = engine.counters().checkpoints.get() == checkpoints;
        if is_quiet && engine.partitions().into_iter().all(is_settled) {
            return process::resident_bytes();
        }
    }
}
