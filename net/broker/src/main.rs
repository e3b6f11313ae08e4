//! The program `millstream`: everything it does is in [`millstream_broker::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    millstream_broker::cli::run()
}
