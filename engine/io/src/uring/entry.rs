//! Operations as submission entries.

use super::flight::{Connection, Flight, Paths};
use crate::op::{Durability, Op, SyncScope};
use io_uring::{opcode, squeue, types};
use std::os::fd::AsRawFd;

/// How many vectors one submission may have, see `IOV_MAX` in limits.h(0p).
const VECTOR_COUNT_MAX: usize = 1024;

/// The notification says whether the kernel copied, see `IORING_SEND_ZC_REPORT_USAGE` in
/// io_uring_prep_send_zc(3).
const SEND_ZC_REPORT_USAGE: u16 = 1 << 3;

impl Flight {
    /// The next submission entry, which points into `self`. `multishot` lets it complete many
    /// times, where it can.
    pub(super) fn entry(&mut self, multishot: bool) -> squeue::Entry {
        match &self.op {
            Op::Read { .. } | Op::Write { .. } | Op::Sync { .. } | Op::Allocate { .. } => {
                self.disk_entry()
            }
            Op::Accept { .. } | Op::Connect { .. } | Op::Receive { .. } => {
                self.socket_entry(multishot)
            }
            _ => self.name_entry(),
        }
    }

    fn disk_entry(&mut self) -> squeue::Entry {
        let done_bytes = self.done_bytes;
        let rest = self.rest();
        let (vectors, vector_count) = (rest.as_ptr(), length_u32(rest.len()));
        match &mut self.op {
            Op::Read { handle, position, buffer } => {
                let rest = &mut buffer[usize::try_from(done_bytes).expect("within the buffer")..];
                opcode::Read::new(types::Fd(handle.0), rest.as_mut_ptr(), length_u32(rest.len()))
                    .offset(*position + done_bytes)
                    .build()
            }
            Op::Write { handle, position, durability, .. } => {
                let flags = match durability {
                    Durability::Written => 0,
                    Durability::Stable => libc::RWF_DSYNC,
                };
                opcode::Writev::new(types::Fd(handle.0), vectors, vector_count)
                    .offset(*position + done_bytes)
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
            other => unreachable!("{} is no operation on a file", other.name()),
        }
    }

    fn socket_entry(&mut self, multishot: bool) -> squeue::Entry {
        match &mut self.op {
            Op::Accept { handle } if multishot => {
                opcode::AcceptMulti::new(types::Fd(handle.0)).flags(libc::SOCK_CLOEXEC).build()
            }
            Op::Accept { handle } => {
                let nowhere = std::ptr::null_mut();
                opcode::Accept::new(types::Fd(handle.0), nowhere, nowhere.cast())
                    .flags(libc::SOCK_CLOEXEC)
                    .build()
            }
            Op::Connect { .. } => {
                let Connection { address, socket } =
                    &**self.connection.as_ref().expect("prepared before");
                let socket = types::Fd(socket.as_raw_fd());
                opcode::Connect::new(socket, address.as_ptr(), address.length_bytes()).build()
            }
            Op::Receive { handle, buffer } => {
                let length = length_u32(buffer.len());
                opcode::Recv::new(types::Fd(handle.0), buffer.as_mut_ptr(), length).build()
            }
            other => unreachable!("{} is no operation on a socket", other.name()),
        }
    }

    fn name_entry(&self) -> squeue::Entry {
        if let Op::Close { handle } = &self.op {
            return opcode::Close::new(types::Fd(handle.0)).build();
        }
        let here = types::Fd(libc::AT_FDCWD);
        let Paths { first, second } =
            &**self.paths.as_ref().expect("an operation on a name has its path");
        let path = first.as_ptr();
        match &self.op {
            Op::Open { options, .. } => {
                opcode::OpenAt::new(here, path).flags(options.flags()).mode(0o644).build()
            }
            Op::Rename { .. } => opcode::RenameAt::new(here, path, here, second.as_ptr()).build(),
            Op::RemoveFile { .. } => opcode::UnlinkAt::new(here, path).build(),
            Op::RemoveDirectory { .. } => {
                opcode::UnlinkAt::new(here, path).flags(libc::AT_REMOVEDIR).build()
            }
            Op::CreateDirectory { .. } => opcode::MkDirAt::new(here, path).mode(0o755).build(),
            other => unreachable!("{} is performed elsewhere", other.name()),
        }
    }

    /// The entry that sends the rest of the slices; without a copy, if `zero_copy`.
    pub(super) fn send_entry(&mut self, zero_copy: bool) -> squeue::Entry {
        let Op::Send { handle, .. } = self.op else { unreachable!("only sends are sent") };
        let rest = self.rest();
        // SAFETY: a plain C structure, for which all zeros (no address, no control data) is a
        // value.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = rest.as_ptr().cast_mut();
        message.msg_iovlen = rest.len();
        let message: *const libc::msghdr = self.message.insert(message);
        // No signal where the peer is gone; and not less than all, so that a full socket costs no
        // round trip through the shard.
        let flags = (libc::MSG_NOSIGNAL | libc::MSG_WAITALL).unsigned_abs();
        let socket = types::Fd(handle.0);
        if zero_copy {
            let entry = opcode::SendMsgZc::new(socket, message).flags(flags);
            entry.ioprio(SEND_ZC_REPORT_USAGE).build()
        } else {
            opcode::SendMsg::new(socket, message).flags(flags).build()
        }
    }

    fn rest(&self) -> &[libc::iovec] {
        let rest = &self.vectors[self.vectors_done_count..];
        &rest[..rest.len().min(VECTOR_COUNT_MAX)]
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

fn length_u32(length: usize) -> u32 {
    u32::try_from(length).expect("one transfer stays below 4 GiB")
}
