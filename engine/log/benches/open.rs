//! From nothing, and from what a killed process left, to the first answer.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "each bench uses a part")]
mod support;

use millstream_log::{EngineOptions, Log, Offset, PartitionName, PartitionOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::arguments::Arguments;
use support::scratch::Scratch;
use support::table::{median, print_head, print_row};
use support::{Result, batch, load, process, shard};

const BATCH_BYTES: usize = 16 << 10;
/// What the child says when there is enough to recover.
const READY: &str = "ready";

fn main() -> Result<()> {
    let arguments = Arguments::from_process();
    if arguments.child.is_some() {
        return append_until_killed(&arguments);
    }
    print_head(&["opened", "open, ms", "to the first stable append, ms", "MiB on disk"]);
    let scratch = Scratch::new(&arguments.directory, "open")?;
    for name in ["a directory with nothing in it", "the same again, one record in it"] {
        let opened = (0..arguments.round_count.max(3))
            .map(|round| open(&scratch.path().join(format!("empty-{round}"))))
            .collect::<Result<Vec<_>>>()?;
        print(name, &opened);
    }
    let mut killed = Vec::new();
    for round in 0..arguments.round_count {
        let path = scratch.path().join(format!("killed-{round}"));
        fill_and_kill(&arguments, &path)?;
        killed.push(open(&path)?);
        std::fs::remove_dir_all(&path)?;
    }
    let Size { partition_count, bytes } = size(&arguments);
    print(&format!("after a kill: {partition_count} partitions, {} MiB", bytes >> 20), &killed);
    Ok(())
}

struct Opened {
    open: Duration,
    first_append: Duration,
    disk_bytes: u64,
}

#[expect(clippy::disallowed_methods, reason = "this thread is no shard and has no other clock")]
fn open(path: &Path) -> Result<Opened> {
    let begin = std::time::Instant::now();
    let log = Log::open(path)?;
    let open = begin.elapsed();
    log.partition("the first")?.append("a record").wait()?;
    let first_append = begin.elapsed();
    let disk_bytes = process::disk_bytes(path);
    check(&log)?;
    log.close()?;
    Ok(Opened { open, first_append, disk_bytes })
}

/// Looks whether there is something to read where there should be.
fn check(log: &Log) -> Result<()> {
    let infos = log.partitions()?;
    let written = infos.iter().find(|info| info.watermarks.next > Offset::ZERO);
    let written = written.ok_or("nothing was recovered")?;
    let partition = log.find(written.name.as_str())?.ok_or("it was listed")?;
    partition.replay(written.watermarks.start).next().ok_or("it has records")??;
    Ok(())
}

fn print(name: &str, all: &[Opened]) {
    let of = |time: fn(&Opened) -> Duration| {
        median(all.iter().map(|opened| time(opened).as_secs_f64() * 1e3))
    };
    let disk_bytes = all.iter().map(|opened| opened.disk_bytes).max().unwrap_or(0);
    print_row(&[
        name.to_owned(),
        format!("{:.1}", of(|opened| opened.open)),
        format!("{:.1}", of(|opened| opened.first_append)),
        (disk_bytes >> 20).to_string(),
    ]);
}

struct Size {
    partition_count: usize,
    bytes: u64,
}

fn size(arguments: &Arguments) -> Size {
    let size = match (arguments.is_full, arguments.is_smoke()) {
        (true, _) => Size { partition_count: 10_000, bytes: 10 << 30 },
        (false, false) => Size { partition_count: 1_000, bytes: 1 << 30 },
        (false, true) => Size { partition_count: 100, bytes: 32 << 20 },
    };
    let partition_count = arguments.partition_counts.first().copied();
    Size { partition_count: partition_count.unwrap_or(size.partition_count), ..size }
}

/// A child that is killed, as by `kill -9`, when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait().map(drop)) {
            eprintln!("warning: the child lives on: {error}");
        }
    }
}

fn fill_and_kill(arguments: &Arguments, path: &Path) -> Result<()> {
    let mut child = Killed(start(arguments, path)?);
    let output = child.0.stdout.take().ok_or("the child has an output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.trim() == READY { Ok(()) } else { Err(format!("the child said {line:?}").into()) }
}

fn start(arguments: &Arguments, path: &Path) -> Result<Child> {
    let seconds = arguments.duration.as_secs_f64().to_string();
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--child").arg(path).args(["--seconds", &seconds]);
    if arguments.is_full {
        command.arg("--full");
    }
    if let Some(count) = arguments.partition_counts.first() {
        command.args(["--partitions", &count.to_string()]);
    }
    Ok(command.stdout(Stdio::piped()).spawn()?)
}

fn append_until_killed(arguments: &Arguments) -> Result<()> {
    let path = arguments.child.clone().ok_or("the child has a folder")?;
    let size = size(arguments);
    shard::run(arguments, &EngineOptions::default(), move |io| async move {
        let (_directory, engine) =
            shard::open(&io, path.as_ref(), EngineOptions::default()).await?;
        let mut partitions = Vec::new();
        for index in 0..size.partition_count {
            let name = PartitionName::new(&format!("partition-{index}"))?;
            partitions.push(engine.create_staged(&name, PartitionOptions::default())?.0);
        }
        engine.flush().await?;
        let bytes = batch::of_length(BATCH_BYTES)?;
        let batch = batch::checked(&bytes)?;
        let mut left_count = size.bytes / BATCH_BYTES as u64;
        // Killed in the middle of it: what comes after READY is on its way all the time.
        for partition in partitions.iter().cycle() {
            let (ticket, _) = load::append(&engine, *partition, &batch).await?;
            left_count -= 1;
            if left_count == 0 {
                engine.stable(ticket).await?;
                println!("{READY}");
                left_count = u64::MAX;
            }
        }
        Ok(())
    })
}
