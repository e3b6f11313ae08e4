//! `check`: is a data directory whole?

use crate::cli::failure::Failure;
use crate::cli::output::say;
use clap::Args;
use millstream_log::inspect::{self, Depth, Progress};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Check a data directory that no broker uses: every byte against its checksum. Changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "Exit code 6 says that records are damaged or missing.")]
pub(crate) struct Check {
    /// The data directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Unpack each batch and read each record, too.
    #[arg(long)]
    records: bool,
}

impl Check {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let depth = if self.records { Depth::Records } else { Depth::Batches };
        let is_watched = std::io::stderr().is_terminal();
        let on_progress = |progress: Progress| {
            if is_watched {
                let Progress { done_bytes, total_bytes, .. } = progress;
                eprint!("\r{} of {} MiB ", done_bytes >> 20, total_bytes >> 20);
            }
        };
        let report = inspect::check_with(&self.directory, depth, on_progress);
        if is_watched {
            eprintln!();
        }
        let report = report?;
        say(&report.to_string())?;
        if report.is_sound() { Ok(()) } else { Err(Failure::damage()) }
    }
}
