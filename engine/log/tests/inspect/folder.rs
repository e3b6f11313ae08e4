//! Data directories to look into, and ways to damage them.

use millstream_log::{Log, NewRecord, Offset, Partition, PartitionOptions, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};

/// What no dump may ever show.
pub(crate) const SECRET: &str = "a secret of somebody's";

/// A folder that is gone when this is dropped.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = format!("millstream-inspect-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        drop(fs::remove_dir_all(&path));
        Self { path }
    }

    /// A log with one partition of `batches` batches of ten records each, closed in good order.
    pub(crate) fn filled(name: &str, batches: i64) -> Self {
        let folder = Self::new(name);
        let log = Log::open(folder.path()).expect("opens");
        fill(&log.partition("filled").expect("is made"), batches);
        log.close().expect("closes");
        folder
    }

    /// As it would be had the process died: a copy of the folder while the log is open and at rest.
    pub(crate) fn died(name: &str, append: impl FnOnce(&Log)) -> Self {
        let (live, folder) = (Self::new(&format!("{name}-live")), Self::new(name));
        let log = Log::open(live.path()).expect("opens");
        append(&log);
        log.flush().expect("is stable");
        copy(live.path(), folder.path());
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// All files, by name, with what they hold.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("is a folder") {
                let path = entry.expect("is there").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.path));
    }
}

/// Appends batches of ten records.
pub(crate) fn fill(partition: &Partition, batches: i64) {
    let record = |number| NewRecord::keyed("key", SECRET).at(Timestamp::new(number));
    for batch in 0..batches {
        let records = (0..10).map(|number| record(batch * 10 + number)).collect();
        partition.append_all(records).wait().expect("is appended");
    }
}

/// Appends batches larger than a frame holds, which go straight to the segment.
pub(crate) fn fill_with_runs(partition: &Partition, batches: usize) {
    let value = SECRET.repeat((3 << 20) / SECRET.len());
    for _ in 0..batches {
        partition.append(value.as_str()).wait().expect("is appended");
    }
}

/// Short segments, so that there are many, and room for what is larger than a frame.
pub(crate) fn short_segments() -> PartitionOptions {
    PartitionOptions::default().segment_bytes(64 << 10).batch_bytes_max(4 << 20)
}

pub(crate) fn flip(path: &Path, position: usize) {
    let mut bytes = fs::read(path).expect("is there");
    bytes[position] ^= 0x10;
    fs::write(path, bytes).expect("is written");
}

/// What a partition holds.
pub(crate) fn count(partition: &Partition, from: Offset) -> u64 {
    partition.replay(from).map(|record| u64::from(record.is_ok())).sum()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("is made");
    for entry in fs::read_dir(from).expect("is a folder") {
        let entry = entry.expect("is there");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            assert!(fs::copy(&from, &to).is_ok());
        }
    }
}
