//! `group`: consumer groups, and how far they have come.

mod delete;
mod describe;
mod list;
mod reset;

use crate::cli::failure::Failure;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  millstream group list
  millstream group describe billing
  millstream group reset billing --topic orders --to beginning
  millstream group delete billing";

/// List, describe, reset and delete consumer groups.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Group {
    List(list::List),
    Describe(describe::Describe),
    Reset(reset::Reset),
    Delete(delete::Delete),
}

impl Group {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Describe(describe) => describe.run(),
            Self::Reset(reset) => reset.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}
