//! The ring of buffers that the kernel receives into: a silent connection pins no memory.

use crate::buffer::{Buffer, Pool, Slice};
use crate::op::Handle;
use io_uring::types::{BufRingEntry, Fd};
use io_uring::{IoUring, opcode, squeue};
use millstream_base::limits::REGION_BYTES;
use std::mem;
use std::sync::atomic::{AtomicU16, Ordering};

/// The size of one receive buffer: a request of usual size arrives in one piece.
pub(super) const BUFFER_BYTES: usize = 16 << 10;
/// The one group of buffers of a ring.
const GROUP: u16 = 0;
/// How many times the ring's own buffers may be held by those who received into them.
const HELD_FACTOR_MAX: usize = 3;

/// Buffers that were given to the kernel, by their id, in the order of io_uring_buf_ring.
pub(super) struct Provided {
    /// The entries that the kernel reads, in memory that outlives their registration.
    entries: Buffer,
    /// By buffer id; `None` where the pool had none to give.
    buffers: Vec<Option<Buffer>>,
    /// The ids of those.
    missing: Vec<u16>,
    tail: u16,
    pool: Pool,
}

impl Provided {
    /// Fills a ring of `count` buffers, a power of two, and registers it. `None` if the kernel or
    /// the pool refuses.
    pub(super) fn register(ring: &IoUring, count: u16) -> Option<Self> {
        assert!(count.is_power_of_two(), "the ids of buffers wrap with the ring");
        let entry_count = usize::from(count);
        let mut entries = Buffer::unpooled(entry_count * mem::size_of::<BufRingEntry>());
        let address = entries.as_mut_ptr() as u64;
        // SAFETY: the entries are aligned to a page, zeroed, as many as said, and stay where they
        // are until `unregister`, which the driver calls before it drops them.
        let registered =
            unsafe { ring.submitter().register_buf_ring_with_flags(address, count, GROUP, 0) };
        registered.ok()?;
        let buffers = (0..count).map(|_| None).collect();
        let missing = (0..count).rev().collect();
        let pool = pool(count);
        let mut provided = Self { entries, buffers, missing, tail: 0, pool };
        provided.refill();
        Some(provided)
    }

    /// Takes the ring back from the kernel.
    pub(super) fn unregister(&self, ring: &IoUring) {
        // A refusal means that it is not registered, which is what is wanted.
        drop(ring.submitter().unregister_buf_ring(GROUP));
    }

    /// An entry that receives into the next buffer, or again and again.
    pub(super) fn entry(handle: Handle, multishot: bool) -> squeue::Entry {
        let socket = Fd(handle.0);
        if multishot {
            return opcode::RecvMulti::new(socket, GROUP).build();
        }
        let length = u32::try_from(BUFFER_BYTES).expect("a small constant");
        opcode::Recv::new(socket, std::ptr::null_mut(), length)
            .buf_group(GROUP)
            .build()
            .flags(squeue::Flags::BUFFER_SELECT)
    }

    /// The bytes that the kernel received into a buffer, which leaves the ring; another takes its
    /// place, if there is one.
    pub(super) fn take(&mut self, id: u16, length_bytes: usize) -> Slice {
        let mut buffer =
            self.buffers[usize::from(id)].take().expect("the kernel fills what is in the ring");
        self.missing.push(id);
        self.refill();
        buffer.truncate(length_bytes);
        buffer.freeze()
    }

    /// Puts buffers where the pool had none before. `false` if the ring is empty all the same.
    pub(super) fn refill(&mut self) -> bool {
        while let Some(id) = self.missing.pop() {
            let Ok(buffer) = self.pool.buffer(BUFFER_BYTES) else {
                self.missing.push(id);
                break;
            };
            self.provide(id, buffer);
        }
        self.missing.len() < self.buffers.len()
    }

    fn provide(&mut self, id: u16, mut buffer: Buffer) {
        let entry_count = self.buffers.len();
        let index = usize::from(self.tail) % entry_count;
        let address = buffer.as_mut_ptr() as u64;
        let entries = self.entries.as_mut_ptr().cast::<BufRingEntry>();
        // SAFETY: `index` is below the number of entries that were allocated and zeroed, which is
        // a value of the type.
        let entry = unsafe { entries.add(index) };
        // SAFETY: as above; the kernel does not read this entry until the tail has passed it.
        let entry = unsafe { &mut *entry };
        entry.set_addr(address);
        entry.set_len(u32::try_from(BUFFER_BYTES).expect("a small constant"));
        entry.set_bid(id);
        self.buffers[usize::from(id)] = Some(buffer);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: `entries` is the first entry of the ring, which is initialised.
        let tail = unsafe { BufRingEntry::tail(entries) };
        // SAFETY: aligned and alive with `entries`; the kernel only reads it, atomically.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        tail.store(self.tail, Ordering::Release);
    }
}

/// The memory for `count` receive buffers and for those that are held meanwhile.
pub(super) fn pool(count: u16) -> Pool {
    let bytes = (usize::from(count) * BUFFER_BYTES).next_multiple_of(REGION_BYTES);
    Pool::new(bytes * (1 + HELD_FACTOR_MAX), bytes)
}
