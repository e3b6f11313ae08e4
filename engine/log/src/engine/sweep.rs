//! After opening: files that nobody owns any more go, and spare ones are found again.
//!
//! A crash between a checkpoint and the removal of what it no longer names leaves such files, and
//! so does one between the making of a segment and the frame or checkpoint that first names it.

use super::Inner;
use super::segments::ignore_missing;
use crate::error::Result;
use crate::segment::files;
use millstream_base::PartitionId;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// Between two directories, so that thousands of them are no burden to anybody.
const PAUSE: Duration = Duration::from_millis(1);

impl Inner {
    /// Sweeps the shard's directories. Runs in the background; an error is no reason to stop, since
    /// the next opening sweeps again.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let segments = files::segments_directory(&self.directory);
        for entry in self.io.list_directory(&segments).await? {
            let digits = entry.name.to_str().filter(|name| name.len() == 16);
            let id = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            let Some(id) = id.map(PartitionId::new) else { continue };
            self.room.until(|| (self.is_doom_known() || self.is_over()).then_some(())).await;
            if self.is_forgotten(id) {
                self.remove_partition_directory(id).await?;
            } else {
                self.sweep_partition(id).await?;
            }
            self.sleep_unless_over(PAUSE).await;
            if self.is_over() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the state says of all files that are to go that they are. While a checkpoint is
    /// being written it has some of them to itself, and the one before still speaks of them: were
    /// they swept and the machine stopped, recovery would miss them.
    fn is_doom_known(&self) -> bool {
        !self.state.borrow().is_checkpointing
    }

    /// Whether a partition was gone before this opening: nothing speaks of it.
    fn is_forgotten(&self, id: PartitionId) -> bool {
        let is_doom_known = self.is_doom_known();
        let state = self.state.borrow();
        let is_there = state.partitions.contains_key(&id);
        is_doom_known && !is_there && !state.doomed_directories.contains(&id)
    }

    /// Removes the segments of a partition that nothing refers to.
    ///
    /// All that the journal speaks of was replayed: what lies before the settled end is in one of
    /// the partition's segments, and no segment that is still to be made begins there. A truncation
    /// alone moves that end back, and it is kept out meanwhile.
    async fn sweep_partition(&self, id: PartitionId) -> Result<()> {
        let directory = files::partition_directory(&self.directory, id);
        let mut entries = match self.io.list_directory(&directory).await {
            Err(error) if error.is_not_found() => return Ok(()),
            entries => entries?,
        };
        entries.retain(|entry| self.is_orphan(id, &entry.name));
        if entries.is_empty() || self.claim(id).await.is_err() {
            return Ok(());
        }
        let result = async {
            for entry in entries.iter().filter(|entry| self.is_orphan(id, &entry.name)) {
                ignore_missing(self.io.remove_file(&directory.join(&entry.name)).await)?;
            }
            Ok(())
        };
        let result = result.await;
        if let Some(partition) = self.state.borrow_mut().partitions.get_mut(&id) {
            partition.is_settling = false;
        }
        self.room.notify();
        result
    }

    fn is_orphan(&self, id: PartitionId, name: &OsStr) -> bool {
        if !self.is_doom_known() {
            return false;
        }
        let state = self.state.borrow();
        let Some(partition) = state.partitions.get(&id) else { return false };
        let Some(base) = files::segment_base(name) else { return false };
        let is_doomed = state.doomed.contains(&(id, base));
        base < partition.settled() && partition.segment(base).is_none() && !is_doomed
    }

    /// Finds the spare files. Before anything runs that adds to them.
    pub(crate) async fn adopt_spares(&self) -> Result<()> {
        let spare = files::spare_directory(&self.directory);
        for entry in self.io.list_directory(&spare).await? {
            let number = entry.name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
            let Some(number) = number else { continue };
            let bytes = self.state.borrow().spares.bytes + entry.length_bytes;
            if bytes <= self.options.spare_bytes_max {
                self.state.borrow_mut().spares.adopt(number, entry.length_bytes);
                continue;
            }
            ignore_missing(self.io.remove_file(&spare.join(&entry.name)).await)?;
        }
        Ok(())
    }

    /// Removes the directory of a deleted partition with all that is in it.
    pub(crate) async fn remove_partition_directory(&self, id: PartitionId) -> Result<()> {
        let directory = files::partition_directory(&self.directory, id);
        self.empty_directory(&directory).await?;
        ignore_missing(self.io.remove_directory(&directory).await)
    }

    async fn empty_directory(&self, directory: &Path) -> Result<()> {
        let entries = match self.io.list_directory(directory).await {
            Err(error) if error.is_not_found() => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            ignore_missing(self.io.remove_file(&directory.join(&entry.name)).await)?;
        }
        Ok(())
    }
}
