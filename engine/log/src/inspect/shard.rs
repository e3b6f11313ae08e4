//! The check of one shard: its checkpoints, and from the one that counts everything else.

use super::bytes;
use super::checker::Checker;
use super::expected::Expected;
use super::finding::{FindingKind, Severity};
use super::report::ShardReport;
use crate::checkpoint::{self, Checkpoint, CheckpointFault};
use crate::directory::shard_path;
use crate::engine::snapshot::checkpoint_path;
use crate::error::Result;
use crate::segment::files;
use millstream_base::ShardId;
use millstream_io::IoError;
use std::path::Path;

/// One checkpoint file as it was read.
type Read = std::result::Result<std::result::Result<Checkpoint, CheckpointFault>, IoError>;

impl Checker<'_> {
    pub(super) async fn check_shard(&mut self, shard: ShardId) -> Result<()> {
        let path = shard_path(&self.root, shard);
        let Some(entries) = self.list(&path).await else { return Ok(()) };
        self.report.shards.push(ShardReport::new(shard));
        for entry in entries {
            let known =
                ["checkpoint-0", "checkpoint-1", "journal", "lock", "reserve", "segments", "spare"];
            if !known.iter().any(|name| entry.name == *name) {
                self.find(Severity::Note, path.join(&entry.name), FindingKind::Orphan);
            }
        }
        if let Some(checkpoint) = self.check_checkpoints(shard, &path).await {
            self.shard_report().generation = Some(checkpoint.generation);
            let mut expected = Expected::at_checkpoint(&checkpoint);
            self.expect_bytes(expected.segments_bytes());
            let journal = self.check_journal(&checkpoint, &mut expected).await;
            self.shard_report().journal = journal;
            self.check_partitions(&path, &checkpoint, &expected).await;
        }
        self.check_spares(&path).await;
        Ok(())
    }

    pub(super) fn shard_report(&mut self) -> &mut ShardReport {
        self.report.shards.last_mut().expect("pushed when the shard was begun")
    }

    /// Checks both checkpoints; gives the one that counts.
    async fn check_checkpoints(&mut self, shard: ShardId, path: &Path) -> Option<Checkpoint> {
        let reads = [self.read_checkpoint(path, 0).await, self.read_checkpoint(path, 1).await];
        let newest_generation = reads.iter().filter_map(generation).max();
        let severity =
            if newest_generation.is_some() { Severity::Warning } else { Severity::Error };
        for (number, read) in (0..).zip(&reads) {
            let (severity, kind) = match read {
                Err(error) => (severity, FindingKind::Unreadable(error.clone())),
                // The first checkpoint of all stands alone.
                Ok(Err(CheckpointFault::Blank)) if newest_generation == Some(1) => continue,
                Ok(Err(CheckpointFault::Newer { version })) => {
                    (Severity::Error, FindingKind::Newer { version: *version })
                }
                Ok(Err(fault @ CheckpointFault::NewerOptions { .. })) => {
                    (Severity::Error, FindingKind::NewerCheckpoint(*fault))
                }
                Ok(Err(fault)) if fault.is_meant() => {
                    (Severity::Error, FindingKind::Checkpoint(*fault))
                }
                Ok(Err(fault)) => (severity, FindingKind::Checkpoint(*fault)),
                Ok(Ok(checkpoint)) if self.is_own(checkpoint, shard, number) => continue,
                Ok(Ok(_)) => (Severity::Error, FindingKind::Foreign),
            };
            self.find(severity, checkpoint_path(path, number), kind);
        }
        let blank_if_unreadable = |read: Read| read.unwrap_or(Err(CheckpointFault::Blank));
        checkpoint::newest(reads.map(blank_if_unreadable)).ok().flatten()
    }

    /// Whether a checkpoint is one of this shard, in the file that it belongs to.
    fn is_own(&self, checkpoint: &Checkpoint, shard: ShardId, number: u64) -> bool {
        let log_id = self.report.identity.map(|identity| identity.log_id);
        checkpoint.shard == shard
            && log_id.is_none_or(|log_id| log_id == checkpoint.log_id)
            && checkpoint.generation % 2 == number
    }

    async fn read_checkpoint(&mut self, path: &Path, number: u64) -> Read {
        let Some(file) = bytes::open(&self.io, &checkpoint_path(path, number)).await? else {
            return Ok(Err(CheckpointFault::Blank));
        };
        Ok(Checkpoint::decode(&bytes::read_whole(&self.io, &file).await?))
    }

    async fn check_spares(&mut self, path: &Path) {
        let spare = files::spare_directory(path);
        let Some(entries) = self.list(&spare).await else { return };
        for entry in entries {
            let name = entry.name.to_str().filter(|name| name.len() == 16);
            if name.is_some_and(|name| u64::from_str_radix(name, 16).is_ok()) {
                let report = self.shard_report();
                report.spare_count += 1;
                report.spare_bytes += entry.length_bytes;
            } else {
                self.find(Severity::Note, spare.join(&entry.name), FindingKind::Orphan);
            }
        }
    }
}

fn generation(read: &Read) -> Option<u64> {
    read.as_ref().ok()?.as_ref().ok().map(|checkpoint| checkpoint.generation)
}
