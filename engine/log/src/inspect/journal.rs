//! The check of a journal: what the next opening would make of it, and whether that is all there.

use super::bytes::{self, journal_path};
use super::checker::Checker;
use super::expected::Expected;
use super::finding::{FindingKind, Severity};
use super::report::JournalReport;
use crate::checkpoint::Checkpoint;
use crate::directory::shard_path;
use crate::identity::LogId;
use crate::journal::chunks::{chunk_number, chunk_path, find_missing};
use crate::journal::entry::{Entry, RunPlace};
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameFault, FrameHeader, Payload};
use crate::journal::plan::{Plan, Step, Verdict, plan};
use crate::journal::survey::{Sighting, check_owner, survey};
use crate::segment::files;
use crate::segment::index::stretch_crc;
use millstream_base::limits::JOURNAL_CHUNK_BYTES;
use millstream_base::{Offset, PartitionId, ShardId};
use millstream_batch::HeaderView;
use millstream_io::{DirectoryEntry, Slice};
use std::path::{Path, PathBuf};

/// Where a journal lies, and whose it is.
struct Journal<'j> {
    checkpoint: &'j Checkpoint,
    shard: PathBuf,
    path: PathBuf,
}

impl Journal<'_> {
    fn chunk(&self, header: &FrameHeader) -> PathBuf {
        chunk_path(&self.path, header.place.chunk)
    }
}

impl Checker<'_> {
    /// Checks a journal and goes on from the checkpoint through it; `None` if there is no telling
    /// what it holds.
    pub(super) async fn check_journal(
        &mut self,
        checkpoint: &Checkpoint,
        expected: &mut Expected,
    ) -> Option<JournalReport> {
        let shard = shard_path(&self.root, checkpoint.shard);
        let path = journal_path(&self.root, checkpoint.shard);
        let journal = Journal { checkpoint, shard, path };
        let (chunk_count, sightings) = self.survey_all(&journal).await?;
        let mut plan = plan(&checkpoint.journal, &sightings);
        let mut report = JournalReport {
            chunk_count,
            frame_count: sightings.len() as u64,
            replayed_count: 0,
            batch_count: 0,
            run_count: 0,
            lost_count: 0,
            passed_over: plan.passed_over,
            verdict: plan.verdict,
        };
        if let Some(torn) = self.follow(&journal, &plan, expected, &mut report).await {
            plan.cut(torn);
        }
        (report.passed_over, report.verdict) = (plan.passed_over, plan.verdict);
        Some(report)
    }

    async fn survey_all(&mut self, journal: &Journal<'_>) -> Option<(u64, Vec<Sighting>)> {
        let entries = self.list(&journal.path).await?;
        let chunk_bytes = JOURNAL_CHUNK_BYTES as u64;
        let lengths = entries.iter().map(|entry| entry.length_bytes.min(chunk_bytes));
        self.expect_bytes(lengths.sum());
        self.check_chunks(journal, &entries);
        let mut chunk_count = 0;
        let mut sightings = Vec::new();
        for entry in entries {
            let path = journal.path.join(&entry.name);
            let Some(chunk) = chunk_number(&entry.name) else {
                self.find(Severity::Note, path, FindingKind::Orphan);
                continue;
            };
            chunk_count += 1;
            let Some((file, length_bytes)) = self.open(&path).await else { continue };
            let read = bytes::read(&self.io, &file, 0..length_bytes.min(chunk_bytes)).await;
            let kind = match read {
                Err(error) => FindingKind::Unreadable(error),
                Ok(bytes) => {
                    self.done_bytes(bytes.len() as u64);
                    let Checkpoint { log_id, shard, .. } = *journal.checkpoint;
                    match survey_owned(chunk, &bytes, log_id, shard) {
                        Ok(found) => {
                            sightings.extend(found);
                            continue;
                        }
                        Err(FrameFault::Newer { version }) => FindingKind::Newer { version },
                        Err(_) => FindingKind::Foreign,
                    }
                }
            };
            self.find(Severity::Error, path, kind);
        }
        Some((chunk_count, sightings))
    }

    fn check_chunks(&mut self, journal: &Journal<'_>, entries: &[DirectoryEntry]) {
        let numbered = entries
            .iter()
            .filter_map(|entry| Some((chunk_number(&entry.name)?, entry.length_bytes)));
        let lengths = numbered.collect();
        let start = journal.checkpoint.journal.place.chunk;
        let Some((chunk, _)) = find_missing(&lengths, start) else { return };
        let kind = match lengths.get(&chunk) {
            None => FindingKind::Missing,
            Some(got_bytes) => {
                let expected_bytes = JOURNAL_CHUNK_BYTES as u64;
                FindingKind::Short { expected_bytes, got_bytes: *got_bytes }
            }
        };
        self.find(Severity::Error, chunk_path(&journal.path, chunk), kind);
    }

    /// Follows a plan as recovery would; gives the frame before which it ends after all, because a
    /// run of it was never written to its end.
    async fn follow(
        &mut self,
        journal: &Journal<'_>,
        plan: &Plan,
        expected: &mut Expected,
        report: &mut JournalReport,
    ) -> Option<u64> {
        for step in &plan.steps {
            match step {
                Step::Replay(header) => {
                    let is_proven = header.sequence < plan.proven_synced;
                    if !self.check_frame(journal, header, is_proven, expected, report).await {
                        return Some(header.sequence);
                    }
                    report.replayed_count += 1;
                }
                Step::Rot { first_sequence, last_sequence, header, verdict } => {
                    let (first_sequence, last_sequence) = (*first_sequence, *last_sequence);
                    report.lost_count += last_sequence - first_sequence + 1;
                    let path = header.as_ref().map_or(journal.path.clone(), |h| journal.chunk(h));
                    let verdict = *verdict;
                    let kind = FindingKind::FramesLost { first_sequence, last_sequence, verdict };
                    self.find(Severity::Error, path, kind);
                    // Nobody knows of whom the lost frames spoke.
                    expected.partitions.values_mut().for_each(|found| found.is_suspect = true);
                }
            }
        }
        None
    }

    /// `false` if the frame was never acknowledged, and ends the journal.
    async fn check_frame(
        &mut self,
        journal: &Journal<'_>,
        header: &FrameHeader,
        is_proven: bool,
        expected: &mut Expected,
        report: &mut JournalReport,
    ) -> bool {
        let path = journal.chunk(header);
        let Some(bytes) = self.read_frame(&path, header).await else { return true };
        let Ok(payload) = header.check_payload(&bytes[FRAME_HEADER_BYTES..]) else {
            // It was right a moment ago, when the survey read it.
            let sequence = header.sequence;
            let verdict = Verdict::RotPayload;
            let (first_sequence, last_sequence) = (sequence, sequence);
            let kind = FindingKind::FramesLost { first_sequence, last_sequence, verdict };
            self.find(Severity::Error, path, kind);
            return true;
        };
        let torn = self.find_torn_run(journal, &payload).await;
        if torn.is_some() && !is_proven {
            return false;
        }
        for entry in payload.entries() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(fault) => {
                    let kind = FindingKind::Entry { sequence: header.sequence, fault };
                    self.find(Severity::Error, path, kind);
                    break;
                }
            };
            if expected.is_settled(&entry, header.sequence) {
                continue;
            }
            self.check_entry(journal, &path, &entry, expected, report).await;
        }
        true
    }

    async fn read_frame(&mut self, path: &Path, header: &FrameHeader) -> Option<Slice> {
        let (file, _) = self.open(path).await?;
        let start = u64::from(header.place.position);
        let range = start..start + u64::from(header.frame_bytes);
        match bytes::read(&self.io, &file, range).await {
            Ok(bytes) if bytes.len() >= FRAME_HEADER_BYTES => Some(bytes),
            Ok(_) => None,
            Err(error) => {
                self.find(Severity::Error, path.to_owned(), FindingKind::Unreadable(error));
                None
            }
        }
    }

    async fn find_torn_run(
        &self,
        journal: &Journal<'_>,
        payload: &Payload<'_>,
    ) -> Option<RunPlace> {
        for entry in payload.entries() {
            if let Ok(Entry::Run { partition, run }) = entry
                && self.read_run(journal, partition, &run).await.is_none()
            {
                return Some(run);
            }
        }
        None
    }

    /// The batches of a run, if they have their checksum.
    async fn read_run(
        &self,
        journal: &Journal<'_>,
        partition: PartitionId,
        run: &RunPlace,
    ) -> Option<Slice> {
        let path = files::segment_path(&journal.shard, partition, run.segment);
        let file = bytes::open(&self.io, &path).await.ok()??;
        let start = run.position.get();
        let end = start.checked_add(u64::from(run.length_bytes))?;
        if end > file.length_bytes().await.ok()? {
            return None;
        }
        let bytes = bytes::read(&self.io, &file, start..end).await.ok()?;
        let crc = stretch_crc(partition, run.segment, run.position, &bytes);
        (crc == run.crc).then_some(bytes)
    }

    async fn check_entry(
        &mut self,
        journal: &Journal<'_>,
        path: &Path,
        entry: &Entry<'_>,
        expected: &mut Expected,
        report: &mut JournalReport,
    ) {
        match entry {
            Entry::Batch { partition, bytes } => {
                report.batch_count += 1;
                let Some(range) = batch_range(bytes) else {
                    let fault = Some(millstream_batch::BatchError::Empty);
                    let kind =
                        FindingKind::Batch { partition: *partition, offset: Offset::ZERO, fault };
                    return self.find(Severity::Error, path.to_owned(), kind);
                };
                self.check_batches(path, *partition, range, bytes);
                self.append(path, *partition, range, expected);
            }
            Entry::Run { partition, run } => {
                report.run_count += 1;
                expected.known.insert((*partition, run.segment));
                let range = (run.first_offset, run.next_offset);
                let segment = files::segment_path(&journal.shard, *partition, run.segment);
                let is_new = self.append(path, *partition, range, expected);
                match self.read_run(journal, *partition, run).await {
                    Some(bytes) => self.check_batches(&segment, *partition, range, &bytes),
                    None if is_new => {
                        let kind = FindingKind::Stretch {
                            partition: *partition,
                            first_offset: run.first_offset,
                            next_offset: run.next_offset,
                            position: run.position,
                        };
                        self.find(Severity::Error, segment, kind);
                    }
                    // It is in the checkpoint's segments, and judged there.
                    None => {}
                }
            }
            change => expected.change(change),
        }
    }

    /// Appends to what is expected; `false` if it is in the segments already.
    fn append(
        &mut self,
        path: &Path,
        partition: PartitionId,
        (first, next): (Offset, Offset),
        expected: &mut Expected,
    ) -> bool {
        let (gap, is_new) = expected.append(partition, first, next);
        if let Some((first_offset, next_offset)) = gap {
            let kind = FindingKind::Gap { partition, first_offset, next_offset };
            self.find(Severity::Error, path.to_owned(), kind);
        }
        is_new
    }
}

/// The offsets that a batch says it takes.
fn batch_range(bytes: &[u8]) -> Option<(Offset, Offset)> {
    let header = HeaderView::new(bytes).ok()?;
    let first = header.base_offset();
    let count = i64::from(header.last_offset_delta()).checked_add(1)?;
    Some((first, first.checked_add(count)?))
}

/// As [`survey`], but a file without any frame of ours that begins with another's is refused.
fn survey_owned(
    chunk: u32,
    bytes: &[u8],
    log_id: LogId,
    shard: ShardId,
) -> Result<Vec<Sighting>, FrameFault> {
    let found = survey(chunk, bytes, log_id, shard)?;
    let owner = check_owner(chunk, bytes, log_id, shard);
    if found.is_empty() { owner.map(|()| found) } else { Ok(found) }
}
