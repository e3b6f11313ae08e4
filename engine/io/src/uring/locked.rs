//! Files that are locked, held by the ring itself.
//!
//! A process that is killed loses its descriptors at once, and flock(2) goes with the last of them;
//! its ring goes later, when all that was on its way to the disk has ended. Whoever finds the lock
//! free would otherwise read what a write of the dead process then changes. The table of registered
//! files (io_uring_register(2), `IORING_REGISTER_FILES`) keeps its own references for as long as
//! the ring lives.

use super::ring::Ring;
use crate::op::Handle;
use std::os::fd::RawFd;

/// The table; in the order in which the files were locked.
#[derive(Default)]
pub(super) struct Locked {
    descriptors: Vec<RawFd>,
}

impl Locked {
    /// A file has been locked. Where the kernel has no room for it, its lock goes with the process
    /// as it does without a ring.
    pub(super) fn hold(&mut self, ring: &Ring, handle: Handle) {
        if !self.descriptors.contains(&handle.0) {
            self.release_all(ring);
            self.descriptors.push(handle.0);
            self.hold_all(ring);
        }
    }

    /// A file is about to be closed, and its lock to go.
    pub(super) fn release(&mut self, ring: &Ring, handle: Handle) {
        if self.descriptors.contains(&handle.0) {
            self.release_all(ring);
            self.descriptors.retain(|descriptor| *descriptor != handle.0);
            self.hold_all(ring);
        }
    }

    fn hold_all(&self, ring: &Ring) {
        if !self.descriptors.is_empty() {
            drop(ring.inner().submitter().register_files(&self.descriptors));
        }
    }

    fn release_all(&self, ring: &Ring) {
        if !self.descriptors.is_empty() {
            // A refusal means that there is no table, which is what is wanted.
            drop(ring.inner().submitter().unregister_files());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Driver, DriverOptions, RingFeatures};
    use crate::op::{Handle, Op, OpKey};
    use std::fs::{File, TryLockError};
    use std::os::fd::IntoRawFd;

    fn driver() -> Driver {
        let features = RingFeatures::default();
        let options = DriverOptions { ring_entries: 8, features, receive_buffer_count: 16 };
        Driver::new(&options, None).expect("a ring")
    }

    /// Closed as by the end of its process: behind the driver's back.
    #[test]
    fn a_lock_outlives_its_descriptor_and_goes_with_the_ring() {
        let path = std::env::temp_dir().join(format!("millstream-locked-{}", std::process::id()));
        let mut driver = driver();
        let handle = Handle(File::create(&path).expect("a file").into_raw_fd());
        driver.submit(OpKey(0), Op::Lock { handle });
        assert!(driver.next_completion().is_some_and(|completion| completion.result == Ok(0)));
        super::super::immediate::close(handle);
        let other = File::open(&path).expect("a file");
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)), "the ring holds it");
        drop(driver);
        // The kernel takes a ring apart in its own time.
        while other.try_lock().is_err() {
            std::thread::yield_now();
        }
        std::fs::remove_file(&path).expect("it is there");
    }
}
