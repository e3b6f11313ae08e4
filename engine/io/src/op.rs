//! The seam: everything a shard can ask of the outside world, as data.
//!
//! An [`Op`] owns what it works on (buffers, paths) from its submission to its last completion, so
//! no memory can be reused while a kernel may still touch it, whoever drops the future meanwhile.

use crate::buffer::{Buffer, Slice};
use crate::file::{DirectoryEntry, OpenOptions};
use crate::net::{ConnectOptions, ListenOptions};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The driver's name for an open file or socket: the descriptor in `uring`, an index in `sim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) i32);

impl Handle {
    /// The handle in the good answer of an operation that opens something.
    pub(crate) fn from_result(result: u64) -> Self {
        Self(i32::try_from(result).expect("descriptors are small"))
    }
}

/// A shard's name for an operation in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpKey(pub(crate) usize);

/// When a write counts as complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the device has taken the bytes; they may be lost with the power until a later sync.
    Written,
    /// When the bytes are on stable media (`RWF_DSYNC`, pwritev2(2)).
    Stable,
}

/// How much a sync makes durable, see fdatasync(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncScope {
    /// The bytes and what is needed to read them back.
    Data,
    /// The bytes and all metadata.
    All,
}

/// One request to the outside world. What each answers (`Completion::result`) is said behind it.
#[derive(Debug)]
pub(crate) enum Op {
    /// The handle.
    Open { path: PathBuf, options: OpenOptions },
    /// 0. The handle is gone, also after an error.
    Close { handle: Handle },
    /// The number of bytes read into the front of `buffer`; fewer than its length at the end of the
    /// file.
    Read { handle: Handle, position: u64, buffer: Buffer },
    /// The number of bytes written; fewer than asked for only where the disk is full, which may
    /// also be said by an error.
    Write { handle: Handle, position: u64, slices: Vec<Slice>, durability: Durability },
    /// 0. Covers exactly the writes that had completed before its submission.
    Sync { handle: Handle, scope: SyncScope },
    /// 0. Space is reserved for the range and the file is at least that long, see fallocate(2).
    Allocate { handle: Handle, position: u64, length_bytes: u64 },
    /// 0, see ftruncate(2).
    SetLength { handle: Handle, length_bytes: u64 },
    /// The file's length in bytes.
    Length { handle: Handle },
    /// 0 when this open file holds the exclusive advisory lock, EWOULDBLOCK when another does.
    Lock { handle: Handle },
    /// 0, see rename(2).
    Rename { from: PathBuf, to: PathBuf },
    /// 0, see unlink(2).
    RemoveFile { path: PathBuf },
    /// 0, see rmdir(2).
    RemoveDirectory { path: PathBuf },
    /// 0, see mkdir(2).
    CreateDirectory { path: PathBuf },
    /// The number of `entries`, which are filled, sorted by name, without `.` and `..`.
    List { path: PathBuf, entries: Vec<DirectoryEntry> },
    /// The handle of a listening socket; port 0 takes a free one.
    Listen { address: SocketAddr, options: ListenOptions },
    /// 0, with `address` filled with the socket's own address.
    LocalAddress { handle: Handle, address: Option<SocketAddr> },
    /// 0, with `address` filled with the address of the socket's peer.
    PeerAddress { handle: Handle, address: Option<SocketAddr> },
    /// The handle of a connection. May answer many times, once for each connection; the last
    /// answer may be one too, so whoever wants more asks again.
    Accept { handle: Handle },
    /// The handle of a connection.
    Connect { address: SocketAddr, options: ConnectOptions },
    /// The number of bytes received into the front of `buffer`, 0 at the end of the stream.
    Receive { handle: Handle, buffer: Buffer },
    /// The number of bytes received, which are in `Completion::chunk`; 0 at the end of the stream.
    /// May answer many times; the last answer may carry bytes too, so whoever wants more asks
    /// again. ENOBUFS where the driver has no memory to receive into: no byte is lost.
    ReceiveMany { handle: Handle },
    /// The number of bytes sent, which is all of them, or an error. The slices may stay with the
    /// driver beyond the answer, while the network still reads them.
    Send { handle: Handle, slices: Vec<Slice> },
    /// 0: the peer sees the end of the stream, see shutdown(2).
    Shutdown { handle: Handle },
}

impl Op {
    /// The operation as the kernel names it, for errors.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Close { .. } => "close",
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::Sync { scope: SyncScope::Data, .. } => "fdatasync",
            Self::Sync { scope: SyncScope::All, .. } => "fsync",
            Self::Allocate { .. } => "fallocate",
            Self::SetLength { .. } => "ftruncate",
            Self::Length { .. } => "fstat",
            Self::Lock { .. } => "flock",
            Self::Rename { .. } => "rename",
            Self::RemoveFile { .. } => "unlink",
            Self::RemoveDirectory { .. } => "rmdir",
            Self::CreateDirectory { .. } => "mkdir",
            Self::List { .. } => "readdir",
            Self::Listen { .. } => "listen",
            Self::LocalAddress { .. } => "getsockname",
            Self::PeerAddress { .. } => "getpeername",
            Self::Accept { .. } => "accept",
            Self::Connect { .. } => "connect",
            Self::Receive { .. } | Self::ReceiveMany { .. } => "recv",
            Self::Send { .. } => "send",
            Self::Shutdown { .. } => "shutdown",
        }
    }

    /// Whether a good answer is a handle, which somebody must close.
    pub(crate) fn opens(&self) -> bool {
        matches!(
            self,
            Self::Open { .. } | Self::Listen { .. } | Self::Accept { .. } | Self::Connect { .. }
        )
    }
}

/// One answer of the outside world.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The operation that it answers.
    pub(crate) key: OpKey,
    /// What [`Op`] promises behind the variant, or a positive error number.
    pub(crate) result: std::result::Result<u64, i32>,
    /// The operation with all that it owns; `None` while more answers are to come.
    pub(crate) op: Option<Op>,
    /// The bytes of an answer to [`Op::ReceiveMany`].
    pub(crate) chunk: Option<Slice>,
}
