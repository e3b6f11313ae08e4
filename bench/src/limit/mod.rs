//! `limit`: the physical limit as a program.
//!
//! The bare recipe of a durable log behind a socket, on `engine/io`, for the same load as a broker:
//! requests come in over TCP, each is copied once into one journal, and is answered when the
//! journal is durable. What a broker adds to it (checking batches, offsets, partitions, indexes,
//! retention, recovery) is left out, so that a broker's figures have something to stand beside.
//!
//! What it does as the engine does it:
//! - one shard on one core; the journal is a file that was written with zeros before and is written
//!   over from then on, with `O_DIRECT` and `RWF_DSYNC`, in frames of whole blocks within regions
//!   of 2 MiB, two in flight, or four where frames are full;
//! - one write per tick for all that came in, answers in the order of the frames;
//! - with `--second-write` each byte is written a second time, in direct writes of 1 MiB that are
//!   not durable by themselves, and synced once for each half of the journal, since a broker with
//!   more than a few partitions must write so too.
//!
//! What it does not do: look into a request beyond the place of its records; check, number or find
//! a batch; keep anything. Offsets in answers are 0, and what was written cannot be read.
//!
//! So that a load over Kafka's protocol can drive it, it answers Metadata, CreateTopics and
//! DeleteTopics (any topic is there), ListOffsets (always from 0 on), ApiVersions (which is then
//! the bare echo of the reactor) and Fetch (which is then the bare gathered send: batches that were
//! prepared in memory, however often they are asked for).
//!
//! A Produce of more than 2 MiB ends its connection, and so does an API that is not named here.

mod answers;
mod connection;
mod copier;
mod gathered;
mod journal;
mod outgoing;
mod prepared;
mod serve;
mod signal;

use crate::failure::Failure;
use clap::{Args, Subcommand};

/// The physical limit as a program: what a broker's figures stand beside.
#[derive(Debug, Args)]
pub(crate) struct Limit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
}

impl Limit {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(),
        }
    }
}
