//! Making, opening, reserving and removing segment files.

use super::Inner;
use crate::engine::snapshot::{SYNCS_IN_FLIGHT_MAX, final_fault};
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::join::try_for_each;
use crate::segment::files;
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{File, OpenOptions};
use std::cell::RefCell;
use std::ops::Range;
use std::path::PathBuf;

/// Space is reserved ahead in steps of at most this size.
const ALLOCATION_STEP_BYTES: u64 = 16 << 20;

/// Segments that are removed at once.
const REMOVALS_IN_FLIGHT_MAX: usize = 16;

impl Inner {
    /// A segment file for writing to these positions, made if need be. Its name is not yet durable.
    pub(crate) async fn segment_to_write(
        &self,
        partition: PartitionId,
        base: Offset,
        room: Range<u64>,
    ) -> Result<File> {
        let open = self.state.borrow_mut().files.get(partition, base);
        let file = match open {
            Some(file) => file,
            None => self.create_segment(partition, base).await?,
        };
        self.reserve_space(&file, partition, base, room).await?;
        Ok(file)
    }

    /// As [`Inner::segment_to_write`], with its index. Its appends have their places already, and
    /// hold up all that comes behind: they may draw on the reserve, and wait where that is not
    /// enough. The name is to be made durable beside the run, since that is acknowledged without a
    /// checkpoint.
    pub(crate) async fn segment_for_run(
        &self,
        partition: PartitionId,
        base: Offset,
        room: Range<u64>,
    ) -> Result<File> {
        loop {
            let writable = async || self.segment_to_write(partition, base, room.clone()).await;
            match self.with_reserve(writable).await {
                Err(LogError::DiskFull) => {
                    self.wait_before_retry().await;
                    self.state.borrow().fault.clone().map_or(Ok(()), Err)?;
                }
                Err(error) => return Err(error),
                Ok(file) => {
                    let loaded = self.load_last_index(partition).await;
                    if let Err(error @ LogError::NewerFormat { .. }) = &loaded {
                        self.stop(error.clone());
                    }
                    loaded?;
                    return Ok(file);
                }
            }
        }
    }

    /// One at a time for each segment: settling and a run may want the same one at once, and each
    /// would put a spare file in its place, the second over what was written to the first.
    async fn create_segment(&self, partition: PartitionId, base: Offset) -> Result<File> {
        let claim = || {
            let mut state = self.state.borrow_mut();
            state.creating.insert((partition, base)).then_some(())
        };
        self.room.until(claim).await;
        let made = self.state.borrow_mut().files.get(partition, base);
        let result = match made {
            Some(file) => Ok(file),
            None => self.create_segment_alone(partition, base).await,
        };
        self.state.borrow_mut().creating.remove(&(partition, base));
        self.room.notify();
        result
    }

    async fn create_segment_alone(&self, partition: PartitionId, base: Offset) -> Result<File> {
        let directory = files::partition_directory(&self.directory, partition);
        let path = files::segment_path(&self.directory, partition, base);
        let options = OpenOptions::write_direct();
        let is_new = match self.open_file(&path, OpenOptions { create: false, ..options }).await {
            Ok(file) => {
                let mut state = self.state.borrow_mut();
                state.files.put(partition, base, file.clone());
                // A process that was killed may have made it, and its name is not durable then.
                state.note_new_name(partition);
                return Ok(file);
            }
            Err(error) if error.is_not_found() => true,
            Err(error) => return Err(error.into()),
        };
        assert!(is_new, "an existing file was returned above");
        self.io.create_directory(&directory).await?;
        let allocated = self.reuse_spare(&path).await?;
        let file = self.open_file(&path, options).await?;
        let mut state = self.state.borrow_mut();
        state.files.put(partition, base, file.clone());
        // Reserving it again would change nothing but let the next durable write wait for a commit
        // of the file system.
        state.files.set_allocated(partition, base, allocated);
        state.note_new_name(partition);
        Ok(file)
    }

    /// Makes the names of a partition's new files durable.
    pub(crate) async fn sync_new_names(&self, partition: PartitionId) -> Result<()> {
        self.sync_names_of([partition]).await
    }

    /// Makes the names of new files of some partitions durable, and those of their directories with
    /// one sync for all. Whoever asks while another is at it syncs too: the names are not durable
    /// before a sync has ended.
    pub(crate) async fn sync_names_of(
        &self,
        partitions: impl IntoIterator<Item = PartitionId>,
    ) -> Result<()> {
        let newest: Vec<(PartitionId, u64)> = {
            let state = self.state.borrow();
            let newest = |id| state.new_names.get(&id).map(|newest| (id, *newest));
            partitions.into_iter().filter_map(newest).collect()
        };
        if newest.is_empty() || flaw::is_on(Flaw::NoNameSync) {
            return Ok(());
        }
        let directories =
            newest.iter().map(|(id, _)| files::partition_directory(&self.directory, *id));
        let directories = directories.chain([files::segments_directory(&self.directory)]);
        let sync = async |directory: PathBuf| self.sync_directory(&directory).await;
        try_for_each(SYNCS_IN_FLIGHT_MAX, directories, sync).await.map_err(final_fault)?;
        let mut state = self.state.borrow_mut();
        for (partition, newest) in newest {
            // A file that was made meanwhile may not be covered.
            if state.new_names.get(&partition) == Some(&newest) {
                state.new_names.remove(&partition);
            }
        }
        Ok(())
    }

    async fn reserve_space(
        &self,
        file: &File,
        partition: PartitionId,
        base: Offset,
        room: Range<u64>,
    ) -> Result<()> {
        let Range { start, end } = room;
        let (allocated, segment_bytes, is_disk_full) = {
            let state = self.state.borrow();
            let options = state.partitions.get(&partition).map(|found| found.options.segment_bytes);
            let allocated = state.files.allocated_bytes(partition, base);
            (allocated, options.unwrap_or(end), state.is_disk_full)
        };
        if end <= allocated {
            return Ok(());
        }
        // A segment grows by what it has, up to a step, and never beyond its size: one that is
        // written much needs few reservations, and thousands of small ones reserve little.
        let grown = (end + allocated.min(ALLOCATION_STEP_BYTES)).min(segment_bytes).max(end);
        let mut reserved = Err(LogError::DiskFull);
        if !is_disk_full {
            reserved = file.allocate(Position::ZERO, grown).await.map_err(LogError::from);
        }
        let reserved_bytes = match reserved {
            Ok(()) => grown,
            // Growing is a comfort, and so is room for what lies before and is not settled yet:
            // what must be there is less, and the reserve is for that alone.
            Err(LogError::DiskFull) if start > allocated => {
                return Ok(file.allocate(Position::new(start), end - start).await?);
            }
            Err(LogError::DiskFull) => {
                file.allocate(Position::ZERO, end).await?;
                end
            }
            Err(error) => return Err(error),
        };
        self.state.borrow_mut().files.set_allocated(partition, base, reserved_bytes);
        Ok(())
    }

    /// Opens a file, as [`Inner::with_descriptors`] says.
    pub(crate) async fn open_file(
        &self,
        path: &std::path::Path,
        options: OpenOptions,
    ) -> millstream_io::Result<File> {
        self.with_descriptors(async || self.io.open(path, options).await).await
    }

    /// Makes a directory's names durable, as [`Inner::with_descriptors`] says.
    pub(crate) async fn sync_directory(
        &self,
        directory: &std::path::Path,
    ) -> millstream_io::Result<()> {
        self.with_descriptors(async || self.io.sync_directory(directory).await).await
    }

    /// Does what needs a descriptor; where the process has none left, segments that were not used
    /// for long are closed for it.
    async fn with_descriptors<T>(
        &self,
        step: impl AsyncFn() -> millstream_io::Result<T>,
    ) -> millstream_io::Result<T> {
        loop {
            match step().await {
                Err(error) if error.is_out_of_descriptors() => {
                    if !self.state.borrow_mut().files.evict() {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    /// A segment file for reading.
    pub(crate) async fn segment_to_read(
        &self,
        partition: PartitionId,
        base: Offset,
    ) -> Result<File> {
        if let Some(file) = self.state.borrow_mut().files.get(partition, base) {
            return Ok(file);
        }
        let path = files::segment_path(&self.directory, partition, base);
        let options = OpenOptions { create: false, ..OpenOptions::write_direct() };
        let file = self.open_file(&path, options).await?;
        self.state.borrow_mut().files.put(partition, base, file.clone());
        Ok(file)
    }

    /// Removes segments and their indexes, or keeps the files for reuse while there is room for
    /// spares.
    pub(crate) async fn remove_segments(
        &self,
        mut doomed: Vec<(PartitionId, Offset)>,
    ) -> Result<()> {
        // One that runs go to may be named twice where its partition was deleted.
        doomed.sort_unstable();
        doomed.dedup();
        let kept = RefCell::new(Vec::new());
        let result = try_for_each(REMOVALS_IN_FLIGHT_MAX, doomed, |(partition, base)| {
            self.remove_segment(partition, base, &kept)
        })
        .await;
        let kept = kept.into_inner();
        if !kept.is_empty() {
            // Or the next owner's durable name would lead to a file still under the old one.
            self.sync_directory(&files::spare_directory(&self.directory)).await?;
            self.state.borrow_mut().spares.ready.extend(kept);
        }
        result
    }

    async fn remove_segment(
        &self,
        partition: PartitionId,
        base: Offset,
        kept: &RefCell<Vec<(u64, u64)>>,
    ) -> Result<()> {
        drop(self.state.borrow_mut().files.forget(partition, base));
        let index = files::index_path(&self.directory, partition, base);
        ignore_missing(self.io.remove_file(&index).await)?;
        let path = files::segment_path(&self.directory, partition, base);
        if self.keep_spare(&path, kept).await? {
            return Ok(());
        }
        ignore_missing(self.io.remove_file(&path).await)
    }

    async fn keep_spare(
        &self,
        path: &std::path::Path,
        kept: &RefCell<Vec<(u64, u64)>>,
    ) -> Result<bool> {
        let options = OpenOptions { create: false, ..OpenOptions::write_direct() };
        let length_bytes = match self.open_file(path, options).await {
            Ok(file) => file.length_bytes().await?,
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let number = {
            let mut state = self.state.borrow_mut();
            let has_room = state.spares.bytes + length_bytes <= self.options.spare_bytes_max;
            if !has_room || length_bytes < ALLOCATION_STEP_BYTES || state.is_disk_full {
                return Ok(false);
            }
            state.spares.add(length_bytes)
        };
        let spare = files::spare_directory(&self.directory).join(format!("{number:016x}"));
        self.io.rename(path, &spare).await?;
        kept.borrow_mut().push((number, length_bytes));
        Ok(true)
    }

    /// Gives a new segment the blocks of a removed one, which are written already; says how many
    /// bytes of them there are.
    async fn reuse_spare(&self, path: &std::path::Path) -> Result<u64> {
        let spare = self.state.borrow_mut().spares.take();
        let Some((number, bytes)) = spare else { return Ok(0) };
        let spare = files::spare_directory(&self.directory).join(format!("{number:016x}"));
        match self.io.rename(&spare, path).await {
            Err(error) if error.is_not_found() => Ok(0),
            result => Ok(result.map(|()| bytes)?),
        }
    }
}

/// A file that is gone already is as good as removed.
pub(crate) fn ignore_missing(result: millstream_io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.is_not_found() => Ok(()),
        result => Ok(result?),
    }
}
