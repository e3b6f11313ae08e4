//! An operation in the kernel's hands, with the memory that its submissions point to.
//!
//! The kernel may do less than it was asked for, or nothing because of a signal: the flight then
//! says [`Step::Again`], and its next entry asks for the rest.

use super::address::RawAddress;
use super::subject::Subject;
use super::{immediate, socket};
use crate::buffer::Buffer;
use crate::op::{Handle, Op, OpKey};
use std::ffi::CString;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How many times in a row an operation that made no progress is submitted again.
const RETRY_COUNT_MAX: u32 = 64;

/// Owns everything a submission entry holds addresses of. It must not move while in flight.
///
/// The fields that entries point to are filled here and read in `entry.rs`.
pub(super) struct Flight {
    pub(super) op: Op,
    /// What its completions carry.
    pub(super) subject: Subject,
    /// The slices as the kernel sees them; those before `vectors_done_count` are done.
    pub(super) vectors: Vec<libc::iovec>,
    pub(super) vectors_done_count: usize,
    pub(super) message: Option<libc::msghdr>,
    pub(super) paths: Option<Box<Paths>>,
    pub(super) connection: Option<Box<Connection>>,
    /// The driver's own memory, received into.
    lent: Option<Buffer>,
    pub(super) done_bytes: u64,
    asked_bytes: u64,
    retry_count: u32,
    is_cancelled: bool,
}

/// The names that an operation is about; the second one of a rename only.
pub(super) struct Paths {
    pub(super) first: CString,
    pub(super) second: CString,
}

/// A connection that is being made.
pub(super) struct Connection {
    pub(super) address: RawAddress,
    pub(super) socket: OwnedFd,
}

/// What follows a completion.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The operation is done; this is its answer.
    Done(Result<u64, i32>),
    /// It is to be submitted again, for the rest.
    Again,
}

impl Flight {
    pub(super) fn new(key: OpKey, op: Op) -> Self {
        let paths = paths(&op);
        let vectors = vectors(&op);
        let asked_bytes = match &op {
            Op::Read { buffer, .. } => buffer.len() as u64,
            _ => vectors.iter().map(|vector| vector.iov_len as u64).sum(),
        };
        Self {
            op,
            subject: Subject::Operation(key),
            vectors,
            vectors_done_count: 0,
            message: None,
            paths,
            connection: None,
            lent: None,
            done_bytes: 0,
            asked_bytes,
            retry_count: 0,
            is_cancelled: false,
        }
    }

    /// Does what must be done before the first entry. `Err` is an error number.
    pub(super) fn prepare(&mut self) -> Result<(), i32> {
        let Op::Connect { address, options } = &self.op else { return Ok(()) };
        let address = RawAddress::from(*address);
        let socket = socket::for_connection(&address, options.congestion_control.as_deref());
        let socket = socket.map_err(|error| error.raw_os_error().unwrap_or(libc::EIO))?;
        self.connection = Some(Box::new(Connection { address, socket }));
        Ok(())
    }

    pub(super) fn op(&self) -> &Op {
        &self.op
    }

    pub(super) fn into_op(self) -> Op {
        self.op
    }

    /// The bytes that are left to send or write.
    pub(super) fn left_bytes(&self) -> u64 {
        self.asked_bytes - self.done_bytes
    }

    /// Keeps memory that the next entry receives into.
    pub(super) fn lend(&mut self, buffer: Buffer) -> &mut Buffer {
        self.lent.insert(buffer)
    }

    pub(super) fn take_lent(&mut self) -> Option<Buffer> {
        self.lent.take()
    }

    /// Whether the operation may wait for somebody for ever, so that cancelling it makes sense.
    /// What only waits for the disk ends by itself soon, and a close or a write that was submitted
    /// must happen.
    pub(super) fn waits_for_others(&self) -> bool {
        matches!(
            self.op,
            Op::Accept { .. }
                | Op::Connect { .. }
                | Op::Receive { .. }
                | Op::ReceiveMany { .. }
                | Op::Send { .. }
        )
    }

    /// From now on it is not submitted again.
    pub(super) fn cancel(&mut self) {
        self.is_cancelled = true;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Takes a completion's result in.
    pub(super) fn step(&mut self, result: i32) -> Step {
        let Ok(count) = u64::try_from(result) else {
            return self.step_back(result.saturating_neg());
        };
        match self.op {
            Op::Read { .. } | Op::Write { .. } | Op::Send { .. } => self.advance(count),
            Op::Connect { .. } => {
                let socket = self.connection.take().expect("prepared").socket.into_raw_fd();
                Step::Done(Ok(u64::try_from(socket).expect("a descriptor is not negative")))
            }
            _ => Step::Done(Ok(count)),
        }
    }

    /// After an error: again, if nothing happened for a reason that passes.
    fn step_back(&mut self, errno: i32) -> Step {
        if let Op::Open { options, .. } = &mut self.op
            && errno == libc::EINVAL
            && options.direct
        {
            // The file system has no direct I/O, see `OpenOptions::direct`; it may say so only
            // after it has made the file, which then must not be in its own way.
            options.direct = false;
            options.create |= std::mem::take(&mut options.create_new);
            return Step::Again;
        }
        let passes = match self.op {
            // A failed sync is final whatever its reason: bytes may be gone that a second one
            // would not miss. Whether a close that was interrupted closed, nobody knows.
            Op::Sync { .. } | Op::Close { .. } => false,
            Op::Accept { .. } => matches!(errno, libc::EINTR | libc::EAGAIN | libc::ECONNABORTED),
            _ => matches!(errno, libc::EINTR | libc::EAGAIN),
        };
        if !passes || self.is_cancelled || self.retry_count == RETRY_COUNT_MAX {
            return Step::Done(Err(errno));
        }
        self.retry_count += 1;
        Step::Again
    }

    /// After `count` bytes more.
    fn advance(&mut self, count: u64) -> Step {
        self.retry_count = 0;
        self.done_bytes += count;
        assert!(self.done_bytes <= self.asked_bytes, "the kernel does what it was asked for");
        self.skip(count);
        if self.done_bytes == self.asked_bytes {
            return Step::Done(Ok(self.done_bytes));
        }
        match self.op {
            Op::Send { .. } if self.is_cancelled => Step::Done(Err(libc::ECANCELED)),
            Op::Send { .. } if count == 0 => Step::Done(Err(libc::EPIPE)),
            Op::Read { handle, position, .. } if self.is_at_end(handle, position) => {
                Step::Done(Ok(self.done_bytes))
            }
            _ if count == 0 => Step::Done(Ok(self.done_bytes)),
            _ => Step::Again,
        }
    }

    /// Whether a read has come to the file's end. Asking costs less than a second read, which in a
    /// direct file could not even begin between two sectors.
    fn is_at_end(&self, handle: Handle, position: u64) -> bool {
        let length_bytes = immediate::length_bytes(handle).unwrap_or(0);
        position.saturating_add(self.done_bytes) >= length_bytes
    }

    fn skip(&mut self, count: u64) {
        let mut left = usize::try_from(count).expect("counts what is in memory");
        while let Some(vector) = self.vectors.get_mut(self.vectors_done_count) {
            let step = left.min(vector.iov_len);
            vector.iov_base = vector.iov_base.wrapping_byte_add(step);
            vector.iov_len -= step;
            left -= step;
            if vector.iov_len > 0 {
                break;
            }
            self.vectors_done_count += 1;
        }
    }
}

fn paths(op: &Op) -> Option<Box<Paths>> {
    let (first, second) = match op {
        Op::Open { path, .. }
        | Op::RemoveFile { path }
        | Op::RemoveDirectory { path }
        | Op::CreateDirectory { path } => (c_path(path), CString::default()),
        Op::Rename { from, to } => (c_path(from), c_path(to)),
        _ => return None,
    };
    Some(Box::new(Paths { first, second }))
}

fn c_path(path: &Path) -> CString {
    // A path with a NUL names nothing: the empty path makes the kernel answer ENOENT.
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn vectors(op: &Op) -> Vec<libc::iovec> {
    let (Op::Write { slices, .. } | Op::Send { slices, .. }) = op else { return Vec::new() };
    let vector = |slice: &crate::buffer::Slice| libc::iovec {
        iov_base: slice.as_ptr().cast_mut().cast(),
        iov_len: slice.len(),
    };
    slices.iter().map(vector).collect()
}

#[cfg(test)]
#[path = "flight_test.rs"]
mod flight_test;
