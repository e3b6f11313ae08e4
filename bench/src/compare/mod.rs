//! `compare`: scenarios over brokers, round by round, side by side.
//!
//! Brokers are started once, each on its own data, and stay: a virtual machine that has just begun
//! is slow. In each round each broker has each scenario once, one after the other, so that a
//! machine that changes its mind does so for all of them. What is shown is the median of the rounds
//! with its spread, and its ratio to that of the broker that was named first.

mod bar;
mod broker;
mod markdown;
mod page;
mod process;
mod round;
mod scenario;
mod summary;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::scratch::Scratch;
use broker::{Broker, Means};
use clap::Args;
use round::Round;
use scenario::Scenario;
use std::path::PathBuf;
use summary::Summary;

/// What the data of all brokers of a usual comparison takes.
const NEEDED_BYTES: u64 = 8 << 30;

/// Hold brokers against each other, scenario by scenario
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Scenario files, as those in bench/scenarios
    #[arg(value_name = "SCENARIO", required = true)]
    scenarios: Vec<PathBuf>,
    /// Brokers in the order of the table: millstream, limit, limit-second-write, kafka,
    /// kafka-fsync, or NAME=HOST:PORT for one that runs already
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "millstream,limit")]
    brokers: Vec<String>,
    /// How often each broker has each scenario
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// How long each of these is, as 10s; by default as its scenario says
    #[arg(long, value_name = "TIME")]
    seconds: Option<String>,
    /// The directory in which brokers get folders for their data, removed at the end
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The program that `millstream` stands for
    #[arg(long, value_name = "FILE", default_value = "target/release/millstream")]
    millstream: PathBuf,
    /// The script that `kafka` and `kafka-fsync` stand for
    #[arg(long, value_name = "FILE", default_value = "bench/peers/kafka.sh")]
    kafka: PathBuf,
    /// The core of the brokers
    #[arg(long, value_name = "N", default_value_t = 0)]
    server_core: usize,
    /// The core of the load
    #[arg(long, value_name = "N", default_value_t = 1)]
    client_core: usize,
    /// Write a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Compare {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let interrupt = Interrupt::watch()?;
        let scenarios = self.scenarios.iter().map(|path| Scenario::read(path));
        let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
        let scratch = Scratch::new(&self.dir, NEEDED_BYTES)?;
        let means = Means {
            directory: scratch.path(),
            millstream: &self.millstream,
            kafka: &self.kafka,
            core: self.server_core,
        };
        let brokers = self.brokers.iter().map(|name| Broker::start(name, &means));
        let brokers = brokers.collect::<Result<Vec<_>, _>>()?;
        let mut summary = Summary::new(&scenarios, &self.brokers);
        let measured = self.measure(&scenarios, &brokers, &mut summary, &interrupt);
        drop(brokers);
        print!("{}", markdown::render(&summary));
        if let Some(path) = &self.html {
            let written = std::fs::write(path, page::render(&summary));
            written.map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        }
        measured
    }

    fn measure(
        &self,
        scenarios: &[Scenario],
        brokers: &[Broker],
        summary: &mut Summary,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let rounds = usize::from(self.rounds);
        let columns = brokers.iter().enumerate();
        let cells = scenarios.iter().enumerate();
        let cells: Vec<_> =
            cells.flat_map(|row| columns.clone().map(move |column| (row, column))).collect();
        let mut progress = Progress::new(rounds * cells.len());
        for (round, ((row, scenario), (column, broker))) in
            (1..=rounds).flat_map(|round| cells.iter().map(move |cell| (round, *cell)))
        {
            let (name, title) = (broker.name(), &scenario.title);
            progress.step(&format!("round {round} of {rounds}: {title}: {name}"));
            let seconds = self.seconds.as_deref().unwrap_or(&scenario.seconds);
            let measured = Round::run(scenario, broker, seconds, self.client_core);
            if interrupt.is_set() {
                return Err(Failure::interrupted());
            }
            summary.add(row, column, measured);
        }
        Ok(())
    }
}
