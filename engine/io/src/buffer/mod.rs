//! Aligned memory that is filled once, then shared by reference.
//!
//! A [`Pool`] lends 2 MiB regions. A [`Buffer`] owns a range of a region alone and may write it;
//! [`Buffer::freeze`] turns it into a [`Slice`], which anybody may clone, cut and send to other
//! threads, but nobody can write. The last owner of a region sends it home to its pool.

mod nontemporal;
mod pool;
mod region;
mod stock;

pub use nontemporal::copy_nontemporal;
pub use pool::{Pool, PoolUsage};

use region::Region;
use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

/// Memory owned by one holder alone: it may be written, split, and frozen into a [`Slice`].
///
/// From a [`Pool`] it starts at a multiple of 4 KiB, so that direct I/O takes it as it is. All
/// bytes are initialised (zeros, or what an earlier owner of the region left).
pub struct Buffer {
    region: Arc<Region>,
    range: Range<usize>,
}

impl Buffer {
    /// Memory from the global allocator, outside any pool and its limit, zeroed, aligned to 4 KiB.
    #[must_use]
    pub fn unpooled(length_bytes: usize) -> Self {
        Self { region: Arc::new(Region::unpooled(length_bytes)), range: 0..length_bytes }
    }

    /// Cuts the first `length_bytes` off into a buffer of their own; `self` keeps the rest.
    ///
    /// # Panics
    /// If the buffer is shorter.
    #[must_use]
    pub fn split_to(&mut self, length_bytes: usize) -> Self {
        assert!(length_bytes <= self.range.len(), "the cut lies inside the buffer");
        let middle = self.range.start + length_bytes;
        let front = Self { region: Arc::clone(&self.region), range: self.range.start..middle };
        self.range.start = middle;
        front
    }

    /// Takes a buffer back that was cut off: `next` begins where this one ends.
    ///
    /// # Panics
    /// If it begins elsewhere.
    pub fn rejoin(&mut self, next: Self) {
        let is_next = Arc::ptr_eq(&self.region, &next.region) && self.range.end == next.range.start;
        assert!(is_next, "only neighbours are joined");
        self.range.end = next.range.end;
    }

    /// Drops all but the first `length_bytes`.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn truncate(&mut self, length_bytes: usize) {
        assert!(length_bytes <= self.range.len(), "a buffer is only cut shorter");
        self.range.end = self.range.start + length_bytes;
    }

    /// Gives up writing for sharing. No byte is copied.
    #[must_use]
    pub fn freeze(self) -> Slice {
        Slice { region: self.region, range: self.range }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the range lies inside the region (kept by every constructor and cut), all its
        // bytes are initialised, and this buffer alone may write them: no `&mut` exists while
        // `self` is borrowed.
        unsafe { self.region.bytes(self.range.clone()) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`; ranges of one region handed to different buffers and slices are
        // disjoint (`split_to` cuts, `freeze` consumes), so this `&mut` is the only access.
        unsafe { self.region.bytes_mut(self.range.clone()) }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.range.len())
    }
}

/// Shared, immutable bytes of a region. Cloning and cutting copy nothing and allocate nothing; a
/// slice pins its whole region until it is dropped.
#[derive(Clone)]
pub struct Slice {
    region: Arc<Region>,
    range: Range<usize>,
}

impl Slice {
    /// The bytes of a range of this slice, shared.
    ///
    /// # Panics
    /// If the range reaches beyond the slice.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.range.len(), "a cut lies inside");
        let start = self.range.start + range.start;
        Self { region: Arc::clone(&self.region), range: start..start + range.len() }
    }

    /// The bytes that this slice keeps from being reused, which are those of its whole region.
    #[must_use]
    pub fn pinned_bytes(&self) -> usize {
        self.region.length_bytes()
    }

    /// Whether both slices lie in the same region.
    #[must_use]
    pub fn same_region(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.region, &other.region)
    }
}

impl Deref for Slice {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the range lies inside the region, all its bytes are initialised, and a frozen
        // range has no writer any more.
        unsafe { self.region.bytes(self.range.clone()) }
    }
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Slice {
    /// A copy, for the network: unlike a [`Buffer`] it is not aligned for direct I/O.
    fn from(bytes: &[u8]) -> Self {
        let range = 0..bytes.len();
        let mut buffer = Buffer { region: Arc::new(Region::unaligned(bytes.len())), range };
        buffer.copy_from_slice(bytes);
        buffer.freeze()
    }
}

impl From<Vec<u8>> for Slice {
    /// Without a copy, for the network.
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Buffer { region: Arc::new(Region::owning(bytes)), range }.freeze()
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slice({} bytes)", self.range.len())
    }
}

#[cfg(test)]
#[path = "buffer_test.rs"]
mod buffer_test;
