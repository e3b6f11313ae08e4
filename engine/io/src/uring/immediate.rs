//! Operations that io_uring lacks, or that never block: performed by a plain system call.

use super::socket;
use crate::file::DirectoryEntry;
use crate::op::{Handle, Op};
use std::io;
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::os::fd::{FromRawFd, OwnedFd};
use std::path::Path;

/// Performs `op` if it is of this kind.
pub(super) fn perform(op: &mut Op) -> Option<Result<u64, i32>> {
    let result = match op {
        Op::SetLength { handle, length_bytes } => set_length(*handle, *length_bytes),
        Op::Length { handle } => length_bytes(*handle),
        Op::Lock { handle } => lock(*handle),
        Op::List { path, entries } => list(path, entries),
        Op::Listen { address, options } => socket::listen(*address, options),
        Op::LocalAddress { handle, address } => {
            socket::local_address(*handle).map(|found| fill(address, found))
        }
        Op::PeerAddress { handle, address } => {
            socket::peer_address(*handle).map(|found| fill(address, found))
        }
        Op::Shutdown { handle } => socket::shutdown(*handle),
        _ => return None,
    };
    Some(result.map_err(|error| error.raw_os_error().unwrap_or(libc::EIO)))
}

/// The file behind a handle, borrowed: not closed on drop, and no second descriptor, since there
/// may be none left.
fn file(handle: Handle) -> ManuallyDrop<std::fs::File> {
    // SAFETY: the handle was opened by this driver and is closed only after its last operation;
    // `ManuallyDrop` keeps this file from closing it.
    ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(handle.0) })
}

fn set_length(handle: Handle, length_bytes: u64) -> io::Result<u64> {
    file(handle).set_len(length_bytes).map(|()| 0)
}

/// The file's length; also for the driver's own use.
pub(super) fn length_bytes(handle: Handle) -> io::Result<u64> {
    file(handle).metadata().map(|metadata| metadata.len())
}

/// Closes a descriptor that nobody uses.
pub(super) fn close(handle: Handle) {
    // SAFETY: the caller was the only one to know of the descriptor.
    drop(unsafe { OwnedFd::from_raw_fd(handle.0) });
}

fn lock(handle: Handle) -> io::Result<u64> {
    // SAFETY: flock takes no pointers; its result is checked.
    let result = unsafe { libc::flock(handle.0, libc::LOCK_EX | libc::LOCK_NB) };
    if result == 0 { Ok(0) } else { Err(io::Error::last_os_error()) }
}

fn list(path: &Path, entries: &mut Vec<DirectoryEntry>) -> io::Result<u64> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Removed since its name was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let is_directory = metadata.is_dir();
        let length_bytes = if is_directory { 0 } else { metadata.len() };
        entries.push(DirectoryEntry { name: entry.file_name(), is_directory, length_bytes });
    }
    entries.sort();
    Ok(entries.len() as u64)
}

fn fill(place: &mut Option<SocketAddr>, address: SocketAddr) -> u64 {
    *place = Some(address);
    0
}
