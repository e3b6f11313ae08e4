//! The bare journal: what came in within a tick becomes one durable write, a few are in flight, and
//! answers are released in order.

use super::copier::Copier;
use super::outgoing::Outgoing;
use super::signal::Signal;
use crate::recycled::Recycled;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_io::{Buffer, Durability, Io, IoError, Priority};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Before the requests of a frame: its number and its size.
const FRAME_HEADER_BYTES: usize = 64;
/// The largest request that the journal takes.
pub(super) const REQUEST_BYTES_MAX: usize = REGION_BYTES - FRAME_HEADER_BYTES;
/// Writes in flight at once, as the engine has them.
const DEPTH_MAX: usize = 2;
/// The same where frames are full.
const DEPTH_FULL_MAX: usize = 4;
/// A frame is written beside another one only if so much is waiting.
const OVERLAPPED_BYTES_MIN: usize = 64 << 10;
/// Frames that wait to be written before nothing more is taken in.
const FULL_COUNT_MAX: usize = 8;

/// One journal of one shard.
pub(super) struct Journal {
    io: Io,
    file: Recycled,
    /// Whether requests are answered before they are written.
    is_relaxed: bool,
    copier: Option<Rc<Copier>>,
    state: RefCell<State>,
    work: Signal,
    room: Signal,
}

struct State {
    current: Option<Frame>,
    full: VecDeque<Frame>,
    /// What is left of the region behind the last frame that was taken, and its place on disk.
    rest: Option<(Buffer, u64)>,
    next_region: u64,
    next_sequence: u64,
    stable: u64,
    /// In the order of their sequence.
    flights: VecDeque<Flight>,
    fault: Option<IoError>,
}

struct Frame {
    sequence: u64,
    /// From its first byte to the end of the region.
    buffer: Buffer,
    position: u64,
    filled_bytes: usize,
    waiters: Vec<Rc<Outgoing>>,
}

struct Flight {
    is_written: bool,
    waiters: Vec<Rc<Outgoing>>,
}

impl Journal {
    pub(super) fn new(
        io: &Io,
        file: Recycled,
        is_relaxed: bool,
        copier: Option<Rc<Copier>>,
    ) -> Self {
        let state = State {
            current: None,
            full: VecDeque::new(),
            rest: None,
            next_region: 0,
            next_sequence: 1,
            stable: 0,
            flights: VecDeque::new(),
            fault: None,
        };
        Self {
            io: io.clone(),
            file,
            is_relaxed,
            copier,
            state: RefCell::new(state),
            work: Signal::default(),
            room: Signal::default(),
        }
    }

    /// Waits until a request of this size fits. An error is final: the disk has failed.
    pub(super) async fn room(&self, request_bytes: usize) -> Result<(), IoError> {
        assert!(request_bytes <= REQUEST_BYTES_MAX, "a request fits a region");
        self.room.until(|| self.make_room(request_bytes).transpose()).await
    }

    fn make_room(&self, request_bytes: usize) -> Result<Option<()>, IoError> {
        let mut state = self.state.borrow_mut();
        if let Some(fault) = &state.fault {
            return Err(fault.clone());
        }
        if let Some(frame) = state.current.take_if(|frame| frame.room_bytes() < request_bytes) {
            state.full.push_back(frame);
            self.work.notify();
        }
        if state.current.is_some() {
            return Ok(Some(()));
        }
        let is_behind = self.copier.as_ref().is_some_and(|copier| copier.is_behind());
        if state.full.len() >= FULL_COUNT_MAX || is_behind {
            return Ok(None);
        }
        let needed_bytes = FRAME_HEADER_BYTES + request_bytes;
        let rest = state.rest.take().filter(|(buffer, _)| buffer.len() >= needed_bytes);
        let (buffer, position) = match rest {
            Some(rest) => rest,
            None => match self.io.buffers().region() {
                Ok(region) => {
                    let position = state.next_region * REGION_BYTES as u64;
                    state.next_region += 1;
                    (region, position)
                }
                // Given back when a write or a copy is done.
                Err(error) if error.are_buffers_spent() => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        let filled_bytes = FRAME_HEADER_BYTES;
        let waiters = Vec::new();
        state.current = Some(Frame { sequence, buffer, position, filled_bytes, waiters });
        Ok(Some(()))
    }

    /// Appends a request that there is room for: `fill` writes it. Gives the sequence after which
    /// it may be answered, 0 for at once, and whoever is owed the answer is told.
    pub(super) fn append<T>(
        &self,
        request_bytes: usize,
        outgoing: &Rc<Outgoing>,
        fill: impl FnOnce(u64, &mut [u8]) -> T,
    ) -> T {
        let mut state = self.state.borrow_mut();
        let frame = state.current.as_mut().expect("there is room");
        let end = frame.filled_bytes + request_bytes;
        let place = &mut frame.buffer[frame.filled_bytes..end];
        let sequence = if self.is_relaxed { 0 } else { frame.sequence };
        let result = fill(sequence, place);
        frame.filled_bytes = end;
        if self.is_relaxed {
            outgoing.notify();
        } else if !frame.waiters.last().is_some_and(|last| Rc::ptr_eq(last, outgoing)) {
            frame.waiters.push(Rc::clone(outgoing));
        }
        self.work.notify();
        result
    }

    /// Writes frames until the disk fails.
    pub(super) async fn run(self: Rc<Self>) {
        loop {
            self.work.until(|| self.wants_write().then_some(())).await;
            // Everybody who has something to append in this tick goes first.
            self.io.tick_end().await;
            self.write_next();
        }
    }

    fn wants_write(&self) -> bool {
        let state = self.state.borrow();
        let current_bytes = state.current.as_ref().map_or(0, Frame::content_bytes);
        let staged_bytes: usize = state.full.iter().map(|frame| frame.filled_bytes).sum();
        let is_worth_it = staged_bytes + current_bytes >= OVERLAPPED_BYTES_MIN;
        let flight_count = state.flights.len();
        let has_slot = flight_count == 0
            || (flight_count < DEPTH_MAX && is_worth_it)
            || (flight_count < DEPTH_FULL_MAX && !state.full.is_empty());
        let is_anything_there = !state.full.is_empty() || current_bytes > 0;
        has_slot && is_anything_there && state.fault.is_none()
    }

    fn write_next(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        let is_filled = |frame: &mut Frame| frame.content_bytes() > 0;
        let taken = state.full.pop_front().or_else(|| state.current.take_if(is_filled));
        let Some(mut frame) = taken else { return };
        let frame_bytes = frame.filled_bytes.next_multiple_of(BLOCK_BYTES);
        frame.buffer[frame.filled_bytes..frame_bytes].fill(0);
        frame.buffer[..8].copy_from_slice(&frame.sequence.to_be_bytes());
        frame.buffer[8..16].copy_from_slice(&(frame.filled_bytes as u64).to_be_bytes());
        let bytes = frame.buffer.split_to(frame_bytes).freeze();
        // The current frame, if there is one behind this, has a region of its own.
        if state.current.is_none() && state.full.is_empty() {
            state.rest = Some((frame.buffer, frame.position + frame_bytes as u64));
        }
        state.flights.push_back(Flight { is_written: false, waiters: frame.waiters });
        drop(state);
        let durability = if self.is_relaxed { Durability::Written } else { Durability::Stable };
        let write = self.file.write(vec![bytes.clone()], frame.position, durability);
        let journal = Rc::clone(self);
        let task = self.io.spawn(Priority::Foreground, async move {
            match write.await {
                Ok(()) => {
                    journal.written(frame.sequence);
                    if let Some(copier) = &journal.copier {
                        copier.push(bytes);
                    }
                    journal.room.notify();
                }
                Err(error) => journal.fail(error),
            }
        });
        drop(task);
        self.room.notify();
    }

    /// Notes that a frame is written, and releases those that have none before them that is not.
    fn written(&self, sequence: u64) {
        let mut state = self.state.borrow_mut();
        let index = usize::try_from(sequence - state.stable - 1).expect("few are in flight");
        state.flights[index].is_written = true;
        while let Some(flight) = state.flights.pop_front_if(|flight| flight.is_written) {
            state.stable += 1;
            let stable = state.stable;
            flight.waiters.iter().for_each(|outgoing| outgoing.reach(stable));
        }
        self.work.notify();
    }

    /// Nothing is answered any more: no write after a failed one can be believed.
    fn fail(&self, error: IoError) {
        eprintln!("millstream-bench: {error}");
        self.state.borrow_mut().fault = Some(error);
        self.room.notify();
    }

    /// Somebody has given memory back.
    pub(super) fn look_for_room(&self) {
        self.room.notify();
    }
}

impl Frame {
    fn room_bytes(&self) -> usize {
        self.buffer.len() - self.filled_bytes
    }

    fn content_bytes(&self) -> usize {
        self.filled_bytes - FRAME_HEADER_BYTES
    }
}
