//! Reading: at the tail, by reference; and from disk, against direct reads of the same files.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{File, Io, OpenOptions, Priority, Slice};
use millstream_log::{Engine, EngineOptions, PartitionName, PartitionOptions, ReadLimit};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use support::arguments::Arguments;
use support::scratch::Scratch;
use support::table::{median, print_head, print_row};
use support::{Result, batch, load, shard};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BATCH_BYTES: usize = 16 << 10;
const TAIL_BYTES: usize = 64 << 20;
/// What is appended between two looks of a reader that lags.
const FILL_STEP_BYTES: usize = 1 << 20;
/// Bytes of one read, and reads in flight.
const READ_BYTES: usize = 1 << 20;
const READ_DEPTH: usize = 8;

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    let scratch = Scratch::new(&arguments.directory, "read")?;
    let (path, given) = (scratch.path().to_owned(), arguments.clone());
    // Runs are handed out by some 64 KiB, batches that came in frames one by one.
    let mut framed = EngineOptions::default();
    framed.run_bytes_min = usize::MAX;
    let (runs, framed, cold) =
        shard::run(&arguments, &EngineOptions::default(), move |io| async move {
            let runs = tail(&io, &path.join("runs"), EngineOptions::default(), &given).await?;
            let framed = tail(&io, &path.join("framed"), framed, &given).await?;
            Ok((runs, framed, cold(&io, &path.join("cold"), &given).await?))
        })?;
    print_head(&["read", "GB/s", "baseline GB/s", "ratio", "allocations per batch"]);
    for (name, rounds) in [("runs", runs), ("single batches", framed)] {
        print_row(&[
            format!("at the tail, by reference, {name}"),
            format!("{:.1}", median(rounds.iter().map(|round| round.rate)) / 1e9),
            "–".to_owned(),
            "–".to_owned(),
            format!("{:.6}", median(rounds.iter().map(|round| round.allocations_per_batch))),
        ]);
    }
    print_row(&[
        format!("cold, sequential, {READ_DEPTH} × 1 MiB ahead"),
        format!("{:.2}", median(cold.iter().map(|round| round.rate)) / 1e9),
        format!("{:.2}", median(cold.iter().map(|round| round.baseline_rate)) / 1e9),
        format!("{:.2}", median(cold.iter().map(|round| round.rate / round.baseline_rate))),
        "–".to_owned(),
    ]);
    Ok(())
}

struct TailRound {
    rate: f64,
    allocations_per_batch: f64,
}

async fn fill(engine: &Engine, bytes: usize) -> Result<PartitionId> {
    let partition =
        engine.create(&PartitionName::new("orders")?, PartitionOptions::default()).await?;
    let batch = batch::of_length(BATCH_BYTES)?;
    let checked = batch::checked(&batch)?;
    for _ in 0..bytes / FILL_STEP_BYTES {
        for _ in 0..FILL_STEP_BYTES / BATCH_BYTES {
            load::append(engine, partition, &checked).await?;
        }
        engine.flush().await?;
        // A reader that lags as far behind: or the tail would not be kept for it.
        let limit = ReadLimit { bytes_max: 1 };
        engine.read_tail(partition, Offset::ZERO, limit, &mut Vec::new())?;
    }
    engine.flush().await?;
    Ok(partition)
}

#[expect(clippy::cast_precision_loss, reason = "rates for people")]
async fn tail(
    io: &Io,
    path: &Path,
    options: EngineOptions,
    arguments: &Arguments,
) -> Result<Vec<TailRound>> {
    let (_directory, engine) = shard::open(io, path, options).await?;
    let partition = fill(&engine, TAIL_BYTES).await?;
    let limit = ReadLimit { bytes_max: READ_BYTES };
    let mut slices: Vec<Slice> = Vec::with_capacity(2 * READ_BYTES / BATCH_BYTES);
    let mut rounds = Vec::new();
    for _ in 0..arguments.round_count {
        let (mut bytes, mut batch_count) = (0, 0);
        let region = Region::new(ALLOCATOR);
        let begin = io.now();
        while io.now() < begin + arguments.duration {
            let mut offset = Offset::ZERO;
            // Once over the whole tail: the clock is looked at between.
            while let Some(fetched) = engine.read_tail(partition, offset, limit, &mut slices)? {
                if fetched.bytes == 0 {
                    break;
                }
                bytes += fetched.bytes;
                batch_count += fetched.next_offset.get() - offset.get();
                offset = fetched.next_offset;
                std::hint::black_box(&slices);
                slices.clear();
            }
            if offset == Offset::ZERO {
                return Err("the tail is not in memory".into());
            }
        }
        let rate = bytes as f64 / (io.now() - begin).as_secs_f64();
        let allocations_per_batch = region.change().allocations as f64 / batch_count as f64;
        rounds.push(TailRound { rate, allocations_per_batch });
    }
    engine.close().await?;
    Ok(rounds)
}

struct ColdRound {
    rate: f64,
    baseline_rate: f64,
}

async fn cold(io: &Io, path: &Path, arguments: &Arguments) -> Result<Vec<ColdRound>> {
    let bytes = if arguments.is_smoke() { 64 << 20 } else { 4 << 30 };
    {
        let (_directory, engine) = shard::open(io, path, EngineOptions::default()).await?;
        fill(&engine, bytes).await?;
        engine.close().await?;
    }
    let (_directory, engine) = shard::open(io, path, EngineOptions::default()).await?;
    let files = segments(&path.join("shard-0").join("segments"))?;
    let partition = engine.partitions()[0];
    let mut rounds = Vec::new();
    for _ in 0..arguments.round_count {
        let (read_bytes, time) = replay(io, &engine, partition).await?;
        let (baseline_bytes, baseline_time) = read_files(io, &files).await?;
        if read_bytes != bytes as u64 || baseline_bytes < read_bytes {
            let text = format!("read {read_bytes} and {baseline_bytes} of {bytes} bytes");
            return Err(text.into());
        }
        rounds.push(ColdRound {
            rate: rate(read_bytes, time),
            baseline_rate: rate(baseline_bytes, baseline_time),
        });
    }
    engine.close().await?;
    Ok(rounds)
}

#[expect(clippy::cast_precision_loss, reason = "rates for people")]
fn rate(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64()
}

async fn replay(io: &Io, engine: &Engine, partition: PartitionId) -> Result<(u64, Duration)> {
    let begin = io.now();
    let mut reader = engine.reader(partition, Offset::ZERO, READ_DEPTH);
    let mut slices: Vec<Slice> = Vec::new();
    let mut bytes = 0;
    loop {
        let fetched = reader.next(&mut slices).await?;
        slices.clear();
        if fetched.bytes == 0 {
            return Ok((bytes, io.now() - begin));
        }
        bytes += fetched.bytes as u64;
    }
}

/// The segment files below a folder, in the order of their offsets.
fn segments(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for partition in std::fs::read_dir(folder)? {
        for file in std::fs::read_dir(partition?.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Direct reads of 1 MiB, eight in flight, over all files.
async fn read_files(io: &Io, paths: &[PathBuf]) -> Result<(u64, Duration)> {
    let begin = io.now();
    let mut bytes = 0;
    for path in paths {
        let file = io.open(path, OpenOptions::read_direct()).await?;
        let next = Rc::new(Cell::new(0));
        let lanes: Vec<_> = (0..READ_DEPTH)
            .map(|_| {
                let lane = read_lane(io.clone(), file.clone(), Rc::clone(&next));
                io.spawn(Priority::Foreground, lane)
            })
            .collect();
        for lane in lanes {
            bytes += lane.await?;
        }
    }
    Ok((bytes, io.now() - begin))
}

async fn read_lane(io: Io, file: File, next: Rc<Cell<u64>>) -> Result<u64> {
    let mut bytes = 0;
    loop {
        let position = next.get();
        next.set(position + READ_BYTES as u64);
        let buffer = io.buffers().buffer(READ_BYTES)?;
        let (count, _) = file.read_at(buffer, Position::new(position)).await;
        match count? {
            0 => return Ok(bytes),
            count => bytes += count as u64,
        }
    }
}
