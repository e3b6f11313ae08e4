//! The inner loops, one by one: by time, and by instructions where time is too noisy.
//!
//! ```sh
//! cargo bench -p millstream-bench --bench loops    # time, by criterion
//! bench/regress.sh                                 # instructions, against bench/loops.txt
//! ```
//!
//! What reaches the outside world (appends, timers) runs in a simulated one, so that no disk and no
//! clock is in the figures, and each run does the same.
#![forbid(unsafe_code)]

mod batch;
mod engine;
mod shard;
mod stopwatch;
mod wire;

use criterion::Criterion;
use std::process::ExitCode;
use std::time::Duration;

/// Something that is done again and again.
struct Loop {
    name: &'static str,
    /// How often it is done to count its instructions.
    count: u64,
    /// Does it so many times, and says how long that took, without what had to be prepared.
    run: fn(u64) -> Duration,
}

const LOOPS: &[Loop] = &[
    Loop { name: "crc of 16 KiB", count: 200, run: batch::crc },
    Loop { name: "check a batch of 16 KiB", count: 200, run: batch::check_batch },
    Loop { name: "build a batch of 150 records", count: 100, run: batch::build },
    Loop { name: "read a produce of 1 partition", count: 1000, run: wire::read_small_produce },
    Loop { name: "read a produce of 64 partitions", count: 100, run: wire::read_large_produce },
    Loop { name: "write an answer to produce", count: 1000, run: wire::write_produced },
    Loop { name: "read a fetch of 64 partitions", count: 100, run: wire::read_fetch },
    Loop { name: "write fetched batches of 64 partitions", count: 100, run: wire::write_fetched },
    Loop { name: "append a batch of 1 KiB", count: 50, run: engine::append_small },
    Loop { name: "append a batch of 16 KiB", count: 50, run: engine::append_large },
    Loop { name: "find and read a batch at the tail", count: 200, run: engine::read_tail },
    Loop { name: "read a full block of an index", count: 200, run: engine::read_index },
    Loop { name: "pass a message through a mailbox", count: 5000, run: shard::mailbox },
    Loop { name: "set and drop a timer beside 1000", count: 1000, run: shard::timer },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--names", ..] => {
            for entry in LOOPS {
                println!("{}\t{}", entry.name, entry.count);
            }
            ExitCode::SUCCESS
        }
        ["--count", name, times, ..] => count(name, times),
        _ => {
            measure();
            ExitCode::SUCCESS
        }
    }
}

fn measure() {
    let mut criterion = Criterion::default().configure_from_args();
    for entry in LOOPS {
        criterion.bench_function(entry.name, |bencher| {
            bencher.iter_custom(|times| (entry.run)(times));
        });
    }
    criterion.final_summary();
}

/// Runs one loop so many times and ends; for who counts from outside.
fn count(name: &str, times: &str) -> ExitCode {
    let entry = LOOPS.iter().find(|entry| entry.name == name);
    let (Some(entry), Ok(times)) = (entry, times.parse()) else {
        eprintln!("--count takes the name of a loop and a number");
        return ExitCode::FAILURE;
    };
    // What is found out or taken once is not the loop's.
    (entry.run)(1);
    (entry.run)(times);
    ExitCode::SUCCESS
}
