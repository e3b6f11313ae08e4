//! A full disk, and the reserve that keeps the engine's own records writable then.
//!
//! What frees a disk must itself be written first: the entry that trims a log, and the checkpoint
//! behind which its files go. So each shard has a file of blocks that nobody uses. Where the disk
//! refuses a step that must not fail, the reserve gives its blocks up and the step is tried again.
//! Appends and settling never draw on it. From the first refusal on the disk counts as full, until
//! the reserve is whole again and there is room beyond it.

use super::Inner;
use super::segments::ignore_missing;
use crate::error::{LogError, Result};
use crate::segment::files;
use millstream_base::Position;
use millstream_base::limits::JOURNAL_CHUNK_BYTES;
use millstream_io::{File, OpenOptions};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// What the reserve holds. Runs have their places before their space: those that are staged
/// ([`STAGED_BYTES_MAX`]) must fit, and beside them what a checkpoint grows by.
pub(crate) const RESERVE_BYTES: u64 = 24 << 20;

/// Room that there must be beyond the reserve before appends are taken again: for a chunk of the
/// journal and a step of a segment, or the next append would meet the end at once.
const MARGIN_BYTES: u64 = 2 * JOURNAL_CHUNK_BYTES as u64;

/// Bytes that may be staged and wait for their place on disk, but for one batch more.
pub(crate) const STAGED_BYTES_MAX: usize = 16 << 20;

/// Regions of the journal that appends leave for what else must be written where no chunk can be
/// added: one may be taken by the last append, and two hold a thousand trims and deletes.
const METADATA_REGION_COUNT: usize = 3;

const _: () = assert!(STAGED_BYTES_MAX as u64 + (8 << 20) <= RESERVE_BYTES, "metadata fits beside");

/// How long a full disk is left alone before it is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// Keeps the reserve from being made again while it lives.
struct ReserveUse<'s>(&'s Inner);

impl<'s> ReserveUse<'s> {
    fn begin(inner: &'s Inner) -> Self {
        inner.state.borrow_mut().reserve_use_count += 1;
        Self(inner)
    }
}

impl Drop for ReserveUse<'_> {
    fn drop(&mut self) {
        self.0.state.borrow_mut().reserve_use_count -= 1;
    }
}

impl super::state::State {
    /// Whether what an append stages is sure to find its way to the disk, also if that is full from
    /// now on: then nothing that comes behind it is held up.
    pub(crate) fn has_disk_room(&self) -> bool {
        let needed_count = self.staging.region_count() + METADATA_REGION_COUNT;
        let has_journal_room = needed_count <= self.chunks.free_region_count();
        has_journal_room && self.staging.staged_bytes() <= STAGED_BYTES_MAX
    }
}

impl Inner {
    /// The disk refused something.
    pub(crate) fn note_full(&self) {
        self.state.borrow_mut().is_disk_full = true;
        self.background.notify();
        self.room.notify();
    }

    /// Waits until the disk is not full any more.
    pub(crate) async fn wait_for_space(&self) -> Result<()> {
        self.note_full();
        let ended = || {
            let state = self.state.borrow();
            match (&state.fault, state.is_closing) {
                (Some(fault), _) => Some(Err(fault.clone())),
                (None, true) => Some(Err(LogError::Closed)),
                (None, false) => (!state.is_disk_full).then_some(Ok(())),
            }
        };
        self.room.until(ended).await
    }

    /// Waits before the disk is asked again, at most until the engine ends.
    pub(crate) async fn wait_before_retry(&self) {
        self.sleep_unless_over(RETRY).await;
    }

    /// Carries out a step that must succeed on a full disk too, with what the reserve gives up if
    /// need be. The step may be tried twice.
    ///
    /// # Errors
    /// [`LogError::DiskFull`] if the reserve was not enough, or was used up before.
    pub(crate) async fn with_reserve<T>(&self, step: impl AsyncFn() -> Result<T>) -> Result<T> {
        match step().await {
            Err(LogError::DiskFull) => {}
            result => return result,
        }
        self.note_full();
        let _use = ReserveUse::begin(self);
        self.release_reserve().await?;
        step().await
    }

    fn reserve_path(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    async fn release_reserve(&self) -> Result<()> {
        let options = OpenOptions { create: false, ..OpenOptions::write_direct() };
        let file = match self.io.open(&self.reserve_path(), options).await {
            Err(error) if error.is_not_found() => return Ok(()),
            file => file?,
        };
        file.set_length(0).await?;
        // Some file systems hand blocks out again only once it is durable that they are free.
        Ok(file.sync_all().await?)
    }

    /// Makes the reserve whole; on a disk that was full, only if there is room beyond it.
    async fn make_reserve(&self) -> Result<()> {
        let (is_full, is_used) = {
            let state = self.state.borrow();
            (state.is_disk_full, state.reserve_use_count > 0)
        };
        if is_used {
            return Err(LogError::DiskFull);
        }
        if is_full {
            self.drop_spares().await?;
        }
        let file = self.io.open(&self.reserve_path(), OpenOptions::write_direct()).await?;
        let wanted_bytes = RESERVE_BYTES + if is_full { MARGIN_BYTES } else { 0 };
        let made = file.allocate(Position::ZERO, wanted_bytes).await;
        // Also where it failed half way: what is not the reserve's is for others.
        shorten(&file).await?;
        Ok(made?)
    }

    /// Removes the files that wait to be used again.
    async fn drop_spares(&self) -> Result<()> {
        loop {
            let spare = self.state.borrow_mut().spares.take();
            let Some((number, _)) = spare else { return Ok(()) };
            let path = files::spare_directory(&self.directory).join(format!("{number:016x}"));
            ignore_missing(self.io.remove_file(&path).await)?;
        }
    }
}

async fn shorten(file: &File) -> Result<()> {
    if file.length_bytes().await? > RESERVE_BYTES {
        file.set_length(RESERVE_BYTES).await?;
    }
    Ok(())
}

/// Makes the reserve, and makes it again whenever there is room after the disk was full.
pub(crate) async fn run(inner: Rc<Inner>) {
    while !inner.is_over() {
        match inner.make_reserve().await {
            Ok(()) => {
                inner.resume_appends();
                let is_wanted =
                    || (inner.is_over() || inner.state.borrow().is_disk_full).then_some(());
                inner.background.until(is_wanted).await;
            }
            Err(LogError::DiskFull) => inner.note_full(),
            Err(error) => inner.face(error).await,
        }
        inner.wait_before_retry().await;
    }
}

impl Inner {
    fn resume_appends(&self) {
        let mut state = self.state.borrow_mut();
        let was_full = std::mem::replace(&mut state.is_disk_full, false);
        // What found no room while the disk was full.
        state.is_checkpoint_due |= was_full;
        drop(state);
        if was_full {
            self.room.notify();
            self.work.notify();
            self.background.notify();
        }
    }
}
