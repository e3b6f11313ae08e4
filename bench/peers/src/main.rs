//! Other embedded logs under the same load as ours: many threads append small records, and each
//! append is durable when it returns.
//!
//! ```sh
//! cargo run --release -- --dir <a folder on the disk to judge>
//! ```
//!
//! Prints one Markdown table. Rounds are interleaved (each round runs every peer once, in turning
//! order), so that a disk that slows down slows all of them; the figures are medians of rounds.
//!
//! # Invariants worth naming
//!
//! - No peer is measured without a real sync behind each acknowledgement: each file in `peer/` says
//!   which call it is and how that was seen.
//! - All peers get the same records, the same threads and the same clock; none is told the load
//!   beforehand except for the number of callers.
//! - Nothing is left on the disk, also after an error.
#![forbid(unsafe_code)]

mod error;
mod gather;
mod load;
mod options;
mod peer;
mod report;
mod scratch;
mod space;

use std::process::ExitCode;

use crate::error::Result;
use crate::load::Load;
use crate::options::Options;
use crate::peer::Kind;
use crate::report::Report;
use crate::scratch::Scratch;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{}", options::USAGE);
        return ExitCode::SUCCESS;
    }
    let outcome = Options::parse(&arguments).and_then(|options| run(&options));
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

fn run(options: &Options) -> Result<()> {
    let kinds = peer::kinds(&options.peers)?;
    let mut report = Report::default();
    for &caller_count in &options.caller_counts {
        let load =
            Load { caller_count, record_bytes: options.record_bytes, duration: options.duration };
        for round in 0..options.round_count {
            for index in 0..kinds.len() {
                // Turning the order, no peer always runs behind the same neighbour's writeback.
                let kind = &kinds[(index + round) % kinds.len()];
                measure(kind, &load, options, &mut report)?;
            }
        }
    }
    print!("{}", report.to_markdown(options));
    Ok(())
}

fn measure(kind: &Kind, load: &Load, options: &Options, report: &mut Report) -> Result<()> {
    let scratch = Scratch::new(&options.dir)?;
    let failed = |error| format!("{} with {} callers: {error}", kind.name, load.caller_count);
    let peer = (kind.open)(scratch.path(), load.caller_count).map_err(failed)?;
    let sample = load.run(peer.as_ref()).map_err(failed)?;
    eprintln!("{} × {}: {}", kind.name, load.caller_count, sample.summary());
    report.add(kind, load.caller_count, sample);
    Ok(())
}
