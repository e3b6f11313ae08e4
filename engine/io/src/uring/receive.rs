//! Receiving into memory of the driver's, in the best way that the kernel has.

use super::flight::{Flight, Step};
use super::provided::{self, BUFFER_BYTES, Provided};
use super::ring::{Event, Ring};
use crate::buffer::{Pool, Slice};
use crate::op::Handle;
use io_uring::{opcode, squeue, types};

/// What io_uring_register_buf_ring(3) takes at most.
const BUFFER_COUNT_MAX: u16 = 1 << 15;

/// Memory to receive into, made when the first connection receives: a shard without connections
/// pays nothing.
pub(super) struct Receiving {
    multishot: bool,
    provided: bool,
    buffer_count: u16,
    way: Option<Way>,
}

enum Way {
    /// The kernel takes a buffer when bytes are there.
    Provided(Provided),
    /// Each receive in flight holds a buffer of its own.
    Own(Pool),
}

impl Receiving {
    /// Of `buffer_count` buffers, or a few more, which the kernel takes itself if `provided`, and
    /// then many times for one submission if `multishot`.
    pub(super) fn new(multishot: bool, provided: bool, buffer_count: u16) -> Self {
        // The ids of a ring of buffers wrap with it, so their number is a power of two.
        let buffer_count = buffer_count.clamp(1, BUFFER_COUNT_MAX).next_power_of_two();
        Self { multishot, provided, buffer_count, way: None }
    }

    /// The entry that receives for `flight`. `Err` is an error number: no memory.
    pub(super) fn entry(
        &mut self,
        ring: &Ring,
        flight: &mut Flight,
        handle: Handle,
    ) -> Result<squeue::Entry, i32> {
        let multishot = self.multishot;
        match self.way(ring) {
            Way::Provided(provided) => {
                provided.refill().then(|| Provided::entry(handle, multishot)).ok_or(libc::ENOBUFS)
            }
            Way::Own(pool) => {
                let buffer = pool.buffer(BUFFER_BYTES).map_err(|_| libc::ENOBUFS)?;
                let buffer = flight.lend(buffer);
                let length = u32::try_from(buffer.len()).expect("a small constant");
                let socket = types::Fd(handle.0);
                Ok(opcode::Recv::new(socket, buffer.as_mut_ptr(), length).build())
            }
        }
    }

    fn way(&mut self, ring: &Ring) -> &mut Way {
        let count = self.buffer_count;
        let provided = self.provided;
        self.way.get_or_insert_with(|| {
            let provided = provided.then(|| Provided::register(ring.inner(), count)).flatten();
            provided.map_or_else(|| Way::Own(provided::pool(count)), Way::Provided)
        })
    }

    /// Takes the bytes of a completion.
    pub(super) fn take(&mut self, flight: &mut Flight, event: Event) -> (Step, Option<Slice>) {
        let Ok(count) = u64::try_from(event.result) else {
            return (self.step_back(flight, event.result.saturating_neg()), None);
        };
        let length_bytes = usize::try_from(count).expect("fits its buffer");
        let chunk = match self.way.as_mut().expect("made before the first receive") {
            Way::Provided(provided) => event.buffer_id().map(|id| provided.take(id, length_bytes)),
            Way::Own(_) => flight.take_lent().map(|mut buffer| {
                buffer.truncate(length_bytes);
                buffer.freeze()
            }),
        };
        (Step::Done(Ok(count)), chunk.filter(|chunk| !chunk.is_empty()))
    }

    /// After an error: again, if nothing was received for a reason that passes.
    fn step_back(&mut self, flight: &Flight, errno: i32) -> Step {
        let is_dry = errno == libc::ENOBUFS;
        if !is_dry && errno != libc::EINTR && errno != libc::EAGAIN {
            return Step::Done(Err(errno));
        }
        if flight.is_cancelled() {
            return Step::Done(Err(libc::ECANCELED));
        }
        // The kernel may have emptied the ring faster than its completions were seen; only a pool
        // that is spent as well is news for the one who receives.
        let has_memory = match self.way.as_mut().expect("made before the first receive") {
            Way::Provided(provided) => provided.refill(),
            Way::Own(_) => true,
        };
        if is_dry && !has_memory { Step::Done(Err(errno)) } else { Step::Again }
    }

    /// Takes the buffers back from the kernel, which uses none of them any more.
    pub(super) fn end(&mut self, ring: &Ring) {
        if let Some(Way::Provided(provided)) = &self.way {
            provided.unregister(ring.inner());
        }
    }
}
