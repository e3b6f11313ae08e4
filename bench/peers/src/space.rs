//! Journal space for the peers that are our journal's recipe: a ring of bytes zeroed once, in which
//! each batch takes whole blocks.

use std::cell::Cell;

/// Alignment of direct I/O.
pub(crate) const BLOCK_BYTES: usize = 4096;
/// The size of the ring.
pub(crate) const JOURNAL_BYTES: u64 = 64 << 20;
/// How much is zeroed at once.
pub(crate) const ZEROS_BYTES: usize = 1 << 20;
/// Batches in flight at once.
pub(crate) const LANES: usize = 2;

/// Where the next batch goes.
#[derive(Debug, Default)]
pub(crate) struct Space {
    next: Cell<u64>,
}

impl Space {
    /// The place for a frame of so many bytes: behind the last one, or at the beginning where the
    /// rest is too short.
    pub(crate) fn take(&self, frame_bytes: usize) -> u64 {
        let length = frame_bytes as u64;
        assert!(length <= JOURNAL_BYTES, "a batch fits the ring");
        let fits = self.next.get() + length <= JOURNAL_BYTES;
        let begin = if fits { self.next.get() } else { 0 };
        self.next.set(begin + length);
        begin
    }
}

/// Lays `content` into a frame of whole blocks, zeros behind it.
pub(crate) fn fill(frame: &mut [u8], content: &[u8]) {
    let (front, padding) = frame.split_at_mut(content.len());
    front.copy_from_slice(content);
    padding.fill(0);
}

#[cfg(test)]
mod space_test {
    use super::*;

    #[test]
    fn frames_lie_behind_each_other_and_never_cross_the_end() {
        let space = Space::default();
        assert_eq!(space.take(BLOCK_BYTES), 0);
        assert_eq!(space.take(ZEROS_BYTES), BLOCK_BYTES as u64);
        space.next.set(JOURNAL_BYTES - BLOCK_BYTES as u64);
        assert_eq!(space.take(2 * BLOCK_BYTES), 0);
        assert_eq!(space.take(BLOCK_BYTES), 2 * BLOCK_BYTES as u64);
    }

    #[test]
    fn a_frame_holds_the_content_and_zeros() {
        let mut frame = [7; 4];
        fill(&mut frame, &[1, 2]);
        assert_eq!(frame, [1, 2, 0, 0]);
    }
}
