//! Frames between the connections that fill them and the lanes that write them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::outgoing::Outgoing;
use crate::signal::{Signal, yield_now};

/// Alignment of direct I/O.
pub(crate) const BLOCK_BYTES: usize = 4096;
/// The memory of a frame.
pub(crate) const FRAME_BYTES: usize = 2 << 20;
/// The journal, as large as the engine's; whole frames.
pub(crate) const JOURNAL_BYTES: u64 = 512 << 20;
/// Lanes, each of which writes a frame at a time.
pub(crate) const LANE_COUNT: usize = 4;
/// The largest request that fits.
pub(crate) const REQUEST_BYTES_MAX: usize = FRAME_BYTES - HEADER_BYTES;

const HEADER_BYTES: usize = 64;
/// Writes in flight at once, unless frames are full.
const DEPTH_MAX: usize = 2;
/// A frame is written beside another one only if so much is waiting.
const OVERLAPPED_BYTES_MIN: usize = 64 << 10;
/// Frames that wait to be written before nothing more is taken in.
const FULL_COUNT_MAX: usize = 8;

/// Memory of [`FRAME_BYTES`] that direct I/O takes, zeroed or written before.
pub(crate) trait Memory {
    fn bytes(&mut self) -> &mut [u8];
}

/// What waits to be durable, of one thread.
pub(crate) struct Staging<M> {
    make: Box<dyn Fn() -> M>,
    state: RefCell<State<M>>,
    work: Signal,
    room: Signal,
}

struct State<M> {
    current: Option<Frame<M>>,
    full: VecDeque<Frame<M>>,
    spare: Vec<M>,
    next_sequence: u64,
    next_position: u64,
    durable: u64,
    /// In the order of their sequence: whether it is written, and who waits.
    flights: VecDeque<(bool, Vec<Rc<Outgoing>>)>,
}

/// Requests that become durable together.
pub(crate) struct Frame<M> {
    pub(crate) memory: M,
    sequence: u64,
    filled_bytes: usize,
    waiters: Vec<Rc<Outgoing>>,
}

/// A frame that is to be written, and where.
pub(crate) struct Write<M> {
    pub(crate) memory: M,
    pub(crate) length_bytes: usize,
    pub(crate) position: u64,
    pub(crate) sequence: u64,
}

impl<M: Memory> Staging<M> {
    pub(crate) fn new(make: impl Fn() -> M + 'static) -> Self {
        let state = State {
            current: None,
            full: VecDeque::new(),
            spare: Vec::new(),
            next_sequence: 1,
            next_position: 0,
            durable: 0,
            flights: VecDeque::new(),
        };
        Self {
            make: Box::new(make),
            state: RefCell::new(state),
            work: Signal::default(),
            room: Signal::default(),
        }
    }

    /// Waits until a request of this size fits.
    pub(crate) async fn room(&self, request_bytes: usize) {
        self.room.until(|| self.make_room(request_bytes)).await;
    }

    fn make_room(&self, request_bytes: usize) -> Option<()> {
        let mut state = self.state.borrow_mut();
        let is_full = |frame: &mut Frame<M>| FRAME_BYTES - frame.filled_bytes < request_bytes;
        if let Some(frame) = state.current.take_if(is_full) {
            state.full.push_back(frame);
            self.work.notify();
        }
        if state.current.is_none() {
            if state.full.len() >= FULL_COUNT_MAX {
                return None;
            }
            let memory = state.spare.pop().unwrap_or_else(&self.make);
            let sequence = state.next_sequence;
            state.next_sequence += 1;
            let (filled_bytes, waiters) = (HEADER_BYTES, Vec::new());
            state.current = Some(Frame { memory, sequence, filled_bytes, waiters });
        }
        Some(())
    }

    /// Copies a request that there is room for; `answer` is given the frame after which it may be
    /// answered.
    pub(crate) fn append<T>(
        &self,
        request: &[u8],
        outgoing: &Rc<Outgoing>,
        answer: impl FnOnce(u64) -> T,
    ) -> T {
        let mut state = self.state.borrow_mut();
        let frame = state.current.as_mut().expect("there is room");
        let end = frame.filled_bytes + request.len();
        frame.memory.bytes()[frame.filled_bytes..end].copy_from_slice(request);
        frame.filled_bytes = end;
        if !frame.waiters.last().is_some_and(|last| Rc::ptr_eq(last, outgoing)) {
            frame.waiters.push(Rc::clone(outgoing));
        }
        let result = answer(frame.sequence);
        self.work.notify();
        result
    }

    /// The next frame to be written, when it is worth it.
    pub(crate) async fn next(&self) -> Write<M> {
        loop {
            self.work.until(|| self.wants_write().then_some(())).await;
            // Whoever has something to append in this round goes first.
            yield_now().await;
            if let Some(write) = self.take() {
                return write;
            }
        }
    }

    fn wants_write(&self) -> bool {
        let state = self.state.borrow();
        let current_bytes = state.current.as_ref().map_or(0, Frame::content_bytes);
        let waiting_bytes = state.full.len() * FRAME_BYTES + current_bytes;
        let flight_count = state.flights.len();
        let has_slot = flight_count == 0
            || (flight_count < DEPTH_MAX && waiting_bytes >= OVERLAPPED_BYTES_MIN)
            || (flight_count < LANE_COUNT && !state.full.is_empty());
        has_slot && waiting_bytes > 0
    }

    /// Another lane may have been quicker.
    fn take(&self) -> Option<Write<M>> {
        if !self.wants_write() {
            return None;
        }
        let mut state = self.state.borrow_mut();
        let is_filled = |frame: &mut Frame<M>| frame.content_bytes() > 0;
        let taken = state.full.pop_front().or_else(|| state.current.take_if(is_filled));
        let mut frame = taken?;
        let length_bytes = frame.filled_bytes.next_multiple_of(BLOCK_BYTES);
        let bytes = frame.memory.bytes();
        bytes[frame.filled_bytes..length_bytes].fill(0);
        bytes[..8].copy_from_slice(&frame.sequence.to_be_bytes());
        bytes[8..16].copy_from_slice(&(frame.filled_bytes as u64).to_be_bytes());
        if state.next_position + length_bytes as u64 > JOURNAL_BYTES {
            state.next_position = 0;
        }
        let position = state.next_position;
        state.next_position += length_bytes as u64;
        state.flights.push_back((false, frame.waiters));
        self.room.notify();
        Some(Write { memory: frame.memory, length_bytes, position, sequence: frame.sequence })
    }

    /// A write is durable: releases those that have none before them that is not.
    pub(crate) fn done(&self, write: Write<M>) {
        let mut state = self.state.borrow_mut();
        let index = usize::try_from(write.sequence - state.durable - 1).expect("few are in flight");
        state.flights[index].0 = true;
        state.spare.push(write.memory);
        while let Some((_, waiters)) = state.flights.pop_front_if(|flight| flight.0) {
            state.durable += 1;
            let durable = state.durable;
            waiters.iter().for_each(|outgoing| outgoing.reach(durable));
        }
        self.work.notify();
    }
}

impl<M> Frame<M> {
    fn content_bytes(&self) -> usize {
        self.filled_bytes - HEADER_BYTES
    }
}
