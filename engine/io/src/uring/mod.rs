//! The production back end: one io_uring per shard.

mod address;
mod capabilities;
mod clock;
mod entry;
mod features;
mod flight;
mod flights;
mod immediate;
mod locked;
mod probe;
mod provided;
mod receive;
mod ring;
mod socket;
mod subject;
mod zero_copy;

pub use capabilities::{Capabilities, HugePages};
pub use features::{RingFeatures, TaskRun, ZeroCopySend};

use crate::activity::Activity;
use crate::buffer::Slice;
use crate::error::Result;
use crate::op::{Completion, Durability, Handle, Op, OpKey};
use crate::poke::Poke;
use clock::Clock;
use flight::Step;
use flights::Flights;
use io_uring::{opcode, squeue, types};
use locked::Locked;
use millstream_base::{Instant, Timestamp};
use receive::Receiving;
use ring::{Event, Ring};
use slab::Slab;
use std::collections::VecDeque;
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;
use subject::Subject;
use zero_copy::ZeroCopy;

/// How long a driver that ends waits for the network to let go of memory that was sent without a
/// copy. A peer that has vanished holds it until TCP gives up, which is a quarter of an hour; such
/// memory is given up instead.
const ZERO_COPY_WAIT: Duration = Duration::from_secs(1);

/// How a driver is set up; the fields are those of [`crate::ShardOptions`].
pub(crate) struct DriverOptions {
    pub(crate) ring_entries: u32,
    pub(crate) features: RingFeatures,
    pub(crate) receive_buffer_count: u16,
}

/// The driver of one shard; made and used on the shard's thread only.
pub(crate) struct Driver {
    ring: Ring,
    capabilities: Capabilities,
    features: RingFeatures,
    in_flight: Flights,
    /// Answers that needed no kernel queue, or are the rest of an event.
    answered: VecDeque<Completion>,
    receiving: Receiving,
    zero_copy: ZeroCopy,
    locked: Locked,
    /// On their way to other rings.
    pokes: Slab<Poke>,
    poke_count: u64,
    bell: Option<(RawFd, Box<u64>)>,
    bell_armed: bool,
    durable_in_flight_count: usize,
    is_ending: bool,
    clock: Clock,
}

impl Driver {
    pub(crate) fn new(options: &DriverOptions, bell: Option<RawFd>) -> Result<Self> {
        let (ring, capabilities) = probe::open(options.ring_entries, options.features)?;
        let features = capabilities.features.expect("a ring has features");
        Ok(Self {
            ring: Ring::new(ring),
            capabilities,
            features,
            in_flight: Flights::default(),
            answered: VecDeque::new(),
            receiving: Receiving::new(
                features.multishot_receive,
                features.provided_buffers,
                options.receive_buffer_count,
            ),
            zero_copy: ZeroCopy::new(features.zero_copy_send),
            locked: Locked::default(),
            pokes: Slab::new(),
            poke_count: 0,
            bell: bell.map(|descriptor| (descriptor, Box::new(0))),
            bell_armed: false,
            durable_in_flight_count: 0,
            is_ending: false,
            clock: Clock::new(),
        })
    }

    /// The ring, where other rings may send to it.
    pub(crate) fn ring_descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.features.ring_messages.then(|| self.ring.descriptor())
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Adds what is known here.
    pub(crate) fn report(&self, activity: &mut Activity) {
        activity.enter_count = self.ring.enter_count();
        activity.in_flight_count = self.in_flight.count() as u64;
        activity.ring_message_count = self.poke_count;
        self.zero_copy.report(activity);
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn wall_time(&self) -> Timestamp {
        self.clock.wall_time()
    }

    pub(crate) fn submit(&mut self, key: OpKey, mut op: Op) {
        if let Some(result) = immediate::perform(&mut op) {
            if let (Op::Lock { handle }, Ok(_)) = (&op, result) {
                self.locked.hold(&self.ring, *handle);
            }
            self.answered.push_back(Completion { key, result, op: Some(op), chunk: None });
            return;
        }
        match op {
            Op::Write { durability: Durability::Stable, .. } => self.durable_in_flight_count += 1,
            Op::Close { handle } => {
                self.zero_copy.close(handle);
                self.locked.release(&self.ring, handle);
            }
            _ => {}
        }
        let flight = self.in_flight.begin(key, op);
        match flight.prepare() {
            Ok(()) => self.launch(key),
            Err(errno) => self.land(key, Err(errno), None),
        }
    }

    pub(crate) fn cancel(&mut self, key: OpKey) {
        let Some(flight) = self.in_flight.get(key) else { return };
        if flight.waits_for_others() {
            flight.cancel();
            let entry = opcode::AsyncCancel::new(flight.subject.to_bits()).build();
            self.push(entry, Subject::Cancel);
        }
    }

    pub(crate) fn next_completion(&mut self) -> Option<Completion> {
        loop {
            if let Some(completion) = self.answered.pop_front() {
                return Some(completion);
            }
            let event = self.ring.next_event()?;
            match event.subject {
                Subject::Operation(key) => self.advance(key, event, !event.has_more()),
                Subject::ZeroCopy(index) => self.advance_zero_copy(index, event),
                Subject::Poke(index) => self.end_poke(index, event.result),
                Subject::Bell => self.bell_armed = false,
                Subject::Cancel | Subject::Poked => {}
            }
        }
    }

    /// Wakes a shard that sleeps: with the next submission, or at once where rings cannot.
    pub(crate) fn poke(&mut self, poke: Poke) {
        let Some(ring) = poke.ring_descriptor().filter(|_| self.features.ring_messages) else {
            return drop(poke);
        };
        self.poke_count += 1;
        let poked = Subject::Poked.to_bits();
        let entry = opcode::MsgRingData::new(types::Fd(ring), 0, poked, None).build();
        let index = self.pokes.insert(poke);
        self.push(entry, Subject::Poke(index));
    }

    /// The message has arrived, or could not: then the poke rings the bell by being dropped.
    fn end_poke(&mut self, index: usize, result: i32) {
        let poke = self.pokes.remove(index);
        if result >= 0 {
            poke.fulfil();
        }
    }

    /// Submits what is queued and collects what is complete, without waiting.
    pub(crate) fn poll(&mut self) {
        self.ring.poll();
    }

    /// As [`Driver::poll`], between two ticks of a shard that does not sleep; lets other threads of
    /// this core run first if the shard `waits` for what they do.
    pub(crate) fn look(&mut self, waits: bool) {
        if waits || self.durable_in_flight_count > 0 {
            // A durable write completes in a kernel worker that may need this very core: a shard
            // that never sleeps would keep it waiting for milliseconds (DESIGN §7).
            std::thread::yield_now();
        }
        self.ring.poll();
    }

    /// Submits what is queued and waits for an answer, the bell, or the end of `timeout`; `None`
    /// waits for ever.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) {
        if !self.answered.is_empty() {
            self.look(false);
            return;
        }
        self.arm_bell();
        self.ring.wait(timeout);
    }

    /// Whether an answer is there already.
    pub(crate) fn has_answers(&mut self) -> bool {
        !self.answered.is_empty() || self.ring.has_events()
    }

    /// Submits an operation that is in flight, for the first time or for the rest of it.
    fn launch(&mut self, key: OpKey) {
        let flight = self.in_flight.of(key);
        flight.subject = Subject::Operation(key);
        let entry = match flight.op() {
            Op::ReceiveMany { handle } => {
                let handle = *handle;
                self.receiving.entry(&self.ring, flight, handle)
            }
            Op::Send { handle, slices } => {
                let held = self.zero_copy.hold(key, *handle, slices, flight.left_bytes());
                flight.subject = held.map_or(flight.subject, Subject::ZeroCopy);
                Ok(flight.send_entry(held.is_some()))
            }
            _ => Ok(flight.entry(self.features.multishot_accept)),
        };
        let subject = flight.subject;
        match entry {
            Ok(entry) => self.push(entry, subject),
            Err(errno) => self.land(key, Err(errno), None),
        }
    }

    fn push(&mut self, entry: squeue::Entry, subject: Subject) {
        let entry = entry.user_data(subject.to_bits());
        // SAFETY: every address in an entry belongs to a boxed `Flight` that stays in `in_flight`,
        // or to slices in `zero_copy`, until its last completion; or to the bell's boxed counter.
        // All of them live until the ring is gone or has completed everything, see `Drop`.
        unsafe { self.ring.push(&entry) };
    }

    /// Takes a completion of an operation in.
    fn advance(&mut self, key: OpKey, event: Event, is_last: bool) {
        let flight = self.in_flight.of(key);
        let (step, chunk) = match flight.op() {
            Op::ReceiveMany { .. } => self.receiving.take(flight, event),
            _ => (flight.step(event.result), None),
        };
        match step {
            Step::Done(result) if !is_last => {
                self.answered.push_back(Completion { key, result, op: None, chunk });
            }
            Step::Done(result) => self.land(key, result, chunk),
            Step::Again if self.is_ending => self.land(key, Err(libc::ECANCELED), chunk),
            Step::Again => {
                assert!(is_last, "what completes again is still submitted");
                self.launch(key);
            }
        }
    }

    /// Takes a completion of a zero-copy send in: its result, or the kernel's word that the memory
    /// is free.
    fn advance_zero_copy(&mut self, index: usize, event: Event) {
        if event.is_notification() {
            self.zero_copy.release(index, event.says_copied());
            return;
        }
        let key = self.zero_copy.key(index);
        let lacks = [libc::EOPNOTSUPP, libc::ENOBUFS, libc::ENOMEM];
        let refused = lacks.contains(&event.result.saturating_neg());
        if !event.has_more() {
            self.zero_copy.release(index, refused);
        }
        if refused && !event.has_more() && !self.is_ending {
            // The socket cannot, or too much memory is pinned already: the plain way can.
            self.launch(key);
            return;
        }
        self.advance(key, event, true);
    }

    /// Ends an operation: its owner gets it back.
    fn land(&mut self, key: OpKey, result: std::result::Result<u64, i32>, chunk: Option<Slice>) {
        let op = self.in_flight.end(key);
        if matches!(op, Op::Write { durability: Durability::Stable, .. }) {
            self.durable_in_flight_count -= 1;
        }
        self.answered.push_back(Completion { key, result, op: Some(op), chunk });
    }

    fn arm_bell(&mut self) {
        if self.bell_armed {
            return;
        }
        let Some((descriptor, buffer)) = &mut self.bell else { return };
        let address: *mut u64 = &raw mut **buffer;
        let entry = opcode::Read::new(types::Fd(*descriptor), address.cast(), 8).build();
        self.bell_armed = true;
        self.push(entry, Subject::Bell);
    }

    /// Cancels what could wait for ever. What is on its way to the disk ends by itself, and must.
    fn end(&mut self) {
        self.is_ending = true;
        for index in 0..self.in_flight.key_end() {
            self.cancel(OpKey(index));
        }
        if self.bell_armed {
            let entry = opcode::AsyncCancel::new(Subject::Bell.to_bits()).build();
            self.push(entry, Subject::Cancel);
        }
    }

    /// Closes what an operation opened that nobody waits for any more.
    fn discard(&mut self, completion: &Completion) {
        let in_flight = self.in_flight.get(completion.key);
        let op = completion.op.as_ref().or(in_flight.map(|flight| flight.op()));
        if let (Ok(handle), true) = (completion.result, op.is_some_and(Op::opens)) {
            immediate::close(Handle::from_result(handle));
        }
    }
}

impl Drop for Driver {
    /// Waits until the kernel has let go of every buffer, so that none is freed under its hands.
    fn drop(&mut self) {
        self.end();
        let zero_copy_end = self.now() + ZERO_COPY_WAIT;
        loop {
            while let Some(completion) = self.next_completion() {
                self.discard(&completion);
            }
            let is_idle = self.in_flight.count() == 0 && !self.bell_armed && self.pokes.is_empty();
            if is_idle && (self.zero_copy.is_idle() || self.now() >= zero_copy_end) {
                break;
            }
            self.ring.wait(Some(Duration::from_millis(100)));
        }
        self.zero_copy.leak();
        self.receiving.end(&self.ring);
    }
}
