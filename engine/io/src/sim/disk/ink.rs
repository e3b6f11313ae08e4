//! The bytes of a gathered write, taken from its slices one after the other.

use crate::buffer::Slice;

/// Reads slices as one run of bytes.
pub(super) struct Ink<'a> {
    current: &'a [u8],
    rest: std::slice::Iter<'a, Slice>,
}

impl<'a> Ink<'a> {
    pub(super) fn new(slices: &'a [Slice]) -> Self {
        Self { current: &[], rest: slices.iter() }
    }

    /// Bytes that are in one piece.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { current: bytes, rest: [].iter() }
    }

    /// Fills `into` with the next bytes. There must be so many.
    pub(super) fn fill(&mut self, into: &mut [u8]) {
        let mut rest = into;
        while !rest.is_empty() {
            self.refill();
            let count = rest.len().min(self.current.len());
            let (front, back) = rest.split_at_mut(count);
            let (taken, left) = self.current.split_at(count);
            front.copy_from_slice(taken);
            (rest, self.current) = (back, left);
        }
    }

    fn refill(&mut self) {
        if self.current.is_empty() {
            self.current = self.rest.next().expect("a write's range is no longer than its bytes");
        }
    }
}
