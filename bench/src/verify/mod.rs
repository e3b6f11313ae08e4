//! `verify`: is everything there that was acknowledged, once, in order, and as it was sent?
//!
//! Producers send records that say who they are; a journal keeps what was acknowledged; then all is
//! read back and held against it. The journal outlives the run, so that `verify check` can judge
//! again after a power cut.

mod journal;
mod judge;
mod produce;
mod readback;
mod record;
mod report;

use crate::amount::{Bytes, duration};
use crate::client::{Connection, NewTopics, Topics};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::load::setup::wall_ms;
use clap::{Args, Subcommand, ValueEnum};
use journal::{Journal, Kept, Run};
use judge::Judge;
use record::VALUE_BYTES_MIN;
use report::Report;
use std::path::PathBuf;
use std::time::Duration;

/// More threads than that are a mistake.
const PRODUCERS_MAX: usize = 1024;
const PARTITIONS_MAX: usize = 100_000;
const RECORD_BYTES_MAX: usize = 1 << 20;
/// A batch stays below what brokers take unless they are told otherwise.
const BATCH_BYTES_MAX: usize = 900_000;

/// Check that what was acknowledged is there: nothing lost, doubled, reordered or corrupt
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Run(RunCommand),
    Check(CheckCommand),
}

/// Produce for a while, then read everything back
#[derive(Debug, Args)]
struct RunCommand {
    #[command(flatten)]
    common: Common,
    /// How long to produce
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    seconds: Duration,
    /// Producers, each with one request under way
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    producers: usize,
    /// Partitions of the new topic
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    partitions: usize,
    /// Replicas of the new topic
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    replication: i16,
    /// Size of a record's value
    #[arg(long, value_name = "SIZE", default_value = "100")]
    record_bytes: Bytes,
    /// Records of a request
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    batch_records: u32,
    /// Whose acknowledgement is waited for
    #[arg(long, value_enum, default_value_t = Acks::All)]
    acks: Acks,
    /// Produce idempotently: then nothing may be there twice, whatever was sent again
    #[arg(long)]
    idempotent: bool,
    /// Leave the topic, for `verify check`
    #[arg(long)]
    keep: bool,
    /// Where to keep what was acknowledged; a new file
    #[arg(long, value_name = "FILE", default_value = "verify.journal")]
    journal: PathBuf,
}

/// Read everything back, and hold it against the journal of an earlier run
#[derive(Debug, Args)]
struct CheckCommand {
    #[command(flatten)]
    common: Common,
    /// The journal of that run
    #[arg(long, value_name = "FILE", default_value = "verify.journal")]
    journal: PathBuf,
}

#[derive(Clone, Debug, Args)]
struct Common {
    /// A broker of the cluster
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    broker: String,
    /// How long a broker may be away before this gives up
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    patience: Duration,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Acks {
    /// All replicas that are in sync
    All,
    /// The leader
    #[value(name = "1")]
    Leader,
}

impl Acks {
    const fn code(self) -> i16 {
        match self {
            Self::All => -1,
            Self::Leader => 1,
        }
    }
}

impl Verify {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.kind {
            Kind::Run(run) => run.run(),
            Kind::Check(check) => check.run(),
        }
    }
}

impl RunCommand {
    fn run(self) -> Result<(), Failure> {
        self.check()?;
        let interrupt = Interrupt::watch()?;
        let name = format!("verify-{}-{:x}", std::process::id(), wall_ms());
        let run = Run {
            topic: name.clone(),
            seed: wall_ms().unsigned_abs(),
            value_bytes: self.record_bytes.size(),
            stream_count: u32::try_from(self.producers.max(self.partitions)).unwrap_or(u32::MAX),
            is_idempotent: self.idempotent,
        };
        let journal = Journal::create(&self.journal, &run)?;
        let new = NewTopics {
            names: vec![name],
            partition_count: i32::try_from(self.partitions).unwrap_or(i32::MAX),
            replication: self.replication,
            configs: Vec::new(),
        };
        let mut topics = Topics::create(Connection::open(&self.common.broker)?, &new)?;
        let result = self.produce_and_judge(&mut topics, run, journal, &interrupt);
        if self.keep {
            eprintln!("the topic stays: {}", topics.names.join(" "));
            return result;
        }
        let removed = remove(&self.common, topics.names);
        result.and(removed)
    }

    fn check(&self) -> Result<(), Failure> {
        let within = |what: &str, got: usize, min: usize, max: usize| {
            let is_within = (min..=max).contains(&got);
            is_within.then_some(()).ok_or_else(|| {
                Failure::usage(format!("--{what} {got}: from {min} to {max} make sense"))
            })
        };
        within("producers", self.producers, 1, PRODUCERS_MAX)?;
        within("partitions", self.partitions, 1, PARTITIONS_MAX)?;
        let value_bytes = self.record_bytes.size();
        within("record-bytes", value_bytes, VALUE_BYTES_MIN, RECORD_BYTES_MAX)?;
        let count_max = (BATCH_BYTES_MAX / (value_bytes + record::OVERHEAD_BYTES)).max(1);
        within("batch-records", self.batch_records as usize, 1, count_max)
    }

    fn produce_and_judge(
        &self,
        topics: &mut Topics,
        run: Run,
        journal: Journal,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let places = topics.places()?;
        let plan = produce::Plan {
            broker: &self.common.broker,
            patience: self.common.patience,
            length: self.seconds,
            producer_count: self.producers,
            batch_records: self.batch_records,
            acks: self.acks.code(),
            run: &run,
            places: &places,
        };
        let produced = produce::run(&plan, &journal, interrupt);
        drop(journal);
        let kept = Kept::read(&self.journal)?;
        judge(&self.common, kept, produced.why_ended, interrupt)
    }
}

impl CheckCommand {
    fn run(self) -> Result<(), Failure> {
        let interrupt = Interrupt::watch()?;
        judge(&self.common, Kept::read(&self.journal)?, None, &interrupt)
    }
}

/// Reads everything back, says what it is, and fails if it is not all that it should be.
fn judge(
    common: &Common,
    kept: Kept,
    why_ended: Option<String>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let (topic, is_torn) = (kept.run.topic.clone(), kept.is_torn);
    let mut judge = Judge::new(kept);
    let read = readback::read(&common.broker, &topic, common.patience, &mut judge);
    let is_whole = read.is_ok();
    let report = Report { topic, is_torn, why_ended, is_whole, verdict: judge.finish(is_whole) };
    if common.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    read?;
    if !report.verdict.is_sound() {
        return Err(Failure::unsound("what was acknowledged is not there as it was"));
    }
    if let Some(why) = report.why_ended {
        return Err(Failure::failed(format!("{why}; what was acknowledged until then is sound")));
    }
    if interrupt.is_set() {
        return Err(Failure::interrupted());
    }
    if report.verdict.acknowledged == 0 {
        return Err(Failure::failed("nothing was acknowledged, so nothing was verified"));
    }
    Ok(())
}

/// On a connection of its own: the one that made the topic may have broken.
fn remove(common: &Common, names: Vec<String>) -> Result<(), Failure> {
    Topics::made_before(Connection::open(&common.broker)?, names).remove()
}
