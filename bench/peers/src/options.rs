//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
Other embedded logs under the same load as ours; prints one Markdown table.

  --dir <folder>          where the data goes; on the disk to judge, never in memory (required)
  --seconds <n>           of each measurement, default 5
  --rounds <n>            per peer, default 5
  --callers <n,n,...>     threads that append, default 1,16,64
  --record-bytes <n>      default 1024
  --peers <name,name,...> default all

A run that is interrupted may leave a folder millstream-peers-<pid> in --dir.";

/// How to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) dir: PathBuf,
    pub(crate) duration: Duration,
    pub(crate) round_count: usize,
    pub(crate) caller_counts: Vec<usize>,
    pub(crate) record_bytes: usize,
    /// Names, or none for all.
    pub(crate) peers: Vec<String>,
}

impl Options {
    /// Reads the arguments behind the program's name.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            dir: PathBuf::new(),
            duration: Duration::from_secs(5),
            round_count: 5,
            caller_counts: vec![1, 16, 64],
            record_bytes: 1024,
            peers: Vec::new(),
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} needs a value; see --help", pair[0]).into());
            };
            options.set(name, value)?;
        }
        if options.dir.as_os_str().is_empty() {
            return Err("--dir is required; see --help".into());
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "--dir" => self.dir = value.into(),
            "--seconds" => self.duration = Duration::from_secs(number(name, value)? as u64),
            "--rounds" => self.round_count = number(name, value)?,
            "--record-bytes" => self.record_bytes = number(name, value)?,
            "--callers" => {
                let counts = value.split(',').map(|count| number(name, count));
                self.caller_counts = counts.collect::<Result<_>>()?;
            }
            "--peers" => self.peers = value.split(',').map(str::to_owned).collect(),
            _ => return Err(format!("{name} is unknown; see --help").into()),
        }
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<usize> {
    let parsed = value.parse().ok().filter(|number| *number >= 1);
    parsed.ok_or_else(|| format!("{name} takes a number from 1, not {value:?}").into())
}

#[cfg(test)]
mod options_test {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_each_option() {
        let line = "--dir a --seconds 2 --rounds 3 --callers 4,5 --record-bytes 6 --peers redb";
        let options = parse(line).expect("the line is good");
        assert_eq!(options.dir, PathBuf::from("a"));
        assert_eq!(options.duration, Duration::from_secs(2));
        assert_eq!((options.round_count, options.record_bytes), (3, 6));
        assert_eq!(options.caller_counts, [4, 5]);
        assert_eq!(options.peers, ["redb"]);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for line in ["--seconds 2", "--dir", "--dir a --rounds 0", "--dir a --callers 1,x", "-x y"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
