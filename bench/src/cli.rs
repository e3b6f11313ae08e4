//! The program's commands.
//!
//! What a command says on standard output is its result; everything else goes to standard error.

use crate::failure::Failure;
use crate::{compare, hw, limit, load, verify};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Exit codes:
  0    done
  1    failed: standard error says why
  2    wrong arguments or scenario
  3    no broker answers, or none that speaks what is needed
  4    the directory or a file cannot be used
  5    verify: something acknowledged is lost, doubled, reordered or corrupt
  130  interrupted; what was measured until then is reported";

/// What this machine can do, how near a broker comes, and why not nearer.
#[derive(Debug, Parser)]
#[command(name = "millstream-bench", version, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Hw(hw::Hw),
    Limit(limit::Limit),
    Load(Box<load::Load>),
    Verify(verify::Verify),
    Compare(compare::Compare),
}

/// Runs the program with the arguments of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe behind `--help` is nothing to speak of.
            drop(error.print());
            return if error.use_stderr() { Failure::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match arguments.command {
        Command::Hw(hw) => hw.run(),
        Command::Limit(limit) => limit.run(),
        Command::Load(load) => load.run(),
        Command::Verify(verify) => verify.run(),
        Command::Compare(compare) => compare.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("millstream-bench: {failure}");
            failure.code().into()
        }
    }
}
