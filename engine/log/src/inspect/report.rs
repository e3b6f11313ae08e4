//! The outcome of a check.

use super::finding::{Finding, Severity};
use crate::identity::Identity;
use crate::journal::plan::{PassedOver, Verdict};
use millstream_base::ShardId;
use std::fmt;
use std::path::PathBuf;

/// What a check saw of a data directory. Its `Display` is for people.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The data directory.
    pub path: PathBuf,
    /// Whose it is, if that can be read.
    pub identity: Option<Identity>,
    /// One for each shard whose directory is there.
    pub shards: Vec<ShardReport>,
    /// Everything that is not as the log leaves it, in the order in which it was met.
    pub findings: Vec<Finding>,
}

/// What a check saw of one shard.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShardReport {
    /// Which shard.
    pub shard: ShardId,
    /// The generation of the checkpoint that counts; `None` if none does.
    pub generation: Option<u64>,
    /// What the journal holds; `None` if there was no telling.
    pub journal: Option<JournalReport>,
    /// What its partitions hold.
    pub counts: Counts,
    /// Files of removed segments that are kept to be used again.
    pub spare_count: u64,
    /// Their bytes.
    pub spare_bytes: u64,
}

/// What a check saw of one journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalReport {
    /// Chunk files.
    pub chunk_count: u64,
    /// Frames whose header is right, of whatever age.
    pub frame_count: u64,
    /// Frames that the next opening replays.
    pub replayed_count: u64,
    /// Batches in them.
    pub batch_count: u64,
    /// Runs that they name.
    pub run_count: u64,
    /// Frames that were stable once and are lost.
    pub lost_count: u64,
    /// Frames that are not replayed, by the reason.
    pub passed_over: PassedOver,
    /// Why the journal ends where it does.
    pub verdict: Verdict,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Partitions, after the journal.
    pub partition_count: u64,
    /// Segment files.
    pub segment_count: u64,
    /// Stretches of batches whose checksum was compared.
    pub stretch_count: u64,
    /// Batches whose checksum was compared, those of the journal too.
    pub batch_count: u64,
    /// Records that the headers of these batches declare.
    pub record_count: u64,
    /// Bytes of these batches.
    pub batch_bytes: u64,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that were looked at.
    pub done_bytes: u64,
    /// Bytes that will be looked at, as far as is known by now.
    pub total_bytes: u64,
}

impl Report {
    /// Whether no record is known to be damaged or missing. Notes and warnings may remain.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_sound() { "sound" } else { "NOT SOUND" };
        writeln!(formatter, "{}: {verdict}", self.path.display())?;
        if let Some(Identity { log_id, shard_count, created, .. }) = &self.identity {
            writeln!(formatter, "log {log_id}, {shard_count} shards, made at {created} ms")?;
        }
        self.shards.iter().try_for_each(|shard| write!(formatter, "{shard}"))?;
        self.findings.iter().try_for_each(|finding| writeln!(formatter, "{finding}"))
    }
}

impl fmt::Display for ShardReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shard, counts, spare_count, spare_bytes, .. } = self;
        match self.generation {
            Some(generation) => writeln!(formatter, "shard {shard}: checkpoint {generation}")?,
            None => writeln!(formatter, "shard {shard}: no checkpoint")?,
        }
        if let Some(journal) = &self.journal {
            writeln!(formatter, "  {journal}")?;
        }
        writeln!(
            formatter,
            "  {} partitions, {} segments, {} stretches; {} batches of {} records and {} bytes",
            counts.partition_count,
            counts.segment_count,
            counts.stretch_count,
            counts.batch_count,
            counts.record_count,
            counts.batch_bytes
        )?;
        writeln!(formatter, "  {spare_count} spare files of {spare_bytes} bytes")
    }
}

impl fmt::Display for JournalReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PassedOver { recycled_count, replaced_count, disowned_count, unproven_count, .. } =
            self.passed_over;
        write!(
            formatter,
            "journal of {} chunks with {} frames: {} to be replayed ({} batches, {} runs), {} \
             lost, {recycled_count} recycled, {replaced_count} replaced, {disowned_count} \
             disowned, {unproven_count} never acknowledged; ends as {:?}",
            self.chunk_count,
            self.frame_count,
            self.replayed_count,
            self.batch_count,
            self.run_count,
            self.lost_count,
            self.verdict
        )
    }
}

impl ShardReport {
    pub(super) fn new(shard: ShardId) -> Self {
        Self {
            shard,
            generation: None,
            journal: None,
            counts: Counts::default(),
            spare_count: 0,
            spare_bytes: 0,
        }
    }
}
