//! `verify`: is everything there that was acknowledged, once, in order, and as it was sent?
//!
//! Producers send records that say who they are; a journal keeps what was acknowledged; then all is
//! read back and held against it. The journal outlives the run, so that `verify check` can judge
//! again after a power cut.

mod journal;
mod judge;
mod leaders;
mod produce;
mod readback;
mod record;
mod report;

use crate::amount::{Bytes, duration, within};
use crate::calendar::now_ms;
use crate::client::{Acks, Connection, NewTopics, Place, Topics};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use clap::{Args, Subcommand};
use journal::{Journal, Kept, Run};
use judge::Judge;
use leaders::Leaders;
use readback::Source;
use record::VALUE_BYTES;
use report::Report;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More threads than that are a mistake.
const PRODUCERS_MAX: usize = 1024;
const PARTITIONS_MAX: usize = 100_000;
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
    /// Leave the topic and the journal, for `verify check`, also where all is sound
    #[arg(long)]
    keep: bool,
    /// Where to keep what was acknowledged; a new file, which goes with the topic
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
        let connection = Connection::open(&self.common.broker)?;
        let name = format!("verify-{}-{:x}", std::process::id(), now_ms());
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let run = Run {
            topic: name.clone(),
            seed: now_ms().unsigned_abs(),
            value_bytes: self.record_bytes.size(),
            partition_count: count(self.partitions),
            stream_count: count(self.producers.max(self.partitions)),
            is_idempotent: self.idempotent,
        };
        let journal = Journal::create(&self.journal, &run)?;
        let new = NewTopics {
            names: vec![name],
            partition_count: i32::try_from(self.partitions).unwrap_or(i32::MAX),
            replication: self.replication,
            configs: Vec::new(),
        };
        let made = Topics::create(connection, &new).and_then(Topics::located);
        let (mut topics, places) = made.inspect_err(|_| drop(journal::remove(&self.journal)))?;
        let Judged { is_settled, result } = self
            .produce_and_judge(places, &run, &journal, &interrupt)
            .unwrap_or_else(|failure| Judged { is_settled: false, result: Err(failure) });
        if self.keep || !is_settled {
            let Common { broker, .. } = &self.common;
            let (topic, journal) = (&run.topic, self.journal.display());
            eprintln!(
                "the topic {topic} and the journal stay: \
                 millstream-bench verify check --broker {broker} --journal {journal}"
            );
            return result;
        }
        let removed = topics.remove().and_then(|()| journal::remove(&self.journal));
        result.and(removed)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.acks == Acks::None {
            return Err(Failure::usage("--acks 0 acknowledges nothing that could be verified"));
        }
        within("--producers", self.producers, PRODUCERS_MAX)?;
        within("--partitions", self.partitions, PARTITIONS_MAX)?;
        let value_bytes = self.record_bytes.size();
        if !VALUE_BYTES.contains(&value_bytes) {
            let (min, max) = (VALUE_BYTES.start(), VALUE_BYTES.end());
            let words = format!("--record-bytes is from {min} to {max}, not {value_bytes}");
            return Err(Failure::usage(words));
        }
        let count_max = (BATCH_BYTES_MAX / (value_bytes + record::OVERHEAD_BYTES)).max(1);
        within("--batch-records", self.batch_records as usize, count_max)
    }

    fn produce_and_judge(
        &self,
        places: Vec<Place>,
        run: &Run,
        journal: &Journal,
        interrupt: &Interrupt,
    ) -> Result<Judged, Failure> {
        let leaders = Leaders::new(&self.common.broker, &run.topic, places);
        let plan = produce::Plan {
            patience: self.common.patience,
            length: self.seconds,
            producer_count: self.producers,
            batch_records: self.batch_records,
            acks: self.acks,
            run,
            leaders: &leaders,
        };
        let produced = produce::run(&plan, journal, interrupt);
        judge(&self.common, &self.journal, produced.why_ended, interrupt)
    }
}

impl CheckCommand {
    fn run(self) -> Result<(), Failure> {
        let interrupt = Interrupt::watch()?;
        judge(&self.common, &self.journal, None, &interrupt)?.result
    }
}

/// What came of a judgement.
struct Judged {
    /// Whether there is nothing more to look into: all was read, and it is sound.
    is_settled: bool,
    result: Result<(), Failure>,
}

/// Reads everything back, says what it is, and fails if it is not all that it should be.
fn judge(
    common: &Common,
    journal: &Path,
    why_ended: Option<String>,
    interrupt: &Interrupt,
) -> Result<Judged, Failure> {
    let mut kept = Kept::open(journal)?;
    let mut judge = Judge::read(&mut kept)?;
    let Kept { is_torn, run: Run { topic, .. }, .. } = kept;
    let source = Source { broker: &common.broker, topic: &topic, patience: common.patience };
    let read = source.read(&mut judge);
    // What was in a topic that is gone is lost with it.
    let is_whole = read.as_ref().map_or_else(Failure::is_missing, |()| true);
    let report = Report { topic, is_torn, why_ended, is_whole, verdict: judge.finish(is_whole) };
    if common.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    let is_sound = report.verdict.is_sound();
    Ok(Judged { is_settled: is_whole && is_sound, result: result(report, read, interrupt) })
}

/// What the command says in the end: the worst of all that there is to say.
fn result(report: Report, read: Result<(), Failure>, interrupt: &Interrupt) -> Result<(), Failure> {
    if !report.verdict.is_sound() {
        let words = "what was acknowledged is not there as it was";
        return Err(Failure::unsound(match read {
            Err(missing) if missing.is_missing() => format!("{missing}, so that {words}"),
            _ => words.to_owned(),
        }));
    }
    read?;
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
