//! The program `millstream`, a file for each command.
//!
//! What a command says on standard output is its result; everything else goes to standard error.
//! How it went is the exit code: see `failure.rs`.

mod admin;
mod check;
mod config;
mod connect;
mod consume;
mod cores;
mod disks;
mod dump;
mod durability;
mod failure;
mod group;
mod listeners;
mod machine;
mod output;
mod produce;
pub(crate) mod record;
mod settings;
mod start;
mod status;
mod top;
mod topic;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  millstream                               start a broker on 127.0.0.1:9092
  millstream start --listen 0.0.0.0:9092 --data /var/lib/millstream
  echo hello | millstream produce --topic greetings
  millstream consume --topic greetings
  millstream status
  millstream top                           watch a broker that has an admin port

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
    Status(status::Status),
    Top(top::Top),
    #[command(subcommand)]
    Topic(topic::Topic),
    #[command(subcommand)]
    Group(group::Group),
    Produce(produce::Produce),
    Consume(consume::Consume),
    Check(check::Check),
    Dump(dump::Dump),
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
        Some(Command::Status(status)) => status.run(),
        Some(Command::Top(top)) => top.run(),
        Some(Command::Topic(topic)) => topic.run(),
        Some(Command::Group(group)) => group.run(),
        Some(Command::Produce(produce)) => produce.run(),
        Some(Command::Consume(consume)) => consume.run(),
        Some(Command::Check(check)) => check.run(),
        Some(Command::Dump(dump)) => dump.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("millstream: {failure}");
            }
            failure.code().into()
        }
    }
}
