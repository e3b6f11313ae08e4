//! The segment files that are open, and where they lie.

use millstream_base::{Offset, PartitionId};
use millstream_io::File;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Descriptors that segments of one shard keep open at most. An opening costs more than a small
/// write; where the process may not have so many, it has those that it may.
const OPEN_FILES_MAX: usize = 8192;

/// A cache of open segment files, least recently used out first.
#[derive(Default)]
pub(crate) struct Files {
    open: BTreeMap<(PartitionId, Offset), OpenFile>,
    clock: u64,
}

struct OpenFile {
    file: File,
    used: u64,
    /// Space that is known to be reserved, in bytes from the start.
    allocated_bytes: u64,
}

impl Files {
    pub(crate) fn get(&mut self, partition: PartitionId, base: Offset) -> Option<File> {
        self.clock += 1;
        let open = self.open.get_mut(&(partition, base))?;
        open.used = self.clock;
        Some(open.file.clone())
    }

    pub(crate) fn put(&mut self, partition: PartitionId, base: Offset, file: File) {
        self.clock += 1;
        let open = OpenFile { file, used: self.clock, allocated_bytes: 0 };
        self.open.insert((partition, base), open);
        if self.open.len() > OPEN_FILES_MAX {
            self.evict();
        }
    }

    /// Space known to be reserved for a file, in bytes; 0 if nothing is known.
    pub(crate) fn allocated_bytes(&self, partition: PartitionId, base: Offset) -> u64 {
        self.open.get(&(partition, base)).map_or(0, |open| open.allocated_bytes)
    }

    pub(crate) fn set_allocated(&mut self, partition: PartitionId, base: Offset, bytes: u64) {
        if let Some(open) = self.open.get_mut(&(partition, base)) {
            open.allocated_bytes = bytes;
        }
    }

    /// Closes the half that was not used for longest: rarely, rather than one by one. Says whether
    /// there was anything to close.
    pub(crate) fn evict(&mut self) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let mut clocks: Vec<u64> = self.open.values().map(|open| open.used).collect();
        let middle = clocks.len() / 2;
        let (_, median, _) = clocks.select_nth_unstable(middle);
        let limit = *median;
        self.open.retain(|_, open| open.used > limit);
        true
    }

    pub(crate) fn forget(&mut self, partition: PartitionId, base: Offset) -> Option<File> {
        self.open.remove(&(partition, base)).map(|open| open.file)
    }
}

/// The directory of all segments of a shard.
pub(crate) fn segments_directory(shard: &Path) -> PathBuf {
    shard.join("segments")
}

/// The directory of a partition's segments: by id, since names may hold what paths may not.
pub(crate) fn partition_directory(shard: &Path, partition: PartitionId) -> PathBuf {
    segments_directory(shard).join(format!("{:016x}", partition.get()))
}

/// A segment file.
pub(crate) fn segment_path(shard: &Path, partition: PartitionId, base: Offset) -> PathBuf {
    partition_directory(shard, partition).join(format!("{:020}.log", base.get()))
}

/// The index beside it.
pub(crate) fn index_path(shard: &Path, partition: PartitionId, base: Offset) -> PathBuf {
    partition_directory(shard, partition).join(format!("{:020}.index", base.get()))
}

/// The base offset in the name of a segment or index file; `None` for any other name.
pub(crate) fn segment_base(name: &OsStr) -> Option<Offset> {
    let name = name.to_str()?;
    let digits = name.strip_suffix(".log").or_else(|| name.strip_suffix(".index"))?;
    let is_plain = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_plain.then(|| digits.parse().ok().map(Offset::new)).flatten()
}

/// Where segment files wait to be used again.
pub(crate) fn spare_directory(shard: &Path) -> PathBuf {
    shard.join("spare")
}
