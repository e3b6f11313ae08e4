//! The check of a data directory from its top: lock, identity, shards, and what does not belong.

use super::finding::{Finding, FindingKind, Severity};
use super::report::{Progress, Report};
use super::{Depth, bytes};
use crate::directory::{identity_path, shard_path, wait_for};
use crate::error::{LogError, Result};
use crate::identity::{Identity, IdentityFault};
use crate::segment::span;
use millstream_base::limits::BATCH_UNPACKED_BYTES_MAX;
use millstream_base::{Offset, PartitionId, ShardId};
use millstream_batch::{CheckedBatch, DecompressLimit, Scratch, check_deep};
use millstream_io::{DirectoryEntry, File, Io, IoError};
use std::path::{Path, PathBuf};

/// What a check carries with it.
pub(super) struct Checker<'c> {
    pub(super) io: Io,
    pub(super) root: PathBuf,
    pub(super) report: Report,
    depth: Depth,
    scratch: Scratch,
    progress: Progress,
    on_progress: &'c mut dyn FnMut(Progress),
}

impl<'c> Checker<'c> {
    pub(super) async fn run(
        io: &Io,
        root: &Path,
        depth: Depth,
        on_progress: &'c mut dyn FnMut(Progress),
    ) -> Result<Report> {
        let root = root.to_owned();
        let entries = list_root(io, &root).await?;
        let _lock = take_lock(io, &root).await?;
        let report =
            Report { path: root.clone(), identity: None, shards: Vec::new(), findings: Vec::new() };
        let scratch = Scratch::new();
        let progress = Progress::default();
        let mut checker =
            Checker { io: io.clone(), root, report, depth, scratch, progress, on_progress };
        checker.check_root(&entries).await?;
        Ok(checker.report)
    }

    async fn check_root(&mut self, entries: &[DirectoryEntry]) -> Result<()> {
        let is_interrupted = entries.iter().any(|entry| entry.name == "creating");
        if is_interrupted {
            self.find(Severity::Note, self.root.join("creating"), FindingKind::Interrupted);
        }
        let has_identity = entries.iter().any(|entry| entry.name == "identity");
        if is_interrupted && !has_identity {
            // There is no log yet: the next opening makes it from the beginning.
            return Ok(());
        }
        self.report.identity = self.check_identity().await;
        let found = entries.iter().filter(|entry| shard_number(entry).is_some()).count();
        let found = u16::try_from(found).unwrap_or(u16::MAX);
        let shard_count = self.report.identity.map_or(found, |identity| identity.shard_count);
        for shard in 0..shard_count {
            self.check_shard(ShardId::new(shard)).await?;
        }
        for entry in entries {
            let is_ours = ["lock", "identity", "creating"].iter().any(|name| entry.name == *name)
                || shard_number(entry).is_some_and(|number| number < shard_count);
            if !is_ours {
                self.find(Severity::Note, self.root.join(&entry.name), FindingKind::Orphan);
            }
        }
        Ok(())
    }

    async fn check_identity(&mut self) -> Option<Identity> {
        let path = identity_path(&self.root);
        let file = match bytes::open(&self.io, &path).await {
            Ok(Some(file)) => file,
            Ok(None) => {
                self.find(Severity::Error, path, FindingKind::Missing);
                return None;
            }
            Err(error) => {
                self.find(Severity::Error, path, FindingKind::Unreadable(error));
                return None;
            }
        };
        let kind = match bytes::read(&self.io, &file, 0..bytes::PIECE_BYTES).await {
            Err(error) => FindingKind::Unreadable(error),
            Ok(bytes) => match Identity::decode(&bytes) {
                Ok(identity) => return Some(identity),
                Err(IdentityFault::Newer { version }) => FindingKind::Newer { version },
                Err(fault) => FindingKind::Identity(fault),
            },
        };
        self.find(Severity::Error, path, kind);
        None
    }

    pub(super) fn find(&mut self, severity: Severity, path: PathBuf, kind: FindingKind) {
        self.report.findings.push(Finding { severity, path, kind });
    }

    /// The entries of a directory; one that is not there or unreadable is a finding.
    pub(super) async fn list(&mut self, path: &Path) -> Option<Vec<DirectoryEntry>> {
        let kind = match self.io.list_directory(path).await {
            Ok(entries) => return Some(entries),
            Err(error) if error.is_not_found() => FindingKind::Missing,
            Err(error) => FindingKind::Unreadable(error),
        };
        self.find(Severity::Error, path.to_owned(), kind);
        None
    }

    /// Opens a file that should be there and gives its length; otherwise that is a finding.
    pub(super) async fn open(&mut self, path: &Path) -> Option<(File, u64)> {
        let opened = async {
            let Some(file) = bytes::open(&self.io, path).await? else { return Ok(None) };
            let length_bytes = file.length_bytes().await?;
            Ok::<_, IoError>(Some((file, length_bytes)))
        };
        let kind = match opened.await {
            Ok(Some(opened)) => return Some(opened),
            Ok(None) => FindingKind::Missing,
            Err(error) => FindingKind::Unreadable(error),
        };
        self.find(Severity::Error, path.to_owned(), kind);
        None
    }

    /// More is to be looked at.
    pub(super) fn expect_bytes(&mut self, bytes: u64) {
        self.progress.total_bytes = self.progress.total_bytes.saturating_add(bytes);
    }

    /// Some of what was expected has been looked at.
    pub(super) fn done_bytes(&mut self, bytes: u64) {
        let Progress { done_bytes, total_bytes } = self.progress;
        self.progress.done_bytes = done_bytes.saturating_add(bytes).min(total_bytes);
        (self.on_progress)(self.progress);
    }

    /// Checks batches that lie one behind the other and should take the offsets of a range.
    pub(super) fn check_batches(
        &mut self,
        path: &Path,
        partition: PartitionId,
        (first_offset, next_offset): (Offset, Offset),
        batches: &[u8],
    ) {
        let mut expected = first_offset;
        for batch in span::batches(batches) {
            let fault = match batch {
                Err(fault) => Some(fault),
                Ok(batch) if batch.base_offset() != expected => None,
                Ok(batch) => {
                    if let Err(fault) = self.look_into(&batch) {
                        let kind = FindingKind::Batch { partition, offset: expected, fault };
                        self.find(Severity::Error, path.to_owned(), kind);
                    }
                    expected = batch.next_offset();
                    continue;
                }
            };
            let kind = FindingKind::Batch { partition, offset: expected, fault };
            return self.find(Severity::Error, path.to_owned(), kind);
        }
        if expected != next_offset {
            let kind = FindingKind::Batch { partition, offset: expected, fault: None };
            self.find(Severity::Error, path.to_owned(), kind);
        }
    }

    fn look_into(
        &mut self,
        batch: &CheckedBatch<'_>,
    ) -> std::result::Result<(), Option<millstream_batch::BatchError>> {
        if let Some(shard) = self.report.shards.last_mut() {
            shard.counts.batch_count += 1;
            shard.counts.record_count += u64::from(batch.record_count());
            shard.counts.batch_bytes += batch.bytes().len() as u64;
        }
        if self.depth == Depth::Batches {
            return Ok(());
        }
        let limit = DecompressLimit::new(BATCH_UNPACKED_BYTES_MAX);
        check_deep(batch, limit, &mut self.scratch).map(drop).map_err(Some)
    }
}

async fn list_root(io: &Io, root: &Path) -> Result<Vec<DirectoryEntry>> {
    let not_a_log = |reason| LogError::NotALog { path: root.to_owned(), reason };
    let entries = match io.list_directory(root).await {
        Err(error) if error.is_not_found() => return Err(not_a_log("there is no such directory")),
        entries => entries?,
    };
    let is_ours = |entry: &DirectoryEntry| {
        entry.name == "identity" || entry.name == "creating" || shard_number(entry).is_some()
    };
    if entries.iter().any(is_ours) { Ok(entries) } else { Err(not_a_log("it holds no log")) }
}

/// Takes the lock without making its file; a copy of a directory may come without one.
async fn take_lock(io: &Io, root: &Path) -> Result<Option<File>> {
    let Some(lock) = bytes::open(io, &root.join("lock")).await? else { return Ok(None) };
    wait_for(io, &lock, root).await?;
    Ok(Some(lock))
}

fn shard_number(entry: &DirectoryEntry) -> Option<u16> {
    let number = entry.name.to_str()?.strip_prefix("shard-")?.parse().ok()?;
    let path = shard_path(Path::new(""), ShardId::new(number));
    (path.as_os_str() == entry.name).then_some(number)
}
