//! `top`: what a broker does right now, shard by shard and topic by topic.

mod buckets;
mod page;
mod scrape;
mod screen;
mod view;

use crate::cli::failure::Failure;
use crate::cli::listeners::{host_port, resolve};
use crate::cli::machine::now;
use crate::cli::output::{Output, say};
use clap::Args;
use scrape::Scrape;
use screen::Screen;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::time::Duration;
use view::View;

const EXAMPLES: &str = "\
Examples:
  millstream start --admin 127.0.0.1:9644     the broker must have an admin port
  millstream top
  millstream top --admin broker.example:9644 --interval 5
  millstream top --once --output json

Rates and percentiles are those of the last interval. Ctrl-C ends it.";

/// How often the signals are looked at between two looks at the broker.
const PATIENCE: Duration = Duration::from_millis(50);

/// Show what a broker does right now: requests, bytes, latencies, memory, the slowest requests.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    /// The admin port of the broker.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9644")]
    admin: String,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = interval)]
    interval: Duration,
    /// How many topics and slow requests are shown in a terminal.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// Look for one interval, say what was seen, and end; so it does also where standard output is
    /// no terminal, and for JSON.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    output: Output,
}

fn interval(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    let seconds = seconds.ok_or_else(|| String::from("a number from 0.1 to 3600 is expected"))?;
    Ok(Duration::from_secs_f64(seconds))
}

impl Top {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let address = resolve(&host_port(&self.admin)?)?;
        let signals = Signals::new([SIGTERM, SIGINT]);
        let mut signals = signals.map_err(|error| Failure::failed(format!("signals: {error}")))?;
        let is_live = !self.once && self.output.is_text() && std::io::stdout().is_terminal();
        if is_live {
            return self.live(address, &mut signals);
        }
        let before = Scrape::take(address)?;
        if self.rests(&mut signals) {
            return Ok(());
        }
        let view = View::new(&before, &Scrape::take(address)?);
        self.output.say(|| view.text(self.limit), || view.json())
    }

    /// Until a signal ends it.
    fn live(&self, address: SocketAddr, signals: &mut Signals) -> Result<(), Failure> {
        let mut before = Scrape::take(address)?;
        let screen = Screen::begin()?;
        say(&Screen::frame("waiting for the first interval\n"))?;
        while !self.rests(signals) {
            let now = match Scrape::take(address) {
                Ok(now) => now,
                // The broker may be started again.
                Err(failure) => {
                    say(&Screen::frame(&format!("{failure}\n")))?;
                    continue;
                }
            };
            let text = View::new(&before, &now).text(self.limit);
            say(&Screen::frame(&format!("millstream top  {}\n{text}", self.admin)))?;
            before = now;
        }
        screen.end()
    }

    /// Waits for an interval; gives whether a signal has come.
    fn rests(&self, signals: &mut Signals) -> bool {
        let until = now() + self.interval;
        loop {
            if signals.pending().next().is_some() {
                return true;
            }
            let left = until.saturating_duration_since(now());
            if left.is_zero() {
                return false;
            }
            std::thread::park_timeout(left.min(PATIENCE));
        }
    }
}
