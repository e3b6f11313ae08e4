//! Durable appends at full speed, over 1 to 1000 partitions, against a bare ring on the same disk.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_base::PartitionId;
use millstream_io::Io;
use millstream_log::{Engine, EngineOptions, PartitionName, PartitionOptions};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use support::arguments::Arguments;
use support::bare::{self, Recycled};
use support::scratch::Scratch;
use support::table::{median, print_head, print_row};
use support::{Result, batch, load, process, shard};

const BATCH_BYTES: usize = 16 << 10;
const CALLERS: usize = 256;
/// What all partitions together hold, about, before their oldest segments go.
const RETAINED_BYTES: u64 = 4 << 30;
/// Smaller segments are not kept to be written over.
const SEGMENT_BYTES_MIN: u64 = 16 << 20;
const SEGMENT_BYTES_MAX: u64 = 256 << 20;
/// More than this on disk and the bench gives up: retention does not keep up.
const DISK_BYTES_MAX: u64 = 24 << 30;
/// How long the disk is left alone between two measurements.
const PAUSE: Duration = Duration::from_millis(300);

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    let counts = match arguments.partition_counts.as_slice() {
        [] => vec![1, 8, 64, 1000],
        counts => counts.to_vec(),
    };
    print_head(&[
        "partitions",
        "GB/s",
        "bare GB/s",
        "ratio",
        "bare twice GB/s",
        "ratio",
        "device bytes per byte: counted",
        "by the kernel",
        "frames/s",
        "KiB per frame",
        "busy",
        "shard's core",
        "GiB on disk",
    ]);
    for count in counts {
        let scratch = Scratch::new(&arguments.directory, "durable")?;
        let path = scratch.path().to_owned();
        let options = engine_options();
        let (given, engine) = (arguments.clone(), options.clone());
        let rounds = shard::run(&arguments, &engine, move |io| async move {
            measure(&io, &path, options, &given, count).await
        })?;
        print(count, &rounds);
    }
    Ok(())
}

fn engine_options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.retention_check = Duration::from_millis(100);
    options
}

/// One round: the engine and its baselines, one after the other.
struct Round {
    load: load::Done,
    bare: f64,
    bare_twice: f64,
    counted: f64,
    by_kernel: f64,
    frames_per_second: f64,
    kib_per_frame: f64,
    core_share: f64,
    disk_bytes: u64,
}

async fn measure(
    io: &Io,
    path: &Path,
    options: EngineOptions,
    arguments: &Arguments,
    partition_count: usize,
) -> Result<Vec<Round>> {
    let log_path = path.join("log");
    let (_directory, engine) = shard::open(io, &log_path, options).await?;
    let partitions = create(&engine, partition_count).await?;
    let batch = batch::of_length(BATCH_BYTES)?;
    let file_bytes = if arguments.is_smoke() { 32 << 20 } else { 1 << 30 };
    let journal = Recycled::make(io, &path.join("bare"), file_bytes).await?;
    let copy = Recycled::make(io, &path.join("bare-copy"), file_bytes).await?;
    let caller_count = arguments.caller_count.unwrap_or(CALLERS);
    let run = Run { engine, partitions, batch, caller_count, log_path };
    if !arguments.is_smoke() {
        run.warm_up().await?;
    }
    let mut rounds = Vec::new();
    for _ in 0..arguments.round_count {
        let mut round = run.round(arguments.duration).await?;
        io.sleep(PAUSE).await;
        let each = arguments.duration / 2;
        round.bare = best_of(io, &journal, None, each).await?;
        round.bare_twice = best_of(io, &journal, Some(&copy), each).await?;
        io.sleep(PAUSE).await;
        rounds.push(round);
    }
    run.engine.close().await?;
    Ok(rounds)
}

fn segment_bytes(partition_count: usize) -> u64 {
    (RETAINED_BYTES / 2 / partition_count as u64).clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX)
}

/// Makes partitions that each keep little more than the segment that they write.
async fn create(engine: &Engine, count: usize) -> Result<Vec<PartitionId>> {
    let segment_bytes = segment_bytes(count);
    let options = PartitionOptions::default().segment_bytes(segment_bytes).retention_bytes(1);
    let mut partitions = Vec::new();
    for index in 0..count {
        let name = PartitionName::new(&format!("partition-{index}"))?;
        partitions.push(engine.create_staged(&name, options)?.0);
    }
    engine.flush().await?;
    Ok(partitions)
}

async fn best_of(
    io: &Io,
    journal: &Recycled,
    copy: Option<&Recycled>,
    duration: Duration,
) -> Result<f64> {
    let small = bare::throughput(io, journal, copy, 1 << 20, duration).await?;
    let large = bare::throughput(io, journal, copy, 2 << 20, duration).await?;
    Ok(small.max(large))
}

struct Run {
    engine: Engine,
    partitions: Vec<PartitionId>,
    batch: Rc<[u8]>,
    caller_count: usize,
    log_path: PathBuf,
}

impl Run {
    async fn load(&self, duration: Duration) -> Result<load::Done> {
        load::closed_loop(&self.engine, &self.partitions, &self.batch, self.caller_count, duration)
            .await
    }

    /// Writes until files are recycled steadily. At first each partition is filled to another
    /// degree, since partitions that are filled alike would all need new files at once.
    async fn warm_up(&self) -> Result<()> {
        let segment_bytes = segment_bytes(self.partitions.len());
        let checked = batch::checked(&self.batch)?;
        for (index, partition) in self.partitions.iter().enumerate() {
            let share_bytes = segment_bytes * index as u64 / self.partitions.len() as u64;
            for _ in 0..share_bytes / BATCH_BYTES as u64 {
                load::append(&self.engine, *partition, &checked).await?;
            }
        }
        self.engine.flush().await?;
        let mut left_bytes = 2 * segment_bytes * self.partitions.len() as u64;
        while left_bytes > 0 {
            let done = self.load(Duration::from_secs(1)).await?;
            left_bytes = left_bytes.saturating_sub(done.appended_bytes);
            self.disk_bytes()?;
        }
        Ok(())
    }

    fn disk_bytes(&self) -> Result<u64> {
        let disk_bytes = process::disk_bytes(&self.log_path);
        if disk_bytes > DISK_BYTES_MAX {
            return Err(format!("retention left {} GiB on disk", disk_bytes >> 30).into());
        }
        Ok(disk_bytes)
    }

    #[expect(clippy::cast_precision_loss, reason = "rates and ratios for people")]
    async fn round(&self, duration: Duration) -> Result<Round> {
        let before = self.engine.counters();
        let (time_before, device_before) =
            (process::thread_time()?, process::device_written_bytes()?);
        let load = self.load(duration).await?;
        let device_bytes = process::device_written_bytes()? - device_before;
        let core_time = process::thread_time()? - time_before;
        let after = self.engine.counters();
        let counted = device_bytes_of(&after) - device_bytes_of(&before);
        let frames = (after.frames.get() - before.frames.get()) as f64;
        let frame_bytes = load.appended_bytes as f64 / frames;
        Ok(Round {
            load,
            bare: 0.0,
            bare_twice: 0.0,
            counted: counted as f64 / load.appended_bytes as f64,
            by_kernel: device_bytes as f64 / load.appended_bytes as f64,
            frames_per_second: frames / load.elapsed.as_secs_f64(),
            kib_per_frame: frame_bytes / 1024.0,
            core_share: core_time.as_secs_f64() / load.elapsed.as_secs_f64(),
            disk_bytes: self.disk_bytes()?,
        })
    }
}

fn device_bytes_of(counters: &millstream_log::Counters) -> u64 {
    counters.journal_bytes.get()
        + counters.run_bytes.get()
        + counters.settled_bytes.get()
        + counters.metadata_bytes.get()
}

fn print(partition_count: usize, rounds: &[Round]) {
    let of = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value));
    let rate = |round: &Round| round.load.bytes_per_second();
    let busy_count: u64 = rounds.iter().map(|round| round.load.busy_count).sum();
    let disk_bytes = rounds.iter().map(|round| round.disk_bytes).max().unwrap_or(0);
    print_row(&[
        partition_count.to_string(),
        format!("{:.2}", of(&rate) / 1e9),
        format!("{:.2}", of(&|round| round.bare) / 1e9),
        format!("{:.2}", of(&|round| rate(round) / round.bare)),
        format!("{:.2}", of(&|round| round.bare_twice) / 1e9),
        format!("{:.2}", of(&|round| rate(round) / round.bare_twice)),
        format!("{:.3}", of(&|round| round.counted)),
        format!("{:.3}", of(&|round| round.by_kernel)),
        format!("{:.0}", of(&|round| round.frames_per_second)),
        format!("{:.0}", of(&|round| round.kib_per_frame)),
        busy_count.to_string(),
        format!("{:.0} %", of(&|round| round.core_share) * 100.0),
        format!("{}", disk_bytes >> 30),
    ]);
}
