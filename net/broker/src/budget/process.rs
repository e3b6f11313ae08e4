//! What the shards of a process share: memory that none of them has taken yet, and the number of
//! connections.
//!
//! The one place where shards meet without a message: a shard takes and gives memory in chunks, so
//! it comes here once for each [`CHUNK_BYTES`] and not once for each request, and once for each
//! connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// What a shard borrows at once.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// What is left of a process for any of its shards.
#[derive(Debug)]
pub(crate) struct Process {
    left_bytes: AtomicUsize,
    connection_count: AtomicU32,
    connections_max: u32,
}

/// Stands for a connection in the number of all.
pub(crate) struct Seat(Arc<Process>);

impl Process {
    /// So many bytes that no shard has, rounded down to whole chunks.
    pub(crate) fn new(shared_bytes: usize, connections_max: u32) -> Self {
        Self {
            left_bytes: AtomicUsize::new(shared_bytes / CHUNK_BYTES * CHUNK_BYTES),
            connection_count: AtomicU32::new(0),
            connections_max,
        }
    }

    /// Takes a chunk, if one is left.
    pub(super) fn borrow(&self) -> bool {
        let take = |left: usize| left.checked_sub(CHUNK_BYTES);
        self.left_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives a chunk back.
    pub(super) fn give_back(&self) {
        self.left_bytes.fetch_add(CHUNK_BYTES, Ordering::Relaxed);
    }

    /// What may be borrowed now.
    pub(super) fn left_bytes(&self) -> usize {
        self.left_bytes.load(Ordering::Relaxed)
    }

    /// Counts a connection in, until what it gives is dropped; `None` if there are enough.
    pub(crate) fn seat(self: &Arc<Self>) -> Option<Seat> {
        let before = self.connection_count.fetch_add(1, Ordering::Relaxed);
        let seat = Seat(Arc::clone(self));
        (before < self.connections_max).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.connection_count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod process_test {
    use super::*;

    #[test]
    fn memory_goes_in_whole_chunks_and_comes_back() {
        let process = Process::new(2 * CHUNK_BYTES + 1, 0);
        assert!(process.borrow() && process.borrow() && !process.borrow());
        assert_eq!(process.left_bytes(), 0);
        process.give_back();
        assert_eq!(process.left_bytes(), CHUNK_BYTES);
    }

    #[test]
    fn a_seat_is_free_again_when_its_holder_has_gone() {
        let process = Arc::new(Process::new(0, 2));
        let seats = (process.seat(), process.seat());
        assert!(seats.0.is_some() && seats.1.is_some());
        assert!(process.seat().is_none() && process.seat().is_none());
        drop(seats);
        assert!(process.seat().is_some());
    }
}
