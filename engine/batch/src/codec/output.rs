//! Where a codec unpacks to: a buffer that grows to a cap and no further.

use crate::error::CodecFault;

/// A growing buffer with a cap. While it moves to a larger place, old and new together are at most
/// twice the cap.
pub(super) struct Output<'v> {
    bytes: &'v mut Vec<u8>,
    bytes_max: usize,
}

impl<'v> Output<'v> {
    /// Forgets what `bytes` holds, keeps its memory.
    pub(super) fn new(bytes: &'v mut Vec<u8>, bytes_max: usize) -> Self {
        bytes.clear();
        Self { bytes, bytes_max }
    }

    /// What has been unpacked.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    pub(super) const fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// How much may still come.
    pub(super) const fn left_bytes(&self) -> usize {
        self.bytes_max - self.bytes.len()
    }

    pub(super) const fn over_limit(&self) -> CodecFault {
        CodecFault::OverLimit { bytes_max: self.bytes_max }
    }

    pub(super) fn extend_from_slice(&mut self, more: &[u8]) -> Result<(), CodecFault> {
        if more.len() > self.left_bytes() {
            return Err(self.over_limit());
        }
        self.reserve(more.len());
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Lets `fill` write to a zeroed tail of `size_bytes`, which the cap must allow, and keeps as
    /// much of it as `fill` says.
    pub(super) fn extend_with<E>(
        &mut self,
        size_bytes: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        assert!(size_bytes <= self.left_bytes(), "the caller clamps to the cap");
        self.reserve(size_bytes);
        let start = self.bytes.len();
        self.bytes.resize(start + size_bytes, 0);
        let filled = fill(&mut self.bytes[start..]);
        let filled_bytes = filled.as_ref().map_or(0, |filled_bytes| *filled_bytes);
        assert!(filled_bytes <= size_bytes, "no codec fills more than there is");
        self.bytes.truncate(start + filled_bytes);
        filled
    }

    /// The bare buffer, empty, with room for exactly `size_bytes`, for a codec that writes whole
    /// payloads at once. What was in it is freed first, so that both never exist together.
    pub(super) fn restart(&mut self, size_bytes: usize) -> &mut Vec<u8> {
        assert!(size_bytes <= self.bytes_max, "the caller clamps to the cap");
        if self.bytes.capacity() < size_bytes || self.bytes.capacity() > self.bytes_max {
            *self.bytes = Vec::new();
            self.bytes.reserve_exact(size_bytes);
        }
        self.bytes.clear();
        self.bytes
    }

    /// Doubles, as `Vec` does, but never beyond the cap.
    fn reserve(&mut self, more_bytes: usize) {
        let needed_bytes = self.bytes.len() + more_bytes;
        if needed_bytes > self.bytes.capacity() {
            let doubled_bytes = self.bytes.capacity().saturating_mul(2).min(self.bytes_max);
            let target_bytes = doubled_bytes.max(needed_bytes);
            self.bytes.reserve_exact(target_bytes - self.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_never_passes_the_cap() {
        let mut bytes = Vec::new();
        let mut output = Output::new(&mut bytes, 1000);
        while output.left_bytes() >= 30 {
            output.extend_from_slice(&[1; 30]).expect("below the cap");
        }
        assert_eq!(output.bytes().len(), 990);
        assert_eq!(output.extend_from_slice(&[1; 30]), Err(output.over_limit()));
        assert_eq!(output.extend_from_slice(&[1; 10]), Ok(()));
        assert_eq!(bytes.capacity(), 1000);
    }

    #[test]
    fn what_is_not_filled_is_not_kept() {
        let mut bytes = vec![9; 4];
        let mut output = Output::new(&mut bytes, 100);
        let fill = |tail: &mut [u8]| {
            tail[..3].copy_from_slice(b"abc");
            Ok::<_, CodecFault>(3)
        };
        assert_eq!(output.extend_with(50, fill), Ok(3));
        assert_eq!(
            output.extend_with(50, |_| Err(CodecFault::Malformed)),
            Err(CodecFault::Malformed)
        );
        assert_eq!(output.bytes(), b"abc");
    }
}
