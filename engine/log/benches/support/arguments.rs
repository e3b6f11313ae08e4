//! The command line that all benches share.

use super::Result;
use std::path::PathBuf;
use std::time::Duration;

const USAGE: &str = "\
Prints one Markdown table: each figure, its baseline of the same run, their ratio.

  --dir <folder>        where the data goes: on the disk to judge, never in memory
  --seconds <n>         of each measurement, may be a fraction; default 0.1, which shows only that
                        the bench works
  --rounds <n>          interleaved; what is printed are medians; default 1
  --core <n>            the core that the shard is pinned to; default 1
  --partitions <n,...>  numbers of partitions, where the bench has several
  --callers <n>         appends that wait at once, where the bench has many
  --full                the size that the figure asks for, where the bench has two";

/// How to measure.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) directory: PathBuf,
    pub(crate) duration: Duration,
    pub(crate) round_count: usize,
    pub(crate) core: usize,
    /// Empty for the bench's own choice.
    pub(crate) partition_counts: Vec<usize>,
    pub(crate) caller_count: Option<usize>,
    pub(crate) is_full: bool,
    /// What the bench starts itself again with, in a process of its own.
    pub(crate) child: Option<String>,
}

impl Arguments {
    /// Reads the process's arguments; ends the process where they say so or make no sense.
    pub(crate) fn from_process() -> Self {
        let given: Vec<String> = std::env::args().skip(1).collect();
        if given.iter().any(|argument| argument == "--help") {
            println!("{USAGE}");
            std::process::exit(0);
        }
        Self::parse(&given).unwrap_or_else(|error| {
            eprintln!("{error}; see --help");
            std::process::exit(2);
        })
    }

    /// Whether this is only to show that the bench works.
    pub(crate) fn is_smoke(&self) -> bool {
        self.duration < Duration::from_secs(1)
    }

    fn parse(given: &[String]) -> Result<Self> {
        let mut arguments = Self {
            directory: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            duration: Duration::from_millis(100),
            round_count: 1,
            core: 1,
            partition_counts: Vec::new(),
            caller_count: None,
            is_full: false,
            child: None,
        };
        let mut given = given.iter();
        while let Some(name) = given.next() {
            match name.as_str() {
                // What cargo says to every bench.
                "--bench" => {}
                "--full" => arguments.is_full = true,
                name => {
                    let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
                    arguments.set(name, value)?;
                }
            }
        }
        Ok(arguments)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "--dir" => self.directory = value.into(),
            "--seconds" => self.duration = Duration::try_from_secs_f64(value.parse()?)?,
            "--rounds" => self.round_count = count(name, value)?,
            "--core" => self.core = value.parse()?,
            "--callers" => self.caller_count = Some(count(name, value)?),
            "--partitions" => {
                let counts = value.split(',').map(|value| count(name, value));
                self.partition_counts = counts.collect::<Result<_>>()?;
            }
            "--child" => self.child = Some(value.to_owned()),
            _ => return Err(format!("{name} is unknown").into()),
        }
        Ok(())
    }
}

fn count(name: &str, value: &str) -> Result<usize> {
    let parsed = value.parse().ok().filter(|number| *number >= 1);
    parsed.ok_or_else(|| format!("{name} takes a number from 1, not {value:?}").into())
}
