//! What can go wrong with the outside world, as one type.

use std::fmt;
use std::path::PathBuf;

/// The crate's result.
pub type Result<T> = std::result::Result<T, IoError>;

/// A fault of the world: the disk, the network, the kernel, or memory that is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IoError {
    /// The kernel (or its simulation) answered an operation with an error number, see errno(3).
    Os {
        /// The operation as the kernel names it (`open`, `write`, `fsync`, …).
        operation: &'static str,
        /// The file it was meant for, where it has a name.
        path: Option<PathBuf>,
        /// The error number, positive.
        errno: i32,
    },
    /// Fewer bytes were transferred than the contract of the operation demands.
    Short {
        /// The operation as the kernel names it.
        operation: &'static str,
        /// The bytes that were asked for.
        expected_bytes: u64,
        /// The bytes that were transferred.
        got_bytes: u64,
    },
    /// The buffer pool has reached its limit; give slices back and try again.
    BuffersSpent {
        /// The limit of the pool.
        bytes_max: usize,
    },
    /// The kernel refuses io_uring altogether; the text says which setting forbids it.
    RingRefused {
        /// The error number of `io_uring_setup(2)`.
        errno: i32,
    },
    /// The other side of a channel or the shard itself is gone.
    Closed,
}

impl IoError {
    /// The error number behind the error, if the kernel gave one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::Os { errno, .. } | Self::RingRefused { errno } => Some(*errno),
            _ => None,
        }
    }

    /// Whether the file or directory does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.errno() == Some(libc::ENOENT)
    }

    /// Whether the file or directory was there already.
    #[must_use]
    pub fn is_already_there(&self) -> bool {
        self.errno() == Some(libc::EEXIST)
    }

    /// Whether the device, a quota or the file-size limit is exhausted.
    #[must_use]
    pub fn is_no_space(&self) -> bool {
        matches!(self.errno(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
    }

    /// Whether the buffers to allocate from or to receive into are all held by somebody.
    #[must_use]
    pub fn are_buffers_spent(&self) -> bool {
        matches!(self, Self::BuffersSpent { .. } | Self::Os { errno: libc::ENOBUFS, .. })
    }

    /// Whether the process or the machine has no descriptor left.
    #[must_use]
    pub fn is_out_of_descriptors(&self) -> bool {
        matches!(self.errno(), Some(libc::EMFILE | libc::ENFILE))
    }

    /// Whether a lock is held by somebody else.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Os { operation: "flock", errno: libc::EWOULDBLOCK, .. })
    }
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Os { operation, path, errno } => {
                let cause = std::io::Error::from_raw_os_error(*errno);
                match path {
                    Some(path) => write!(f, "{operation} {}: {cause}", path.display()),
                    None => write!(f, "{operation}: {cause}"),
                }
            }
            Self::Short { operation, expected_bytes, got_bytes } => {
                write!(f, "{operation}: {got_bytes} of {expected_bytes} bytes were transferred")
            }
            Self::BuffersSpent { bytes_max } => {
                write!(f, "the buffer pool has reached its limit of {bytes_max} bytes")
            }
            Self::RingRefused { errno } => write!(
                f,
                "the kernel refuses io_uring ({}): allow it (sysctl kernel.io_uring_disabled=0, \
                 or the container's seccomp profile) or use Linux 5.15 or newer",
                std::io::Error::from_raw_os_error(*errno)
            ),
            Self::Closed => f.write_str("the shard or the other end of the channel is gone"),
        }
    }
}

impl std::error::Error for IoError {}
