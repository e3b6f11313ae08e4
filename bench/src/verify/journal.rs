//! The journal: what was acknowledged, a line each, on this side of the connection.
//!
//! Text, so that it can be read by whoever wants to know. Each line ends in its checksum. It goes
//! to the file with a call of its own as soon as the acknowledgement is there: what the journal
//! lacks after a crash of this program was at most unanswered.

use crate::failure::Failure;
use millstream_base::crc::crc32c;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const TITLE: &str = "millstream-verify-1";

/// What all lines of a journal have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) topic: String,
    pub(super) seed: u64,
    pub(super) value_bytes: usize,
    pub(super) stream_count: u32,
    pub(super) is_idempotent: bool,
}

/// A batch of consecutive records of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) stream: u32,
    pub(super) first: u64,
    pub(super) count: u32,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Acknowledged at an offset; some attempt before may have been stored too.
    Acknowledged { batch: Batch, offset: i64, is_repeated: bool },
    /// Sent, and never answered: it may be there or not.
    Unanswered { batch: Batch },
}

/// A journal that is being written.
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// A journal that was read.
pub(super) struct Kept {
    pub(super) run: Run,
    pub(super) entries: Vec<Entry>,
    /// Whether its last line is not whole.
    pub(super) is_torn: bool,
}

impl Journal {
    pub(super) fn create(path: &Path, run: &Run) -> Result<Self, Failure> {
        let file = File::create_new(path).map_err(|error| fault(path, &error.to_string()))?;
        let journal = Self { path: path.to_owned(), file: Mutex::new(file) };
        journal.line(&run.line())?;
        Ok(journal)
    }

    pub(super) fn note(&self, entry: Entry) -> Result<(), Failure> {
        self.line(&entry.line())
    }

    fn line(&self, text: &str) -> Result<(), Failure> {
        let line = format!("{text} {:08x}\n", crc32c(text.as_bytes()));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(|error| fault(&self.path, &error.to_string()))
    }
}

impl Kept {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| fault(path, &error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.split_inclusive('\n').enumerate().peekable();
        let title = lines.next().and_then(|(_, line)| Run::parse(content(line)?));
        let run = title.ok_or_else(|| fault(path, "not a journal of `verify`"))?;
        let mut kept = Self { run, entries: Vec::new(), is_torn: false };
        while let Some((index, line)) = lines.next() {
            let entry = content(line).and_then(Entry::parse);
            let entry = entry.filter(|entry| entry.batch().stream < kept.run.stream_count);
            match entry {
                Some(entry) => kept.entries.push(entry),
                None if lines.peek().is_none() && !line.ends_with('\n') => kept.is_torn = true,
                None => return Err(fault(path, &format!("line {} is damaged", index + 1))),
            }
        }
        Ok(kept)
    }
}

/// A line without its checksum, if that is right.
fn content(line: &str) -> Option<&str> {
    let (text, sum) = line.strip_suffix('\n')?.rsplit_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (crc32c(text.as_bytes()) == sum).then_some(text)
}

impl Run {
    fn line(&self) -> String {
        let Self { topic, seed, value_bytes, stream_count, is_idempotent } = self;
        format!("{TITLE} {topic} {seed} {value_bytes} {stream_count} {is_idempotent}")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        if words.next() != Some(TITLE) {
            return None;
        }
        Some(Self {
            topic: words.next()?.to_owned(),
            seed: words.next()?.parse().ok()?,
            value_bytes: words.next()?.parse().ok()?,
            stream_count: words.next()?.parse().ok()?,
            is_idempotent: words.next()?.parse().ok()?,
        })
    }
}

impl Entry {
    pub(super) fn batch(&self) -> Batch {
        match self {
            Self::Acknowledged { batch, .. } | Self::Unanswered { batch } => *batch,
        }
    }

    fn line(self) -> String {
        let Batch { stream, first, count } = self.batch();
        match self {
            Self::Acknowledged { offset, is_repeated, .. } => {
                format!("acknowledged {stream} {first} {count} {offset} {is_repeated}")
            }
            Self::Unanswered { .. } => format!("unanswered {stream} {first} {count}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let batch = Batch {
            stream: words.next()?.parse().ok()?,
            first: words.next()?.parse().ok()?,
            count: words.next()?.parse().ok()?,
        };
        match kind {
            "acknowledged" => Some(Self::Acknowledged {
                batch,
                offset: words.next()?.parse().ok()?,
                is_repeated: words.next()?.parse().ok()?,
            }),
            "unanswered" => Some(Self::Unanswered { batch }),
            _ => None,
        }
    }
}

fn fault(path: &Path, why: &str) -> Failure {
    Failure::directory(format!("the journal {}: {why}", path.display()))
}

#[cfg(test)]
mod journal_test {
    use super::*;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("verify-{name}-{}", std::process::id()))
    }

    fn written(name: &str) -> (PathBuf, Run, Vec<Entry>) {
        let path = path(name);
        drop(std::fs::remove_file(&path));
        let run = Run {
            topic: String::from("t"),
            seed: u64::MAX,
            value_bytes: 100,
            stream_count: 3,
            is_idempotent: true,
        };
        let batch = Batch { stream: 2, first: 1 << 40, count: 100 };
        let entries = vec![
            Entry::Acknowledged { batch, offset: 17, is_repeated: true },
            Entry::Unanswered { batch },
        ];
        let journal = Journal::create(&path, &run).expect("a new file");
        entries.iter().for_each(|entry| journal.note(*entry).expect("written"));
        assert!(Journal::create(&path, &run).is_err(), "no journal is written over");
        (path, run, entries)
    }

    #[test]
    fn what_was_written_is_read() {
        let (path, run, entries) = written("whole");
        let kept = Kept::read(&path).expect("whole");
        assert_eq!((kept.run, kept.entries, kept.is_torn), (run, entries, false));
        drop(std::fs::remove_file(&path));
    }

    #[test]
    fn a_torn_end_is_said_and_damage_before_it_is_refused() {
        let (path, _, entries) = written("torn");
        let bytes = std::fs::read(&path).expect("there");
        std::fs::write(&path, &bytes[..bytes.len() - 3]).expect("cut");
        let kept = Kept::read(&path).expect("torn");
        assert_eq!((kept.entries.len(), kept.is_torn), (entries.len() - 1, true));
        let mut damaged = bytes.clone();
        let at = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 14;
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).expect("damaged");
        assert!(Kept::read(&path).is_err());
        drop(std::fs::remove_file(&path));
    }
}
