//! Looks into a data directory: checks it wholly, then prints what some of its files hold.
//!
//! ```sh
//! cargo run --release --example inspect -p millstream-log -- <data directory>
//! ```
//!
//! Without an argument it makes a small log in a folder of its own and looks into that.

use millstream_log::inspect::{self, Depth};
use millstream_log::{Log, PartitionOptions};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let is_sound = match std::env::args_os().nth(1) {
        Some(path) => look(&PathBuf::from(path))?,
        None => {
            let path = std::env::temp_dir().join(format!("millstream-look-{}", std::process::id()));
            make(&path)?;
            let outcome = look(&path);
            std::fs::remove_dir_all(&path)?;
            outcome?
        }
    };
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn make(path: &Path) -> Result<(), Box<dyn Error>> {
    let log = Log::open(path)?;
    for name in ["orders", "payments"] {
        let options = PartitionOptions::default().segment_bytes(8192);
        let partition = log.partition_with(name, options)?;
        for number in 0..20 {
            partition.append(format!("{name} {number}")).wait()?;
        }
    }
    log.close()?;
    Ok(())
}

fn look(path: &Path) -> Result<bool, Box<dyn Error>> {
    let mut told = 0;
    let report = inspect::check_with(path, Depth::Records, |progress| {
        let tenth = progress.done_bytes * 10 / progress.total_bytes.max(1);
        if tenth > told {
            told = tenth;
            eprintln!("{}0 % of {} bytes", tenth, progress.total_bytes);
        }
    })?;
    print!("{report}");
    let checkpoint = report.shards.first().and_then(|shard| {
        let generation = shard.generation?;
        Some(path.join(format!("shard-{}/checkpoint-{}", shard.shard, generation % 2)))
    });
    for file in [Some(path.join("identity")), checkpoint].into_iter().flatten() {
        println!("\n{}", file.display());
        if let Err(error) = inspect::dump(&file, &mut std::io::stdout().lock()) {
            println!("{error}");
        }
    }
    Ok(report.is_sound())
}
