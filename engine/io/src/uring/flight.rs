//! An operation in the kernel's hands, with the memory that its submission points to.

use crate::op::{Durability, Op, SyncScope};
use io_uring::{opcode, squeue, types};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Owns everything a submission entry holds addresses of. It must not move while in flight.
pub(super) struct Flight {
    op: Op,
    vectors: Vec<libc::iovec>,
    path: CString,
    second_path: CString,
}

impl Flight {
    pub(super) fn new(op: Op) -> Self {
        let (path, second_path) = match &op {
            Op::Open { path, .. }
            | Op::RemoveFile { path }
            | Op::RemoveDirectory { path }
            | Op::CreateDirectory { path } => (c_path(path), CString::default()),
            Op::Rename { from, to } => (c_path(from), c_path(to)),
            _ => (CString::default(), CString::default()),
        };
        let vectors = match &op {
            Op::Write { slices, .. } | Op::Send { slices, .. } => slices
                .iter()
                .map(|slice| libc::iovec {
                    iov_base: slice.as_ptr().cast_mut().cast(),
                    iov_len: slice.len(),
                })
                .collect(),
            _ => Vec::new(),
        };
        Self { op, vectors, path, second_path }
    }

    /// The submission entry, which points into `self`.
    pub(super) fn entry(&mut self) -> squeue::Entry {
        let here = types::Fd(libc::AT_FDCWD);
        let path = self.path.as_ptr();
        match &mut self.op {
            Op::Open { options, .. } => {
                opcode::OpenAt::new(here, path).flags(options.flags()).mode(0o644).build()
            }
            Op::Close { handle } => opcode::Close::new(types::Fd(handle.0)).build(),
            Op::Read { handle, position, buffer } => {
                let length = length_u32(buffer.len());
                opcode::Read::new(types::Fd(handle.0), buffer.as_mut_ptr(), length)
                    .offset(*position)
                    .build()
            }
            Op::Write { handle, position, durability, .. } => {
                let flags = match durability {
                    Durability::Written => 0,
                    Durability::Stable => libc::RWF_DSYNC,
                };
                opcode::Writev::new(
                    types::Fd(handle.0),
                    self.vectors.as_ptr(),
                    length_u32(self.vectors.len()),
                )
                .offset(*position)
                .rw_flags(flags)
                .build()
            }
            Op::Sync { handle, scope } => {
                let flags = match scope {
                    SyncScope::Data => types::FsyncFlags::DATASYNC,
                    SyncScope::All => types::FsyncFlags::empty(),
                };
                opcode::Fsync::new(types::Fd(handle.0)).flags(flags).build()
            }
            Op::Allocate { handle, position, length_bytes } => {
                opcode::Fallocate::new(types::Fd(handle.0), *length_bytes).offset(*position).build()
            }
            Op::Rename { .. } => {
                opcode::RenameAt::new(here, path, here, self.second_path.as_ptr()).build()
            }
            Op::RemoveFile { .. } => opcode::UnlinkAt::new(here, path).build(),
            Op::RemoveDirectory { .. } => {
                opcode::UnlinkAt::new(here, path).flags(libc::AT_REMOVEDIR).build()
            }
            Op::CreateDirectory { .. } => opcode::MkDirAt::new(here, path).mode(0o755).build(),
            other => unreachable!("{} is performed at once", other.name()),
        }
    }

    /// Whether the operation may wait for somebody for ever, so that cancelling it makes sense.
    pub(super) fn waits_for_others(&self) -> bool {
        matches!(
            self.op,
            Op::Accept { .. } | Op::Connect { .. } | Op::Receive { .. } | Op::Send { .. }
        )
    }

    pub(super) fn into_op(self) -> Op {
        self.op
    }
}

impl crate::file::OpenOptions {
    /// As flags of open(2).
    pub(super) fn flags(self) -> i32 {
        let mut flags = libc::O_CLOEXEC;
        flags |= if self.write { libc::O_RDWR } else { libc::O_RDONLY };
        let choices = [
            (self.create || self.create_new, libc::O_CREAT),
            (self.create_new, libc::O_EXCL),
            (self.truncate, libc::O_TRUNC),
            (self.direct, libc::O_DIRECT),
            (self.directory, libc::O_DIRECTORY),
        ];
        for (chosen, flag) in choices {
            flags |= if chosen { flag } else { 0 };
        }
        flags
    }
}

fn c_path(path: &Path) -> CString {
    // A path with a NUL names nothing: the empty path makes the kernel answer ENOENT.
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn length_u32(length: usize) -> u32 {
    u32::try_from(length).expect("one transfer stays below 4 GiB")
}
