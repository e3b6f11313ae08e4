//! The same load over 1, 64 and 10 000 partitions: batches arrive at a fixed rate, whether or not
//! those before them are done.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_base::random::Random;
use millstream_base::{Histogram, PartitionId};
use millstream_io::{Io, Priority};
use millstream_log::{
    AppendOptions, Engine, EngineOptions, LogError, PartitionName, PartitionOptions, Ticket,
};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use support::arguments::Arguments;
use support::scratch::Scratch;
use support::table::{median, print_head, print_row};
use support::{Result, batch, shard};

const BATCH_BYTES: usize = 1 << 10;
/// Batches per second.
const RATE: u32 = 20_000;
/// The part of the time before what counts.
const WARM_UP_PART: u32 = 5;

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    let counts = match arguments.partition_counts.as_slice() {
        [] if arguments.is_smoke() => vec![1, 64, 1000],
        [] => vec![1, 64, 10_000],
        counts => counts.to_vec(),
    };
    let scratch = Scratch::new(&arguments.directory, "flat")?;
    let mut rounds = Vec::new();
    for _ in 0..arguments.round_count {
        let mut round = Vec::new();
        for count in &counts {
            let path = scratch.path().join(count.to_string());
            let (count, duration) = (*count, arguments.duration);
            round.push(shard::run(&arguments, &EngineOptions::default(), move |io| async move {
                measure(&io, &path, count, duration).await
            })?);
        }
        rounds.push(round);
    }
    print_head(&["partitions", "p50 µs", "p99 µs", "p99.9 µs", "refused"]);
    for (index, count) in counts.iter().enumerate() {
        let at = |percentile| {
            median(rounds.iter().map(|round| microseconds(&round[index].latencies, percentile)))
        };
        let refused_count: u64 = rounds.iter().map(|round| round[index].refused_count).sum();
        print_row(&[
            count.to_string(),
            format!("{:.0}", at(50.0)),
            format!("{:.0}", at(99.0)),
            format!("{:.0}", at(99.9)),
            refused_count.to_string(),
        ]);
    }
    let spread = median(rounds.iter().map(|round| spread(round)));
    println!("\np99 of the slowest / p99 of the fastest: {spread:.2}");
    Ok(())
}

fn microseconds(latencies: &Histogram, percentile: f64) -> f64 {
    latencies.value_at_percentile(percentile).as_secs_f64() * 1e6
}

fn spread(round: &[Outcome]) -> f64 {
    let of_all = || round.iter().map(|outcome| microseconds(&outcome.latencies, 99.0));
    of_all().fold(0.0, f64::max) / of_all().fold(f64::INFINITY, f64::min)
}

#[derive(Default)]
struct Outcome {
    latencies: Histogram,
    refused_count: u64,
}

async fn measure(
    io: &Io,
    path: &Path,
    partition_count: usize,
    duration: Duration,
) -> Result<Outcome> {
    let (_directory, engine) = shard::open(io, path, EngineOptions::default()).await?;
    if engine.partitions().is_empty() {
        create(&engine, partition_count).await?;
    }
    let partitions = engine.partitions();
    let bytes = batch::of_length(BATCH_BYTES)?;
    let outcome = Rc::new(RefCell::new(Outcome::default()));
    arrive(&engine, &partitions, &bytes, duration / WARM_UP_PART, &outcome).await?;
    outcome.take();
    arrive(&engine, &partitions, &bytes, duration, &outcome).await?;
    engine.close().await?;
    Ok(outcome.take())
}

async fn create(engine: &Engine, count: usize) -> Result<()> {
    let options = PartitionOptions::default().segment_bytes(64 << 20).retention_bytes(256 << 20);
    for index in 0..count {
        let name = PartitionName::new(&format!("partition-{index}"))?;
        engine.create_staged(&name, options)?;
    }
    Ok(engine.flush().await?)
}

/// Appends at the fixed rate for a time, then waits for all. A latency begins when the batch should
/// have come, so that a stall counts for all who would have met it.
async fn arrive(
    engine: &Engine,
    partitions: &[PartitionId],
    bytes: &[u8],
    duration: Duration,
    outcome: &Rc<RefCell<Outcome>>,
) -> Result<()> {
    let io = engine.io();
    let batch = batch::checked(bytes)?;
    let interval = Duration::from_secs(1) / RATE;
    let mut random = Random::new(7);
    let mut due = io.now();
    let end = due + duration;
    while due < end {
        io.sleep_until(due).await;
        while due <= io.now() && due < end {
            let index = usize::try_from(random.below(partitions.len() as u64))?;
            match engine.append(partitions[index], &batch, AppendOptions::default()) {
                Ok(appended) => {
                    let waiting = wait(engine.clone(), appended.ticket, due, Rc::clone(outcome));
                    drop(io.spawn(Priority::Foreground, waiting));
                }
                Err(LogError::Busy) => outcome.borrow_mut().refused_count += 1,
                Err(error) => return Err(error.into()),
            }
            due += interval;
        }
    }
    engine.flush().await?;
    // Those who wait for the last frame are woken with it, and run before this goes on.
    io.yield_now().await;
    Ok(())
}

async fn wait(
    engine: Engine,
    ticket: Ticket,
    due: millstream_base::Instant,
    outcome: Rc<RefCell<Outcome>>,
) {
    // A fault meets the next append too, which reports it.
    if engine.stable(ticket).await.is_ok() {
        let latency = engine.io().now() - due;
        outcome.borrow_mut().latencies.record(latency);
    }
}
