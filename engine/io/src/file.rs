//! Files and directories of a shard.

use crate::buffer::{Buffer, Slice};
use crate::error::{IoError, Result};
use crate::io::Io;
use crate::op::{Durability, Handle, Op, SyncScope};
use millstream_base::Position;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How a file is opened, see open(2). Reading is always allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Writing is allowed too.
    pub write: bool,
    /// The file is made if it is not there (`O_CREAT`).
    pub create: bool,
    /// The file must not have been there (`O_CREAT | O_EXCL`).
    pub create_new: bool,
    /// What was in the file is dropped (`O_TRUNC`).
    pub truncate: bool,
    /// Transfers bypass the page cache (`O_DIRECT`): memory, position and length are multiples of
    /// [`millstream_base::limits::SECTOR_BYTES`]. Dropped silently where the file system has none.
    pub direct: bool,
    /// The path names a directory (`O_DIRECTORY`), which can only be synced.
    pub directory: bool,
}

impl OpenOptions {
    /// An existing file, for direct reads only.
    #[must_use]
    pub fn read_direct() -> Self {
        Self { direct: true, ..Self::default() }
    }

    /// A file for direct reads and writes, made if need be.
    #[must_use]
    pub fn write_direct() -> Self {
        Self { write: true, create: true, direct: true, ..Self::default() }
    }
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryEntry {
    /// The name within the directory.
    pub name: std::ffi::OsString,
    /// Whether it is itself a directory.
    pub is_directory: bool,
    /// The length in bytes; 0 for a directory.
    pub length_bytes: u64,
}

/// An open file. Clones share the descriptor; the last one to go closes it in the background, once
/// the operations that it has in flight are done.
#[derive(Clone)]
pub struct File {
    inner: Rc<FileInner>,
}

struct FileInner {
    io: Io,
    handle: Handle,
    path: PathBuf,
}

impl File {
    /// The path under which the file was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads into `buffer` from `position`, as far as the file reaches, and hands the buffer back
    /// with the number of bytes. Submitted at once, also if never awaited.
    pub fn read_at(
        &self,
        buffer: Buffer,
        position: Position,
    ) -> impl Future<Output = (Result<usize>, Buffer)> + use<> {
        let op = Op::Read { handle: self.inner.handle, position: position.get(), buffer };
        let file = self.clone();
        let pending = self.inner.io.submit(op);
        async move {
            let (result, op) = pending.await;
            let Op::Read { buffer, .. } = op else { unreachable!("an answer keeps its kind") };
            let count = result.map(|count| usize::try_from(count).expect("a read fits its buffer"));
            (count.map_err(|errno| file.error("read", errno)), buffer)
        }
    }

    /// Writes `slices` one behind the other from `position` on; resolves when all bytes are
    /// written, or stable where `durability` says so.
    ///
    /// Submitted at once, in the order of the calls; the answers may come in any order. Anything
    /// less than all bytes is an error, and the range then holds any mixture of old and new.
    pub fn write_at(
        &self,
        slices: Vec<Slice>,
        position: Position,
        durability: Durability,
    ) -> impl Future<Output = Result<()>> + use<> {
        let expected_bytes: u64 = slices.iter().map(|slice| slice.len() as u64).sum();
        let op =
            Op::Write { handle: self.inner.handle, position: position.get(), slices, durability };
        let file = self.clone();
        let pending = self.inner.io.submit(op);
        async move {
            let (result, _) = pending.await;
            match result {
                Ok(got_bytes) if got_bytes == expected_bytes => Ok(()),
                Ok(got_bytes) => {
                    Err(IoError::Short { operation: "write", expected_bytes, got_bytes })
                }
                Err(errno) => Err(file.error("write", errno)),
            }
        }
    }

    /// Makes the writes that have completed durable, with what is needed to read them
    /// (fdatasync(2)). A failure is final: the kernel may have dropped the bytes.
    pub fn sync_data(&self) -> impl Future<Output = Result<()>> + use<> {
        self.plain(Op::Sync { handle: self.inner.handle, scope: SyncScope::Data })
    }

    /// As [`File::sync_data`], with all metadata; also for directories.
    pub fn sync_all(&self) -> impl Future<Output = Result<()>> + use<> {
        self.plain(Op::Sync { handle: self.inner.handle, scope: SyncScope::All })
    }

    /// Reserves space for a range and makes the file at least that long; it reads as zeros.
    pub fn allocate(
        &self,
        position: Position,
        length_bytes: u64,
    ) -> impl Future<Output = Result<()>> + use<> {
        let position = position.get();
        self.plain(Op::Allocate { handle: self.inner.handle, position, length_bytes })
    }

    /// Cuts or extends the file.
    pub fn set_length(&self, length_bytes: u64) -> impl Future<Output = Result<()>> + use<> {
        self.plain(Op::SetLength { handle: self.inner.handle, length_bytes })
    }

    /// The length in bytes.
    pub async fn length_bytes(&self) -> Result<u64> {
        let (result, op) = self.inner.io.submit(Op::Length { handle: self.inner.handle }).await;
        result.map_err(|errno| self.error(op.name(), errno))
    }

    /// Takes the exclusive advisory lock (flock(2)) or fails at once with an error for which
    /// [`IoError::is_locked`] holds. The lock goes with the last clone of the file; where the
    /// process is killed, when all has ended that its shard had on its way to the disk.
    pub fn lock(&self) -> impl Future<Output = Result<()>> + use<> {
        self.plain(Op::Lock { handle: self.inner.handle })
    }

    fn plain(&self, op: Op) -> impl Future<Output = Result<()>> + use<> {
        let file = self.clone();
        let pending = self.inner.io.submit(op);
        async move {
            let (result, op) = pending.await;
            result.map(|_| ()).map_err(|errno| file.error(op.name(), errno))
        }
    }

    fn error(&self, operation: &'static str, errno: i32) -> IoError {
        IoError::Os { operation, path: Some(self.inner.path.clone()), errno }
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("File").field(&self.inner.path).finish()
    }
}

impl Drop for FileInner {
    fn drop(&mut self) {
        // What is still in flight (its future was dropped) was submitted before this, and holds its
        // own reference to the open file.
        drop(self.io.submit(Op::Close { handle: self.handle }));
    }
}

impl Io {
    /// Opens a file.
    pub async fn open(&self, path: &Path, options: OpenOptions) -> Result<File> {
        let op = Op::Open { path: path.to_owned(), options };
        let (result, _) = self.submit(op).await;
        let handle = match result {
            Ok(handle) => Handle(i32::try_from(handle).expect("descriptors are small")),
            Err(errno) => return Err(path_error("open", path, errno)),
        };
        let inner = FileInner { io: self.clone(), handle, path: path.to_owned() };
        Ok(File { inner: Rc::new(inner) })
    }

    /// Renames a file or directory; durable only after [`Io::sync_directory`] of both parents.
    pub async fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.path_op(Op::Rename { from: from.to_owned(), to: to.to_owned() }, from).await
    }

    /// Removes a file; durable only after [`Io::sync_directory`] of its parent.
    pub async fn remove_file(&self, path: &Path) -> Result<()> {
        self.path_op(Op::RemoveFile { path: path.to_owned() }, path).await
    }

    /// Removes an empty directory.
    pub async fn remove_directory(&self, path: &Path) -> Result<()> {
        self.path_op(Op::RemoveDirectory { path: path.to_owned() }, path).await
    }

    /// Makes a directory, whose parent must be there. One that is there already is no error.
    pub async fn create_directory(&self, path: &Path) -> Result<()> {
        match self.path_op(Op::CreateDirectory { path: path.to_owned() }, path).await {
            Err(error) if error.is_already_there() => Ok(()),
            result => result,
        }
    }

    /// Makes the names in a directory durable: files made, renamed and removed in it.
    pub async fn sync_directory(&self, path: &Path) -> Result<()> {
        let options = OpenOptions { directory: true, ..OpenOptions::default() };
        self.open(path, options).await?.sync_all().await
    }

    /// The entries of a directory, sorted by name.
    pub async fn list_directory(&self, path: &Path) -> Result<Vec<DirectoryEntry>> {
        let op = Op::List { path: path.to_owned(), entries: Vec::new() };
        let (result, op) = self.submit(op).await;
        let Op::List { entries, .. } = op else { unreachable!("an answer keeps its kind") };
        result.map(|_| entries).map_err(|errno| path_error("readdir", path, errno))
    }

    async fn path_op(&self, op: Op, path: &Path) -> Result<()> {
        let (result, op) = self.submit(op).await;
        result.map(|_| ()).map_err(|errno| path_error(op.name(), path, errno))
    }
}

fn path_error(operation: &'static str, path: &Path, errno: i32) -> IoError {
    IoError::Os { operation, path: Some(path.to_owned()), errno }
}
