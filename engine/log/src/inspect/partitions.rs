//! The check of what lies under `segments/`: every segment that is needed, and what nobody needs.

use super::checker::Checker;
use super::expected::{Expected, ExpectedPartition};
use super::finding::{FindingKind, Severity};
use crate::checkpoint::Checkpoint;
use crate::segment::files;
use millstream_base::{Offset, PartitionId};
use millstream_io::DirectoryEntry;
use std::path::Path;

impl Checker<'_> {
    pub(super) async fn check_partitions(
        &mut self,
        shard: &Path,
        checkpoint: &Checkpoint,
        expected: &Expected,
    ) {
        for (id, partition) in &expected.partitions {
            self.shard_report().counts.partition_count += 1;
            self.check_partition(shard, checkpoint, *id, partition).await;
        }
        self.check_strangers(shard, expected).await;
    }

    async fn check_partition(
        &mut self,
        shard: &Path,
        checkpoint: &Checkpoint,
        id: PartitionId,
        partition: &ExpectedPartition,
    ) {
        let directory = files::partition_directory(shard, id);
        for (first_offset, next_offset) in partition.quarantine.iter().copied() {
            let kind = FindingKind::Quarantined { partition: id, first_offset, next_offset };
            self.find(Severity::Error, directory.clone(), kind);
        }
        if partition.is_suspect {
            let kind = FindingKind::SuspectEnd { partition: id, next_offset: partition.next };
            self.find(Severity::Error, directory.clone(), kind);
        }
        // From the start on, segments take every offset up to the settled end, or it is known why
        // they do not.
        let mut end = partition.start;
        for segment in &partition.segments {
            self.check_gap(&directory, id, partition, end, segment.base_offset);
            end = end.max(segment.next_offset);
            if segment.next_offset > segment.base_offset {
                self.check_segment(shard, checkpoint, id, partition, segment).await;
            }
        }
        self.check_gap(&directory, id, partition, end, partition.settled);
    }

    fn check_gap(
        &mut self,
        directory: &Path,
        partition: PartitionId,
        expected: &ExpectedPartition,
        first_offset: Offset,
        next_offset: Offset,
    ) {
        if first_offset < next_offset && !expected.is_quarantined(first_offset, next_offset) {
            let kind = FindingKind::Gap { partition, first_offset, next_offset };
            self.find(Severity::Error, directory.to_owned(), kind);
        }
    }

    async fn check_strangers(&mut self, shard: &Path, expected: &Expected) {
        let segments = files::segments_directory(shard);
        let Some(entries) = self.list(&segments).await else { return };
        for entry in entries {
            let path = segments.join(&entry.name);
            let id = partition_id(&entry).filter(|id| {
                let mut known = expected.known.range((*id, Offset::ZERO)..=(*id, Offset::MAX));
                expected.partitions.contains_key(id) || known.next().is_some()
            });
            match id {
                Some(id) => self.check_strangers_of(&path, id, expected).await,
                None => self.find(Severity::Note, path, FindingKind::Orphan),
            }
        }
    }

    async fn check_strangers_of(&mut self, path: &Path, id: PartitionId, expected: &Expected) {
        let Some(entries) = self.list(path).await else { return };
        for entry in entries {
            let base = files::segment_base(&entry.name);
            if !base.is_some_and(|base| expected.known.contains(&(id, base))) {
                self.find(Severity::Note, path.join(&entry.name), FindingKind::Orphan);
            }
        }
    }
}

fn partition_id(entry: &DirectoryEntry) -> Option<PartitionId> {
    let digits = entry.name.to_str().filter(|name| name.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().map(PartitionId::new)
}
