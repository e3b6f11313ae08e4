//! A ring of slots between one writer and one reader.
//!
//! `tail` counts what was ever written and `head` what was ever read, both wrapping; the slots
//! from `head` to `tail` hold messages, all others are free. Only the writer moves `tail` and only
//! the reader moves `head`, each with Release after it is done with the slot, so that the other,
//! which reads it with Acquire, finds the slot as it was left.

use crate::sync::{AtomicUsize, Ordering, UnsafeCell};
use std::mem::MaybeUninit;

/// A value with cache lines of its own, two of them since processors fetch them in pairs: what one
/// core writes all the time must not lie beside what the other one reads.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);

/// The memory that both ends share.
pub(super) struct Queue<T> {
    slots: Box<[UnsafeCell<MaybeUninit<T>>]>,
    capacity_max: usize,
    head: Padded<AtomicUsize>,
    tail: Padded<AtomicUsize>,
}

// SAFETY: messages cross threads whole, from the writer to the reader, and never both at once
// reach one: see `write` and `read`.
unsafe impl<T: Send> Sync for Queue<T> {}

/// The writer's view: its own position, and the last it saw of the reader's.
pub(super) struct Writer {
    tail: usize,
    head_seen: usize,
}

/// The reader's view: its own position.
pub(super) struct Reader {
    head: usize,
}

impl<T> Queue<T> {
    /// An empty queue of at most `capacity_max` messages, with its only writer and reader.
    pub(super) fn new(capacity_max: usize) -> (Self, Writer, Reader) {
        assert!(capacity_max > 0, "a queue holds something");
        let slot = |_| UnsafeCell::new(MaybeUninit::uninit());
        let queue = Self {
            // A power of two, so that positions may wrap around the whole of `usize`.
            slots: (0..capacity_max.next_power_of_two()).map(slot).collect(),
            capacity_max,
            head: Padded(AtomicUsize::new(0)),
            tail: Padded(AtomicUsize::new(0)),
        };
        (queue, Writer { tail: 0, head_seen: 0 }, Reader { head: 0 })
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self, writer: &mut Writer) -> bool {
        if writer.tail.wrapping_sub(writer.head_seen) < self.capacity_max {
            return true;
        }
        writer.head_seen = self.head.0.load(Ordering::Acquire);
        writer.tail.wrapping_sub(writer.head_seen) < self.capacity_max
    }

    /// Writes a message; there is room for it.
    ///
    /// # Safety
    /// `writer` is the one that came with this queue.
    pub(super) unsafe fn write(&self, writer: &mut Writer, message: T) {
        assert!(self.has_room(writer), "the caller has asked");
        self.slot(writer.tail).with_mut(|slot| {
            // SAFETY: beyond `tail` and not yet around to `head`, so the reader, whose last move
            // was seen with Acquire, is done with the slot and finds it next only after the store
            // below. There is no other writer.
            let slot = unsafe { &mut *slot };
            slot.write(message);
        });
        writer.tail = writer.tail.wrapping_add(1);
        self.tail.0.store(writer.tail, Ordering::Release);
    }

    /// How many messages are there to be read.
    pub(super) fn readable_count(&self, reader: &Reader) -> usize {
        self.tail.0.load(Ordering::Acquire).wrapping_sub(reader.head)
    }

    /// Reads `count` messages, which are there, and frees their slots together.
    ///
    /// # Safety
    /// `reader` is the one that came with this queue, and [`Queue::readable_count`] said that
    /// there are as many.
    pub(super) unsafe fn read(&self, reader: &mut Reader, count: usize, mut take: impl FnMut(T)) {
        for _ in 0..count {
            let message = self.slot(reader.head).with_mut(|slot| {
                // SAFETY: between `head` and `tail`, so the writer has written the slot, which was
                // seen with Acquire, and leaves it alone until `head` has passed it.
                let slot = unsafe { &*slot };
                // SAFETY: written, and read only once, since `head` passes it here.
                unsafe { slot.assume_init_read() }
            });
            reader.head = reader.head.wrapping_add(1);
            take(message);
        }
        self.head.0.store(reader.head, Ordering::Release);
    }

    fn slot(&self, position: usize) -> &UnsafeCell<MaybeUninit<T>> {
        &self.slots[position & (self.slots.len() - 1)]
    }
}
