//! The program `millstream`, a file for each command.
//!
//! What a command says on standard output is its result; everything else goes to standard error.
//! How it went is the exit code: see [`Failure`].

mod config;
mod cores;
mod failure;
mod machine;
mod start;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  millstream                               start a broker on 127.0.0.1:9092
  millstream start --listen 0.0.0.0:9092 --data /var/lib/millstream

Exit codes:
  0  done
  1  failed: standard error says why
  2  wrong arguments or configuration
  3  no broker answers
  4  the data directory cannot be used
  5  the address cannot be listened on
  6  the check has found damage";

/// Event streaming with Kafka's protocol: a broker and its tools in one program.
///
/// Without a command it starts a broker with its defaults.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Start(start::Start),
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
        None => start::Start::default().run(),
        Some(Command::Start(start)) => start.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("millstream: {failure}");
            failure.code().into()
        }
    }
}
