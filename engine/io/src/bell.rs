//! What ends a shard's sleep from another thread.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// An eventfd(2) that the shard reads, or nothing where the simulator decides who runs.
pub(crate) struct Bell {
    descriptor: Option<OwnedFd>,
    /// The shard's ring, to which other rings may send. A descriptor of its own, so that it never
    /// names anything else, also when the shard is gone before those who wake it.
    ring: Option<OwnedFd>,
}

impl Bell {
    /// A bell for a shard with a thread of its own. `Err` is an error number.
    pub(crate) fn new() -> Result<Self, i32> {
        // SAFETY: eventfd takes no pointers; its result is checked below.
        let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if descriptor < 0 {
            return Err(error_number(&std::io::Error::last_os_error()));
        }
        // SAFETY: a fresh descriptor that nobody else owns.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(Self { descriptor: Some(descriptor), ring: None })
    }

    /// A bell that nobody hears: simulated shards never sleep.
    pub(crate) fn silent() -> Self {
        Self { descriptor: None, ring: None }
    }

    /// Lets other rings wake the shard through its own. `Err` is an error number.
    pub(crate) fn set_ring(&mut self, ring: BorrowedFd<'_>) -> Result<(), i32> {
        self.ring = Some(ring.try_clone_to_owned().map_err(|error| error_number(&error))?);
        Ok(())
    }

    /// What other rings may send to.
    pub(crate) fn ring_descriptor(&self) -> Option<RawFd> {
        self.ring.as_ref().map(AsRawFd::as_raw_fd)
    }

    pub(crate) fn descriptor(&self) -> Option<RawFd> {
        self.descriptor.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Wakes the shard, now or when it next sleeps.
    pub(crate) fn ring(&self) {
        let Some(descriptor) = self.descriptor() else { return };
        let one = 1u64;
        // SAFETY: eight readable bytes at a valid address, and a descriptor that lives as long as
        // `self`. A full counter (EAGAIN) means that the bell rings already.
        let written = unsafe { libc::write(descriptor, (&raw const one).cast(), 8) };
        debug_assert!(written == 8 || written == -1);
    }
}

fn error_number(error: &std::io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
