//! The program `millstream-bench`: everything it does is in [`millstream_bench::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    millstream_bench::cli::run()
}
