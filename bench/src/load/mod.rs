//! `load`: produce and fetch at a given rate, and see how long it takes.

mod answers;
mod ask;
mod bulk;
mod churn;
mod fetch;
mod fill;
mod flow;
mod frames;
mod group_life;
mod group_read;
mod keys;
mod knee;
mod link;
mod member;
mod options;
mod payload;
mod produce;
mod ramp;
mod report;
mod requests;
mod run;
mod schedule;
mod setup;
mod stage;
mod stamp;
mod talk;
mod tally;
mod turns;
mod view;
mod watch;
mod weights;

use crate::amount::{Bytes, Rate};
use crate::client::{Connection, Place, resolve};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use ask::AskPlan;
use churn::ChurnPlan;
use clap::{Args, Subcommand};
use knee::{Bound, Search};
use millstream_wire::ApiKey;
use options::{AskOptions, FetchOptions, ProduceOptions, RunOptions, TopicOptions};
use payload::Codec;
use ramp::Ramp;
use report::Report;
use run::{Outcome, Plan};
use setup::{Reading, Site};
use stamp::STAMP_BYTES;
use std::sync::Arc;
use std::time::Duration;
use view::View;

/// Produce and fetch at a given rate, and say how long it took
#[derive(Debug, Args)]
pub(crate) struct Load {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Produce(Produce),
    Fetch(Fetch),
    Mixed(Mixed),
    Ask(Ask),
}

/// Load a broker with producers
#[derive(Debug, Args)]
struct Produce {
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    topics: TopicOptions,
    #[command(flatten)]
    produce: ProduceOptions,
}

/// Load a broker with consumers that read what is stored, again and again
#[derive(Debug, Args)]
struct Fetch {
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    topics: TopicOptions,
    #[command(flatten)]
    fetch: FetchOptions,
    /// How much a new topic is filled with before: little is read from memory, much from the disk
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    fill: Bytes,
    /// Read what is stored once, from its first offset to its end, for --seconds at most, and with
    /// no warm-up; as it is on the disk if the broker has not read it before
    #[arg(long, conflicts_with = "groups")]
    from_start: bool,
}

/// Load a broker with producers, and consumers that follow them
#[derive(Debug, Args)]
struct Mixed {
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    topics: TopicOptions,
    #[command(flatten)]
    produce: ProduceOptions,
    #[command(flatten)]
    fetch: FetchOptions,
    /// Fill a new topic with so much before, and let the consumers read that over and over, from
    /// its first offset on, instead of following the producers
    #[arg(long, value_name = "SIZE", conflicts_with = "topic")]
    replay: Option<Bytes>,
}

/// Load a broker with requests that carry nothing (ApiVersions): what a request costs by itself
#[derive(Debug, Args)]
struct Ask {
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    ask: AskOptions,
}

impl Load {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let interrupt = Interrupt::watch()?;
        match self.kind {
            Kind::Produce(produce) => produce.run(&interrupt),
            Kind::Fetch(fetch) => fetch.run(&interrupt),
            Kind::Mixed(mixed) => mixed.run(&interrupt),
            Kind::Ask(ask) => ask.run(&interrupt),
        }
    }
}

impl Produce {
    fn run(self, interrupt: &Interrupt) -> Result<(), Failure> {
        self.run.check()?;
        self.topics.check()?;
        self.produce.check()?;
        let mut site = Site::open(&self.run, &self.topics)?;
        let result = match (self.produce.knee, self.produce.ramp) {
            (Some(bound), _) => self.search(&mut site, bound, interrupt),
            (None, Some(ramp)) => self.climb(&mut site, ramp, interrupt),
            (None, None) => self.measure(&mut site, interrupt),
        };
        let closed = site.close(&self.run);
        result.and(closed)
    }

    /// Measures at one rate after another; the report is that of the highest good one.
    fn search(&self, site: &mut Site, bound: Bound, interrupt: &Interrupt) -> Result<(), Failure> {
        let mut search = Search::new(self.produce.rate.unwrap_or(knee::FIRST));
        let mut best = None;
        while let Some(rate) = search.next() {
            let (outcome, asked) = self.run_at(site, Some(rate), interrupt)?;
            let report = Report::new(&outcome, self.run.first_second(), asked);
            let is_good = bound.holds(&report);
            let verdict = if is_good { "holds" } else { "does not hold" };
            eprintln!("{rate}: {verdict}; {}", report.latency_text());
            if outcome.broken.is_some() || outcome.is_interrupted {
                return print(&self.run, &outcome, asked);
            }
            search.learn(is_good);
            if is_good {
                best = Some((outcome, asked));
            }
        }
        let (Some(rate), Some((outcome, asked))) = (search.best(), best) else {
            return Err(Failure::failed("the bound holds at no rate that was tried"));
        };
        eprintln!("the knee is at {rate}");
        print(&self.run, &outcome, asked)
    }

    /// Measures at the rates of a ramp; where it breaks or is interrupted, those before are told.
    fn climb(&self, site: &mut Site, ramp: Ramp, interrupt: &Interrupt) -> Result<(), Failure> {
        let mut steps = Vec::new();
        let mut result = Ok(());
        for rate in ramp.rates(self.produce.steps) {
            let (outcome, asked) = self.run_at(site, Some(rate), interrupt)?;
            let report = Report::new(&outcome, self.run.first_second(), asked);
            if self.run.json {
                steps.push(report.json());
            } else {
                println!("{}", report.step_text(&rate.to_string()));
            }
            result = verdict(&report, &outcome);
            if outcome.broken.is_some() || outcome.is_interrupted {
                break;
            }
        }
        if self.run.json {
            println!("{:#}", serde_json::json!({ "steps": steps }));
        }
        result
    }

    fn measure(&self, site: &mut Site, interrupt: &Interrupt) -> Result<(), Failure> {
        let (outcome, asked) = self.run_at(site, self.produce.rate, interrupt)?;
        print(&self.run, &outcome, asked)
    }

    /// One run, and the requests per second that were asked for.
    fn run_at(
        &self,
        site: &mut Site,
        rate: Option<Rate>,
        interrupt: &Interrupt,
    ) -> Result<(Outcome, Option<f64>), Failure> {
        let produce = ProduceOptions { rate, ..self.produce.clone() };
        let plan = Arc::new(site.producers(&produce)?);
        let asked = plan.rate.map(|(rate, _)| rate);
        let plan = plan_of(&self.run, Some(plan), None, site.places.first())?;
        Ok((run::run(&plan, interrupt, View::new().each())?, asked))
    }
}

impl Fetch {
    fn run(self, interrupt: &Interrupt) -> Result<(), Failure> {
        self.run.check()?;
        self.topics.check()?;
        self.fetch.check()?;
        let mut site = Site::open(&self.run, &self.topics)?;
        let result = self.measure(&mut site, interrupt);
        let closed = site.close(&self.run);
        result.and(closed)
    }

    fn measure(&self, site: &mut Site, interrupt: &Interrupt) -> Result<(), Failure> {
        if self.topics.topic.is_none() {
            fill::fill(site, &self.run, self.fill, interrupt)?;
        }
        let reading = if self.from_start { Reading::Once } else { Reading::Stored };
        let plan = Arc::new(site.consumers(&self.fetch, reading, &self.run.broker)?);
        // A warm-up would read first what is to be measured.
        let warm_up = if self.from_start { Duration::ZERO } else { self.run.warm_up };
        let run = RunOptions { warm_up, ..self.run.clone() };
        let plan = plan_of(&run, None, Some(plan), site.places.first())?;
        let outcome = run::run(&plan, interrupt, View::new().each())?;
        print(&run, &outcome, None)
    }
}

impl Mixed {
    fn run(self, interrupt: &Interrupt) -> Result<(), Failure> {
        self.run.check()?;
        self.topics.check()?;
        self.produce.check()?;
        self.fetch.check()?;
        let mut site = Site::open(&self.run, &self.topics)?;
        let result = self.measure(&mut site, interrupt);
        let closed = site.close(&self.run);
        result.and(closed)
    }

    fn measure(&self, site: &mut Site, interrupt: &Interrupt) -> Result<(), Failure> {
        if let Some(size) = self.replay {
            fill::fill(site, &self.run, size, interrupt)?;
        }
        let reading = if self.replay.is_some() { Reading::Stored } else { Reading::Tail };
        let mut produce = site.producers(&self.produce)?;
        let mut fetch = site.consumers(&self.fetch, reading, &self.run.broker)?;
        // Compressed records cannot be stamped in place, and short ones have no room; the age of
        // what was stored before says nothing.
        let is_plain = self.produce.compression == Codec::None;
        let has_room = self.produce.record_bytes.size() >= STAMP_BYTES;
        if is_plain && has_room && reading == Reading::Tail {
            produce.is_stamped = true;
            fetch.stamp_at = Some(produce.payload.value_at);
        }
        let asked = produce.rate.map(|(rate, _)| rate);
        let (produce, fetch) = (Some(Arc::new(produce)), Some(Arc::new(fetch)));
        let plan = plan_of(&self.run, produce, fetch, site.places.first())?;
        let outcome = run::run(&plan, interrupt, View::new().each())?;
        print(&self.run, &outcome, asked)
    }
}

impl Ask {
    fn run(self, interrupt: &Interrupt) -> Result<(), Failure> {
        self.run.check()?;
        self.ask.check()?;
        let connection = Connection::open(&self.run.broker)?;
        let version = connection.versions().newest(ApiKey::ApiVersions, ask::VERSION)?;
        if version != ask::VERSION {
            let needed = format!("ApiVersions is needed in version {}", ask::VERSION);
            return Err(Failure::unreachable(needed));
        }
        let plan = AskPlan {
            address: resolve(&self.run.broker)?,
            connection_count: self.ask.connections,
            in_flight_max: self.ask.in_flight,
            request: ask::request()?,
        };
        let plan = Plan { ask: Some(Arc::new(plan)), ..plan_of(&self.run, None, None, None)? };
        let outcome = run::run(&plan, interrupt, View::new().each())?;
        print(&self.run, &outcome, None)
    }
}

fn plan_of(
    options: &RunOptions,
    produce: Option<Arc<produce::ProducePlan>>,
    fetch: Option<Arc<fetch::FetchPlan>>,
    place: Option<&Place>,
) -> Result<Plan, Failure> {
    let length = options.warm_up + options.seconds;
    let mut churn = Vec::new();
    if let Some(rate) = options.churn {
        churn.push(ChurnPlan::of_connections(&options.broker, rate)?);
    }
    if let Some(rate) = options.group_churn {
        let place = place.ok_or_else(|| Failure::usage("--group-churn goes with topics"))?;
        churn.push(ChurnPlan::of_groups(&options.broker, rate, place)?);
    }
    let (cores, reconnects) = (options.core.clone(), options.reconnect);
    Ok(Plan { produce, fetch, ask: None, churn, cores, length, reconnects })
}

/// Prints what was measured, and fails where it is not all that was asked for.
fn print(options: &RunOptions, outcome: &Outcome, asked: Option<f64>) -> Result<(), Failure> {
    let report = Report::new(outcome, options.first_second(), asked);
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    verdict(&report, outcome)
}

/// Fails where a run is not all that was asked for.
fn verdict(report: &Report, outcome: &Outcome) -> Result<(), Failure> {
    if let Some(why) = &outcome.broken {
        return Err(Failure::failed(format!("{why}; what was measured until then is above")));
    }
    if outcome.is_interrupted {
        return Err(Failure::interrupted());
    }
    let requests = report.count.directions().map(|(_, tally)| tally.requests);
    if requests.iter().sum::<u64>() == 0 {
        return Err(Failure::failed("no request succeeded"));
    }
    Ok(())
}
