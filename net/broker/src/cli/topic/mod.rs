//! `topic`: what topics there are, and their lives.

mod alter;
mod create;
mod delete;
mod describe;
mod list;
mod trim;

use crate::cli::failure::Failure;
use clap::Subcommand;

/// How long a broker may take to change what is asked.
pub(crate) const TIMEOUT_MS: i32 = 30_000;
/// Kafka's code for a topic among the resources that have configurations.
pub(crate) const TOPIC_RESOURCE: i8 = 2;

const EXAMPLES: &str = "\
Examples:
  millstream topic create orders --partitions 3 --set retention.ms=86400000
  millstream topic list
  millstream topic describe orders
  millstream topic alter orders --set retention.ms=3600000 --unset segment.bytes
  millstream topic trim orders --before @1735689600000
  millstream topic delete orders";

/// Create, list, describe, alter, trim and delete topics.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Topic {
    Create(create::Create),
    List(list::List),
    Describe(describe::Describe),
    Alter(alter::Alter),
    Delete(delete::Delete),
    Trim(trim::Trim),
}

impl Topic {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Describe(describe) => describe.run(),
            Self::Alter(alter) => alter.run(),
            Self::Delete(delete) => delete.run(),
            Self::Trim(trim) => trim.run(),
        }
    }
}

/// `name=value`.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
