//! A folder for one test.

use millstream_log::{Offset, Partition};
use std::path::{Path, PathBuf};

/// A folder that is not there yet, and is gone when this is dropped.
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// `name` tells the tests of one process apart.
    pub(crate) fn new(name: &str) -> Self {
        let folder = format!("millstream-handle-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        drop(std::fs::remove_dir_all(&path));
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.path));
    }
}

/// All records of a partition as text, each behind its offset.
pub(crate) fn texts(partition: &Partition, from: Offset) -> Vec<(i64, String)> {
    let records = partition.replay(from).map(|record| {
        let record = record.expect("is read");
        let value = String::from_utf8(record.value.expect("has a value")).expect("is text");
        (record.offset.get(), value)
    });
    records.collect()
}
