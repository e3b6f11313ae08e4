//! The journal: what was acknowledged, a line each, on this side of the connection.
//!
//! Text, so that it can be read by whoever wants to know. Each line ends in its checksum. It goes
//! to the file with a call of its own as soon as the acknowledgement is there: what the journal
//! lacks after a crash of this program was at most unanswered.

use super::record::VALUE_BYTES;
use crate::failure::Failure;
use millstream_base::crc::crc32c;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const TITLE: &str = "millstream-verify-1";

/// What all lines of a journal have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) topic: String,
    pub(super) seed: u64,
    pub(super) value_bytes: usize,
    pub(super) partition_count: u32,
    /// Each partition has at least one.
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

/// A journal that is being read.
pub(super) struct Kept {
    path: PathBuf,
    lines: BufReader<File>,
    line_number: u64,
    pub(super) run: Run,
    /// Whether it ends within a line.
    pub(super) is_torn: bool,
}

impl Journal {
    /// Makes a new file; one that is there stays as it is.
    pub(super) fn create(path: &Path, run: &Run) -> Result<Self, Failure> {
        let file = File::create_new(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                fault(path, "is there already; name another one with --journal, or remove it")
            }
            _ => fault(path, &error.to_string()),
        })?;
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

/// Removes a journal that nobody needs any more.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|error| fault(path, &error.to_string()))
}

impl Kept {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| fault(path, &error.to_string()))?;
        let mut lines = BufReader::new(file);
        let mut title = Vec::new();
        let read = lines.read_until(b'\n', &mut title);
        read.map_err(|error| fault(path, &error.to_string()))?;
        let run = content(&title).and_then(Run::parse);
        let run = run.ok_or_else(|| fault(path, "is not a journal of `verify`"))?;
        Ok(Self { path: path.to_owned(), lines, line_number: 1, run, is_torn: false })
    }

    /// The next line; `None` at the end, or where the last line is not whole.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line);
        read.map_err(|error| fault(&self.path, &error.to_string()))?;
        self.line_number += 1;
        if !line.ends_with(b"\n") {
            self.is_torn |= !line.is_empty();
            return Ok(None);
        }
        let entry = content(&line).and_then(Entry::parse);
        let entry = entry.filter(|entry| entry.batch().stream < self.run.stream_count);
        let damaged = || fault(&self.path, &format!("is damaged in line {}", self.line_number));
        entry.ok_or_else(damaged).map(Some)
    }
}

/// A line without its checksum, if that is right.
fn content(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let (text, sum) = line.strip_suffix('\n')?.rsplit_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (crc32c(text.as_bytes()) == sum).then_some(text)
}

impl Run {
    /// Where the records of a stream go.
    pub(super) fn partition(&self, stream: u32) -> u32 {
        stream % self.partition_count
    }

    fn line(&self) -> String {
        let Self { topic, seed, value_bytes, partition_count, stream_count, is_idempotent } = self;
        format!(
            "{TITLE} {topic} {seed} {value_bytes} {partition_count} {stream_count} {is_idempotent}"
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        if words.next() != Some(TITLE) {
            return None;
        }
        let run = Self {
            topic: words.next()?.to_owned(),
            seed: words.next()?.parse().ok()?,
            value_bytes: words.next()?.parse().ok()?,
            partition_count: words.next()?.parse().ok()?,
            stream_count: words.next()?.parse().ok()?,
            is_idempotent: words.next()?.parse().ok()?,
        };
        let is_possible = VALUE_BYTES.contains(&run.value_bytes)
            && run.partition_count > 0
            && run.stream_count >= run.partition_count;
        is_possible.then_some(run)
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
        batch.first.checked_add(u64::from(batch.count))?;
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

fn fault(path: &Path, what: &str) -> Failure {
    Failure::directory(format!("the journal {} {what}", path.display()))
}

#[cfg(test)]
#[path = "journal_test.rs"]
mod journal_test;
