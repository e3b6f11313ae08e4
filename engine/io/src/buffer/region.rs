//! One stretch of aligned memory and the way it goes back.

use super::pool::Home;
use millstream_base::limits::BLOCK_BYTES;
use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

/// Memory without an owner: what a pool keeps in its drawer.
pub(super) struct Memory {
    start: NonNull<u8>,
    length_bytes: usize,
    origin: Origin,
}

/// Where memory came from, which says how it is given back.
#[derive(Clone, Copy)]
enum Origin {
    /// mmap(2), so that it can be backed by huge pages and costs nothing until touched.
    #[cfg(not(miri))]
    Mapped,
    /// The global allocator.
    Allocated(Layout),
}

// SAFETY: `Memory` owns its bytes alone; nothing about them depends on the thread.
unsafe impl Send for Memory {}

impl Memory {
    /// Maps zeroed memory, aligned to its own length where that is a huge page, and asks for huge
    /// pages. `None` if the kernel has no memory for it.
    #[cfg(not(miri))]
    pub(super) fn map(length_bytes: usize) -> Option<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let mapped_bytes = length_bytes.checked_mul(2)?;
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory that
        // exists; the arguments are valid and failure is checked below.
        let base =
            unsafe { libc::mmap(std::ptr::null_mut(), mapped_bytes, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return None;
        }
        let lead_bytes = base.align_offset(length_bytes);
        let tail_bytes = mapped_bytes - lead_bytes - length_bytes;
        let start = base.wrapping_byte_add(lead_bytes);
        if lead_bytes > 0 {
            // SAFETY: the range is the unaligned front of the mapping made above and unused.
            unsafe { libc::munmap(base, lead_bytes) };
        }
        if tail_bytes > 0 {
            // SAFETY: the range is the tail of the mapping made above and unused.
            unsafe { libc::munmap(start.wrapping_byte_add(length_bytes), tail_bytes) };
        }
        // SAFETY: advice on a mapping that we own; refusal (no huge pages) changes nothing.
        unsafe { libc::madvise(start, length_bytes, libc::MADV_HUGEPAGE) };
        let start = NonNull::new(start.cast())?;
        Some(Self { start, length_bytes, origin: Origin::Mapped })
    }

    /// As the mapping, from the allocator: Miri knows no mmap with alignment tricks.
    #[cfg(miri)]
    pub(super) fn map(length_bytes: usize) -> Option<Self> {
        Some(Self::allocate(length_bytes, length_bytes))
    }

    /// Writes to each page, so that the kernel finds it now and not when it is needed.
    pub(super) fn touch(&mut self) {
        // SAFETY: the memory is this one's alone (`&mut`), as long as this, and initialised: the
        // kernel and the allocator gave it zeroed.
        let bytes =
            unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length_bytes) };
        for page in bytes.chunks_mut(BLOCK_BYTES) {
            page[0] = 0;
        }
    }

    /// The memory of a vector.
    fn of_vector(bytes: Vec<u8>) -> Self {
        let mut bytes = ManuallyDrop::new(bytes);
        let (length_bytes, capacity) = (bytes.len(), bytes.capacity());
        let layout = Layout::array::<u8>(capacity).expect("the layout of what is there");
        let start = NonNull::new(bytes.as_mut_ptr()).expect("a vector has an address");
        Self { start, length_bytes, origin: Origin::Allocated(layout) }
    }

    /// Zeroed memory from the global allocator.
    fn allocate(length_bytes: usize, alignment_bytes: usize) -> Self {
        let layout = Layout::from_size_align(length_bytes.max(1), alignment_bytes)
            .expect("a length that fits the address space, aligned to a power of two");
        // SAFETY: the layout has a size above 0.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        let start = NonNull::new(start).unwrap_or_else(|| std::alloc::handle_alloc_error(layout));
        Self { start, length_bytes, origin: Origin::Allocated(layout) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        match self.origin {
            #[cfg(not(miri))]
            Origin::Mapped => {
                // SAFETY: exactly the mapping that `map` kept, and nobody refers to it any more,
                // since `Memory` is its only owner.
                unsafe { libc::munmap(self.start.as_ptr().cast(), self.length_bytes) };
            }
            Origin::Allocated(layout) => {
                // SAFETY: allocated with this layout by the global allocator, here or by the vector
                // that gave it, which had a capacity; and freed once.
                unsafe { std::alloc::dealloc(self.start.as_ptr(), layout) };
            }
        }
    }
}

/// Memory that is lent: shared by buffers and slices, and sent home by the last of them.
pub(super) struct Region {
    memory: Option<Memory>,
    home: Option<Arc<Home>>,
}

// SAFETY: shared access through `&Region` is by `bytes` and `bytes_mut`, whose callers prove that
// written ranges are disjoint from all others; see `Buffer`.
unsafe impl Sync for Region {}

impl Region {
    pub(super) fn lent(memory: Memory, home: Arc<Home>) -> Self {
        Self { memory: Some(memory), home: Some(home) }
    }

    pub(super) fn unpooled(length_bytes: usize) -> Self {
        Self { memory: Some(Memory::allocate(length_bytes, BLOCK_BYTES)), home: None }
    }

    /// For what only ever goes to the network, which asks for no alignment: a block's worth of it
    /// costs the allocator many times what a few bytes do.
    pub(super) fn unaligned(length_bytes: usize) -> Self {
        Self { memory: Some(Memory::allocate(length_bytes, 1)), home: None }
    }

    /// What a vector holds, without a copy.
    pub(super) fn owning(bytes: Vec<u8>) -> Self {
        if bytes.capacity() == 0 {
            return Self::unaligned(0);
        }
        Self { memory: Some(Memory::of_vector(bytes)), home: None }
    }

    pub(super) fn length_bytes(&self) -> usize {
        self.memory().length_bytes
    }

    fn memory(&self) -> &Memory {
        self.memory.as_ref().expect("memory leaves a region only in its drop")
    }

    /// # Safety
    /// The range lies inside the region, and nobody writes it while the result lives.
    pub(super) unsafe fn bytes(&self, range: Range<usize>) -> &[u8] {
        debug_assert!(range.end <= self.length_bytes());
        // SAFETY: the caller keeps the range inside the allocation.
        let start = unsafe { self.memory().start.add(range.start) };
        // SAFETY: inside one allocation, initialised, and not written meanwhile (the caller).
        unsafe { std::slice::from_raw_parts(start.as_ptr(), range.len()) }
    }

    /// # Safety
    /// The range lies inside the region, and nobody else reads or writes it while the result lives.
    #[expect(clippy::mut_from_ref, reason = "exclusive by the caller's proof, see Buffer")]
    pub(super) unsafe fn bytes_mut(&self, range: Range<usize>) -> &mut [u8] {
        debug_assert!(range.end <= self.length_bytes());
        // SAFETY: the caller keeps the range inside the allocation.
        let start = unsafe { self.memory().start.add(range.start) };
        // SAFETY: inside one allocation, initialised, and exclusive (the caller).
        unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), range.len()) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if let (Some(memory), Some(home)) = (self.memory.take(), &self.home) {
            home.take_back(memory);
        }
    }
}
