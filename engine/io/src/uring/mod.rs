//! The production back end: one io_uring per shard.

mod clock;
mod flight;
mod immediate;

use crate::error::{IoError, Result};
use crate::op::{Completion, Durability, Op, OpKey};
use clock::Clock;
use flight::Flight;
use io_uring::{IoUring, opcode, squeue, types};
use millstream_base::{Instant, Timestamp};
use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::time::Duration;

/// Marks completions that answer no operation of a shard.
const BELL_KEY: u64 = u64::MAX;
const CANCEL_KEY: u64 = u64::MAX - 1;

/// The driver of one shard; made and used on the shard's thread only.
pub(crate) struct Driver {
    ring: IoUring,
    /// By operation key. Boxed, since the kernel holds addresses of what is inside.
    in_flight: Vec<Option<Box<Flight>>>,
    /// Answers that needed no kernel queue.
    answered: VecDeque<Completion>,
    bell: Option<(RawFd, Box<u64>)>,
    bell_armed: bool,
    durable_in_flight_count: usize,
    clock: Clock,
}

impl Driver {
    pub(crate) fn new(entries: u32, bell: Option<RawFd>) -> Result<Self> {
        let ring = Self::ring(entries)?;
        Ok(Self {
            ring,
            in_flight: Vec::new(),
            answered: VecDeque::new(),
            bell: bell.map(|descriptor| (descriptor, Box::new(0))),
            bell_armed: false,
            durable_in_flight_count: 0,
            clock: Clock::new(),
        })
    }

    /// The best ring that this kernel grants, see the decision page 0001.
    fn ring(entries: u32) -> Result<IoUring> {
        let completions = entries.saturating_mul(4);
        let best = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_cqsize(completions)
            .build(entries);
        let ring = best
            .or_else(|_| {
                let mut builder = IoUring::builder();
                builder.setup_coop_taskrun().setup_cqsize(completions).build(entries)
            })
            .or_else(|_| IoUring::new(entries));
        ring.map_err(|error| IoError::RingRefused { errno: error.raw_os_error().unwrap_or(0) })
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn wall_time(&self) -> Timestamp {
        self.clock.wall_time()
    }

    pub(crate) fn submit(&mut self, key: OpKey, op: Op) {
        let mut op = op;
        if let Some(result) = immediate::perform(&mut op) {
            self.answered.push_back(Completion { key, result, op: Some(op), chunk: None });
            return;
        }
        if matches!(op, Op::Write { durability: Durability::Stable, .. }) {
            self.durable_in_flight_count += 1;
        }
        if self.in_flight.len() <= key.0 {
            self.in_flight.resize_with(key.0 + 1, || None);
        }
        let flight = self.in_flight[key.0].insert(Box::new(Flight::new(op)));
        let entry = flight.entry().user_data(key.0 as u64);
        self.push(&entry);
    }

    pub(crate) fn cancel(&mut self, key: OpKey) {
        let waits_for_others = self.in_flight[key.0].as_ref().is_some_and(|f| f.waits_for_others());
        // What only waits for the disk ends by itself soon, and a close or a write that was
        // submitted must happen.
        if waits_for_others {
            let entry = opcode::AsyncCancel::new(key.0 as u64).build().user_data(CANCEL_KEY);
            self.push(&entry);
        }
    }

    pub(crate) fn next_completion(&mut self) -> Option<Completion> {
        if let Some(completion) = self.answered.pop_front() {
            return Some(completion);
        }
        loop {
            let entry = self.ring.completion().next()?;
            match entry.user_data() {
                BELL_KEY => self.bell_armed = false,
                CANCEL_KEY => {}
                key => {
                    let key = usize::try_from(key).expect("keys are small");
                    return Some(self.answer(OpKey(key), entry.result()));
                }
            }
        }
    }

    fn answer(&mut self, key: OpKey, result: i32) -> Completion {
        let flight = self.in_flight[key.0].take().expect("the kernel answers what is in flight");
        let op = flight.into_op();
        if matches!(op, Op::Write { durability: Durability::Stable, .. }) {
            self.durable_in_flight_count -= 1;
        }
        let result = u64::try_from(result).map_err(|_| result.saturating_neg());
        Completion { key, result, op: Some(op), chunk: None }
    }

    /// Submits what is queued and waits for an answer, the bell, or the end of `timeout`.
    /// A timeout of zero only submits and collects; `None` waits for ever.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) {
        self.arm_bell();
        let timeout = if self.answered.is_empty() { timeout } else { Some(Duration::ZERO) };
        let outcome = if timeout == Some(Duration::ZERO) {
            if self.durable_in_flight_count > 0 {
                // A durable write completes in a kernel worker that may need this very core: a
                // shard that never sleeps would keep it waiting for milliseconds (DESIGN §7).
                std::thread::yield_now();
            }
            let arguments = types::SubmitArgs::new();
            self.ring.submitter().submit_with_args(0, &arguments)
        } else if let Some(timeout) = timeout {
            let timespec = types::Timespec::from(timeout);
            let arguments = types::SubmitArgs::new().timespec(&timespec);
            self.ring.submitter().submit_with_args(1, &arguments)
        } else {
            self.ring.submitter().submit_and_wait(1)
        };
        match outcome.as_ref().map_err(std::io::Error::raw_os_error) {
            // EBUSY: the completion queue overflowed, and what is collected next relieves it.
            Ok(_) | Err(Some(libc::ETIME | libc::EINTR | libc::EBUSY | libc::EAGAIN)) => {}
            Err(_) => panic!("io_uring_enter failed in a way that no caller can mend: {outcome:?}"),
        }
    }

    /// Whether an answer is there already.
    pub(crate) fn has_answers(&mut self) -> bool {
        !self.answered.is_empty() || !self.ring.completion().is_empty()
    }

    fn arm_bell(&mut self) {
        if self.bell_armed {
            return;
        }
        let Some((descriptor, buffer)) = &mut self.bell else { return };
        let address: *mut u64 = &raw mut **buffer;
        let entry = opcode::Read::new(types::Fd(*descriptor), address.cast(), 8).build();
        self.bell_armed = true;
        self.push(&entry.user_data(BELL_KEY));
    }

    fn push(&mut self, entry: &squeue::Entry) {
        loop {
            // SAFETY: every address in the entry belongs to a boxed `Flight` that stays in
            // `in_flight` until its completion, or to the bell's boxed counter, both of which live
            // until the ring is gone (see `Drop`).
            let pushed = unsafe { self.ring.submission().push(entry) };
            if pushed.is_ok() {
                return;
            }
            match self.ring.submit() {
                Ok(_) => {}
                Err(error) if matches!(error.raw_os_error(), Some(libc::EINTR | libc::EBUSY)) => {}
                Err(error) => panic!("io_uring_enter refuses submissions: {error}"),
            }
        }
    }
}

impl Drop for Driver {
    /// Waits until the kernel has let go of every buffer, so that none is freed under its hands.
    fn drop(&mut self) {
        let cancel = opcode::AsyncCancel2::new(types::CancelBuilder::any()).build();
        self.push(&cancel.user_data(CANCEL_KEY));
        while self.in_flight.iter().any(Option::is_some) || self.bell_armed {
            self.wait(Some(Duration::from_millis(100)));
            while let Some(completion) = self.next_completion() {
                drop(completion);
            }
            if self.bell_armed {
                self.push(&opcode::AsyncCancel::new(BELL_KEY).build().user_data(CANCEL_KEY));
            }
        }
    }
}
