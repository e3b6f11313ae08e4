//! The check of one segment: its index, and behind it each stretch and each batch.

use super::bytes::{self, PIECE_BYTES};
use super::checker::Checker;
use super::expected::ExpectedPartition;
use super::finding::{FindingKind, Severity};
use crate::checkpoint::{Checkpoint, SegmentState};
use crate::run::STRETCH_BYTES;
use crate::segment::files;
use crate::segment::index::{IndexEntry, IndexOwner, decode_block, stretch_crc};
use crate::segment::walk::{WalkEnd, walk};
use millstream_base::limits::{BATCH_BYTES_MAX, BLOCK_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{File, Slice};
use std::path::{Path, PathBuf};

/// No stretch is longer: it ends with the batch that fills it.
const STRETCH_BYTES_MAX: u64 = (STRETCH_BYTES + BATCH_BYTES_MAX) as u64;

/// One segment under check.
struct Segment<'s> {
    owner: IndexOwner,
    partition: &'s ExpectedPartition,
    state: SegmentState,
    path: PathBuf,
    file: File,
    /// Bytes of the file, or of what is in use of it if that is less.
    length_bytes: u64,
}

impl Checker<'_> {
    pub(super) async fn check_segment(
        &mut self,
        shard: &Path,
        checkpoint: &Checkpoint,
        id: PartitionId,
        partition: &ExpectedPartition,
        state: &SegmentState,
    ) {
        self.shard_report().counts.segment_count += 1;
        let owner =
            IndexOwner { log_id: checkpoint.log_id, partition: id, segment: state.base_offset };
        let path = files::segment_path(shard, id, state.base_offset);
        let Some((file, got_bytes)) = self.open(&path).await else { return };
        let expected_bytes = state.length_bytes;
        if got_bytes < expected_bytes {
            let kind = FindingKind::Short { expected_bytes, got_bytes };
            self.find(Severity::Error, path.clone(), kind);
        }
        let length_bytes = got_bytes.min(expected_bytes);
        let segment = Segment { owner, partition, state: *state, path, file, length_bytes };
        let index = files::index_path(shard, id, state.base_offset);
        let mut entries = self.read_index(&segment, &index).await;
        entries.retain(|entry| entry.next_offset <= state.next_offset);
        self.check_stretches(&segment, &entries).await;
        let end = entries.last().map_or((state.base_offset, 0), end_of);
        if end.0 < state.next_offset {
            let kind = FindingKind::IndexIncomplete { next_offset: end.0 };
            self.find(Severity::Note, index, kind);
            self.walk_rest(&segment, end).await;
        }
    }

    /// The entries up to the first block that is missing or wrong: as the engine takes them.
    async fn read_index(&mut self, segment: &Segment<'_>, path: &Path) -> Vec<IndexEntry> {
        let mut entries: Vec<IndexEntry> = Vec::new();
        let read = async {
            match bytes::open(&self.io, path).await? {
                Some(file) => bytes::read_whole(&self.io, &file).await,
                None => Ok(Vec::new()),
            }
        };
        let blocks = match read.await {
            Ok(blocks) => blocks,
            Err(error) => {
                self.find(Severity::Note, path.to_owned(), FindingKind::Unreadable(error));
                return entries;
            }
        };
        for (number, block) in (0..).zip(blocks.chunks(BLOCK_BYTES)) {
            let expected = entries.last().map_or(segment.owner.segment, |last| last.next_offset);
            if expected >= segment.state.next_offset {
                break;
            }
            match decode_block(&segment.owner, number, block) {
                Ok(found) if found.first().is_some_and(|e| e.first_offset == expected) => {
                    entries.extend(found);
                }
                // That the index ends too early is told by whoever asked.
                Ok(_) => break,
                Err(fault) => {
                    let kind = FindingKind::Index { block: u64::from(number), fault };
                    self.find(Severity::Note, path.to_owned(), kind);
                    break;
                }
            }
        }
        entries
    }

    /// Compares the checksum of each stretch; the next ones are read meanwhile.
    async fn check_stretches(&mut self, segment: &Segment<'_>, entries: &[IndexEntry]) {
        let mut rest = entries;
        let mut ahead = None;
        loop {
            let (group, behind) = rest.split_at(group_count(rest, segment.length_bytes));
            let next = (!group.is_empty()).then(|| {
                let (start, end) =
                    (group[0].position.get(), group.last().map_or(0, |e| end_of(e).1));
                (group, start, bytes::read(&self.io, &segment.file, start..end))
            });
            rest = behind;
            if let Some((group, start, reading)) = std::mem::replace(&mut ahead, next) {
                self.check_group(segment, group, start, reading.await).await;
            }
            if ahead.is_none() {
                // What no group takes lies beyond the file.
                let Some((beyond, behind)) = rest.split_first() else { return };
                self.report_stretch(segment, beyond);
                rest = behind;
            }
        }
    }

    async fn check_group(
        &mut self,
        segment: &Segment<'_>,
        group: &[IndexEntry],
        start: u64,
        read: millstream_io::Result<Slice>,
    ) {
        for entry in group {
            let range = entry.position.get()..end_of(entry).1;
            let at = |position: u64| usize::try_from(position - start).expect("within the group");
            let bytes = match &read {
                Ok(bytes) => {
                    bytes.slice(at(range.start).min(bytes.len())..at(range.end).min(bytes.len()))
                }
                // One of many may be what cannot be read.
                Err(_) => {
                    let read = bytes::read(&self.io, &segment.file, range).await;
                    read.unwrap_or_else(|_| Slice::from(&[][..]))
                }
            };
            self.done_bytes(u64::from(entry.length_bytes));
            self.check_stretch(segment, entry, &bytes);
        }
    }

    fn check_stretch(&mut self, segment: &Segment<'_>, entry: &IndexEntry, bytes: &[u8]) {
        self.shard_report().counts.stretch_count += 1;
        let IndexOwner { partition, segment: base, .. } = segment.owner;
        if stretch_crc(partition, base, entry.position, bytes) != entry.crc {
            return self.report_stretch(segment, entry);
        }
        let range = (entry.first_offset, entry.next_offset);
        self.check_batches(&segment.path, partition, range, bytes);
    }

    /// A stretch is damaged. Where the log knows of that already, it was told with the partition.
    fn report_stretch(&mut self, segment: &Segment<'_>, entry: &IndexEntry) {
        let IndexEntry { first_offset, next_offset, position, .. } = *entry;
        let is_known = segment.partition.is_quarantined(first_offset, next_offset);
        // What was trimmed may be damaged as it likes.
        if is_known || next_offset <= segment.partition.start {
            return;
        }
        let partition = segment.owner.partition;
        let kind = FindingKind::Stretch { partition, first_offset, next_offset, position };
        self.find(Severity::Error, segment.path.clone(), kind);
    }

    /// Follows the batches behind what the index knows, as the engine does to make it again.
    async fn walk_rest(&mut self, segment: &Segment<'_>, end: (Offset, u64)) {
        let partition = segment.owner.partition;
        let (mut expected, mut position) = end;
        let mut piece_bytes = PIECE_BYTES;
        while expected < segment.state.next_offset {
            let to = position.saturating_add(piece_bytes).min(segment.length_bytes);
            let read = bytes::read(&self.io, &segment.file, position.min(to)..to).await;
            let bytes = read.unwrap_or_else(|_| Slice::from(&[][..]));
            let offsets = expected..segment.state.next_offset;
            let walked = walk(&segment.owner, Position::new(position), &bytes, offsets);
            for entry in &walked.entries {
                let from = usize::try_from(entry.position.get() - position).expect("walked over");
                let stretch = &bytes[from..from + entry.length_bytes as usize];
                self.shard_report().counts.stretch_count += 1;
                let range = (entry.first_offset, entry.next_offset);
                self.check_batches(&segment.path, partition, range, stretch);
                self.done_bytes(u64::from(entry.length_bytes));
            }
            match walked.entries.last() {
                Some(last) => {
                    (expected, position) = end_of(last);
                    piece_bytes = PIECE_BYTES;
                }
                None if matches!(walked.end, WalkEnd::Damaged(_)) => break,
                // Whatever is there is no batch of this log.
                None if to >= segment.length_bytes => break,
                None => piece_bytes = piece_bytes.saturating_mul(2),
            }
        }
        let is_known = segment.partition.is_quarantined(expected, segment.state.next_offset);
        if expected < segment.state.next_offset && !is_known {
            let (first_offset, next_offset) = (expected, segment.state.next_offset);
            let position = Position::new(position);
            let kind = FindingKind::Stretch { partition, first_offset, next_offset, position };
            self.find(Severity::Error, segment.path.clone(), kind);
        }
    }
}

fn end_of(entry: &IndexEntry) -> (Offset, u64) {
    (entry.next_offset, entry.position.get().saturating_add(u64::from(entry.length_bytes)))
}

/// How many stretches from the first on are read at once: what lies within one piece, or the first
/// alone. None where the first lies beyond the file, or is longer than any.
fn group_count(entries: &[IndexEntry], length_bytes: u64) -> usize {
    let Some(first) = entries.first() else { return 0 };
    let start = first.position.get();
    let fits = |(index, entry): &(usize, &IndexEntry)| {
        let end = end_of(entry).1;
        let is_sane = u64::from(entry.length_bytes) <= STRETCH_BYTES_MAX && end <= length_bytes;
        is_sane && (*index == 0 || end - start <= PIECE_BYTES)
    };
    entries.iter().enumerate().take_while(fits).count()
}
