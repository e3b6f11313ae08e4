//! How much is read from segments at once while frames are written.
//!
//! A disk serves what it is given in an order of its own, and one that is full of large reads lets
//! a frame wait for all of them, and the producers with it. So while frames are written, reads go
//! in pieces, of which a few are in flight: as many as keep a disk busy, and no more.

use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Instant, Position};
use millstream_io::{Buffer, File, Io, Priority, Result};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// What is read at once while frames are written.
const PIECE_BYTES: usize = 256 << 10;
/// What is in flight then: one piece is read while the shard takes the other. A disk that takes
/// 0.1 ms for both gives 5 GB/s with it.
const WINDOW_BYTES: usize = 2 * PIECE_BYTES;
/// For so long after a frame the next one is expected.
const FRAME_EXPECTED: Duration = Duration::from_secs(1);

const _: () = assert!(PIECE_BYTES.is_multiple_of(BLOCK_BYTES), "direct reads are of whole blocks");

/// A read that is under way: bytes read, and the buffer that they were read into.
pub(crate) type Reading = Pin<Box<dyn Future<Output = (Result<usize>, Buffer)>>>;

/// The reads of one shard from its segments.
pub(crate) struct ReadWindow {
    io: Io,
    last_frame: Cell<Option<Instant>>,
    in_flight_bytes: Cell<usize>,
    /// Pieces take their turn in the order in which they came.
    next_turn: Cell<u64>,
    turn: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Waker>>,
}

impl ReadWindow {
    pub(crate) fn new(io: Io) -> Rc<Self> {
        Rc::new(Self {
            io,
            last_frame: Cell::new(None),
            in_flight_bytes: Cell::new(0),
            next_turn: Cell::new(0),
            turn: Cell::new(0),
            waiting: RefCell::default(),
        })
    }

    /// A frame goes to the disk.
    pub(crate) fn frame_goes(&self, now: Instant) {
        self.last_frame.set(Some(now));
    }

    fn are_frames_expected(&self) -> bool {
        let now = self.io.tick_time();
        self.last_frame.get().is_some_and(|last| now - last < FRAME_EXPECTED)
    }

    /// Reads as [`File::read_at`] does, at once or piece by piece as the window allows; goes on by
    /// itself, also if never awaited.
    pub(crate) fn read(
        self: &Rc<Self>,
        file: &File,
        buffer: Buffer,
        position: Position,
    ) -> Reading {
        if !self.are_frames_expected() {
            return Box::pin(file.read_at(buffer, position));
        }
        let pieces = Rc::clone(self).read_pieces(file.clone(), buffer, position);
        Box::pin(self.io.spawn(Priority::Foreground, pieces))
    }

    async fn read_pieces(
        self: Rc<Self>,
        file: File,
        mut rest: Buffer,
        position: Position,
    ) -> (Result<usize>, Buffer) {
        let mut whole = rest.split_to(0);
        let mut position = position.get();
        let mut pieces = Vec::with_capacity(rest.len().div_ceil(PIECE_BYTES));
        while !rest.is_empty() {
            let length_bytes = rest.len().min(PIECE_BYTES);
            self.enter(length_bytes).await;
            let reading = file.read_at(rest.split_to(length_bytes), Position::new(position));
            let window = Rc::clone(&self);
            pieces.push(self.io.spawn(Priority::Foreground, async move {
                let read = reading.await;
                window.leave(length_bytes);
                read
            }));
            position += length_bytes as u64;
        }
        let mut outcome = Ok(0);
        for piece in pieces {
            let (result, buffer) = piece.await;
            whole.rejoin(buffer);
            outcome = outcome.and_then(|sum| result.map(|count| sum + count));
        }
        (outcome, whole)
    }

    /// Waits for its turn and for room.
    async fn enter(&self, length_bytes: usize) {
        let turn = self.next_turn.get();
        self.next_turn.set(turn + 1);
        std::future::poll_fn(|context| {
            let in_flight = self.in_flight_bytes.get();
            let has_room = in_flight == 0 || in_flight + length_bytes <= WINDOW_BYTES;
            if self.turn.get() < turn || !has_room {
                self.waiting.borrow_mut().insert(turn, context.waker().clone());
                return Poll::Pending;
            }
            self.in_flight_bytes.set(in_flight + length_bytes);
            self.waiting.borrow_mut().remove(&turn);
            self.turn.set(turn + 1);
            self.wake_next();
            Poll::Ready(())
        })
        .await;
    }

    fn leave(&self, length_bytes: usize) {
        self.in_flight_bytes.set(self.in_flight_bytes.get() - length_bytes);
        self.wake_next();
    }

    fn wake_next(&self) {
        if let Some(next) = self.waiting.borrow().get(&self.turn.get()) {
            next.wake_by_ref();
        }
    }
}

#[cfg(test)]
#[path = "read_window_test.rs"]
mod read_window_test;
