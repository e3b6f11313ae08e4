//! Operations that io_uring lacks, or that never block: performed by a plain system call.

use crate::file::DirectoryEntry;
use crate::op::{Handle, Op};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

/// Performs `op` if it is of this kind.
pub(super) fn perform(op: &mut Op) -> Option<Result<u64, i32>> {
    let result = match op {
        Op::SetLength { handle, length_bytes } => set_length(*handle, *length_bytes),
        Op::Length { handle } => length_bytes(*handle),
        Op::Lock { handle } => lock(*handle),
        Op::List { path, entries } => list(path, entries),
        _ => return None,
    };
    Some(result.map_err(|error| error.raw_os_error().unwrap_or(libc::EIO)))
}

fn file(handle: Handle) -> std::fs::File {
    // SAFETY: the handle was opened by this driver and is closed only after its last operation;
    // the borrow ends with this function's clone of it.
    let descriptor = unsafe { BorrowedFd::borrow_raw(handle.0) };
    std::fs::File::from(descriptor.try_clone_to_owned().expect("a descriptor can be duplicated"))
}

fn set_length(handle: Handle, length_bytes: u64) -> io::Result<u64> {
    file(handle).set_len(length_bytes).map(|()| 0)
}

fn length_bytes(handle: Handle) -> io::Result<u64> {
    file(handle).metadata().map(|metadata| metadata.len())
}

fn lock(handle: Handle) -> io::Result<u64> {
    // SAFETY: flock takes no pointers; its result is checked.
    let result = unsafe { libc::flock(handle.0.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
    if result == 0 { Ok(0) } else { Err(io::Error::last_os_error()) }
}

fn list(path: &Path, entries: &mut Vec<DirectoryEntry>) -> io::Result<u64> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let is_directory = metadata.is_dir();
        let length_bytes = if is_directory { 0 } else { metadata.len() };
        entries.push(DirectoryEntry { name: entry.file_name(), is_directory, length_bytes });
    }
    entries.sort();
    Ok(entries.len() as u64)
}
