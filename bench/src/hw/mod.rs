//! `hw`: a score card of the machine, and what a broker should reach on it.
//!
//! Everything is measured through `millstream-io`, as a broker would use the machine, on one shard
//! and one peer. Files are written in a folder of their own below the given directory, which goes
//! with the command however that ends.

mod card;
mod compare;
mod cpu;
mod disk;
mod expect;
mod findings;
mod json;
mod network;
mod page;
mod plan;
#[cfg(test)]
mod sample;
mod table;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::machine::{Fact, Machine};
use crate::on_shard;
use crate::scratch::Scratch;
use card::Card;
use clap::{Args, Subcommand};
use millstream_io::Io;
use plan::{Context, Plan};
use std::io::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  millstream-bench hw
  millstream-bench hw --quick --dir /var/lib/millstream
  millstream-bench hw --json >monday.json --html monday.html
  millstream-bench hw compare monday.json tuesday.json";

/// How long it measures by default, in seconds, and with --quick.
const SECONDS: u16 = 60;
const QUICK_SECONDS: u16 = 15;
/// Files that are written at once, each of the plan's size.
const FILE_COUNT: u64 = 1;

/// What a shard says of the machine that the machine's settings say too.
const KNOWN_OTHERWISE: [&str; 2] = ["huge pages", "memory that may be locked"];

/// Say what this machine can do, and what a broker should reach on it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Hw {
    #[command(subcommand)]
    command: Option<Command>,
    /// The directory whose disk is measured; nothing is written outside of it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Measure for 15 seconds instead of a minute.
    #[arg(long, conflicts_with = "seconds")]
    quick: bool,
    /// Measure for about so many seconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: Option<u16>,
    /// The core to measure on, as an index into those that the process may use.
    #[arg(long, value_name = "N", default_value_t = 0)]
    core: usize,
    /// Write the card as JSON to standard output, instead of a table.
    #[arg(long)]
    json: bool,
    /// Write the card as one HTML page too.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compare(compare::Compare),
}

impl Hw {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(Command::Compare(compare)) = &self.command {
            return compare.run();
        }
        let machine = Machine::of(&self.dir);
        let plan = self.plan(&machine)?;
        let page = self.html.as_ref().map(|path| open_page(path)).transpose()?;
        // Before the first file is made, so that no signal leaves one behind.
        let interrupt = Interrupt::watch()?;
        let scratch = Scratch::new(&self.dir, FILE_COUNT * plan.file_bytes())?;
        let card = measure(&machine, plan, interrupt, scratch.path())?;
        drop(scratch);
        if let Some((mut file, path)) = page {
            let written = file.write_all(page::render(&card).as_bytes());
            written.map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        }
        let text =
            if self.json { format!("{:#}\n", json::encode(&card)) } else { table::render(&card) };
        let written = std::io::stdout().lock().write_all(text.as_bytes());
        written.map_err(|error| Failure::failed(format!("standard output: {error}")))?;
        if card.is_partial {
            return Err(Failure::interrupted());
        }
        Ok(())
    }

    fn plan(&self, machine: &Machine) -> Result<Plan, Failure> {
        let count = machine.cores.count();
        if count > 0 && self.core >= count {
            return Err(Failure::usage(format!(
                "--core {}: this process may use {count} cores, counted from 0",
                self.core
            )));
        }
        let default = if self.quick { QUICK_SECONDS } else { SECONDS };
        Ok(Plan {
            core: self.core,
            peer_core: (self.core + 1) % count.max(1),
            seconds: self.seconds.unwrap_or(default).into(),
        })
    }
}

/// Before anything is measured for a minute, since nobody wants to lose that to a wrong name.
fn open_page(path: &Path) -> Result<(std::fs::File, &Path), Failure> {
    let opened = std::fs::File::create(path);
    let file = opened.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Ok((file, path))
}

fn measure(
    machine: &Machine,
    plan: Plan,
    interrupt: Interrupt,
    path: &Path,
) -> Result<Card, Failure> {
    let mut card = Card { machine: machine.facts(), ..Card::default() };
    let path = path.to_owned();
    let context = Context::new(plan, interrupt);
    let (mut context, on_shard) = on_shard::run(plan.shard(), move |io| async move {
        let mut context = context;
        let measured = measure_on_shard(&io, &path, &mut context).await?;
        Ok((context, measured))
    })?;
    card.taken_at_ms = on_shard.taken_at_ms;
    card.machine.extend(on_shard.machine);
    card.figures.extend(on_shard.figures);
    card.curves.extend(on_shard.curves);
    card.figures.extend(cpu::measure_wakes(&mut context)?);
    let congestion = &machine.settings.congestion;
    if !context.is_over() {
        card.figures.extend(network::measure(&mut context, congestion)?);
    }
    card.is_partial = context.is_over();
    card.expectations = expect::expectations(&card);
    card.findings = findings::findings(&card, machine, &plan);
    Ok(card)
}

async fn measure_on_shard(io: &Io, path: &Path, context: &mut Context) -> Result<Card, Failure> {
    let mut card = Card { taken_at_ms: io.wall_time().get(), ..Card::default() };
    let capabilities = io.capabilities().to_string();
    let facts = capabilities.lines().filter_map(|line| line.split_once(": "));
    let facts = facts.filter(|(name, _)| !KNOWN_OTHERWISE.contains(name));
    card.machine.extend(facts.map(|(name, value)| Fact::new(name, value)));
    let disk = disk::measure(io, path, context).await?;
    card.figures = disk.figures;
    card.curves = disk.curves;
    card.figures.extend(cpu::measure(io, context).await);
    Ok(card)
}
