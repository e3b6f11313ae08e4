//! The answers that a connection is owed, in the order of its requests.

use super::signal::Signal;
use millstream_io::{Buffer, Io, Result, SendHalf, Slice};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Bytes of answers that are cut from one buffer before the next is taken.
const ANSWERS_BYTES: usize = 64 << 10;

/// What is to be sent, some of it only when the journal is so far.
#[derive(Default)]
pub(super) struct Outgoing {
    state: RefCell<State>,
    changed: Signal,
    is_over: Cell<bool>,
}

#[derive(Default)]
struct State {
    owed: VecDeque<Owed>,
    /// Small answers, one behind the other.
    bytes: Vec<u8>,
    /// Up to where the journal is stable.
    stable: u64,
}

struct Owed {
    /// The frame that must be stable before; 0 for none.
    sequence: u64,
    content: Content,
}

enum Content {
    /// The next bytes of the small answers.
    Small(usize),
    Gathered(Vec<Slice>),
}

impl Outgoing {
    /// Owes a small answer, which `write` appends, when the frame of this sequence is stable. Wake
    /// the writer with [`Outgoing::notify`], or [`Outgoing::reach`] when the frame is stable.
    pub(super) fn owe<T>(&self, sequence: u64, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut state = self.state.borrow_mut();
        let before_bytes = state.bytes.len();
        let result = write(&mut state.bytes);
        let length_bytes = state.bytes.len() - before_bytes;
        if length_bytes > 0 {
            state.owed.push_back(Owed { sequence, content: Content::Small(length_bytes) });
        }
        result
    }

    /// Owes an answer that lies in memory already.
    pub(super) fn owe_gathered(&self, slices: Vec<Slice>) {
        let content = Content::Gathered(slices);
        self.state.borrow_mut().owed.push_back(Owed { sequence: 0, content });
    }

    /// Answers that need not wait are there.
    pub(super) fn notify(&self) {
        self.changed.notify();
    }

    /// The journal is stable up to here.
    pub(super) fn reach(&self, stable: u64) {
        self.state.borrow_mut().stable = stable;
        self.changed.notify();
    }

    /// No answer will follow.
    pub(super) fn end(&self) {
        self.is_over.set(true);
        self.changed.notify();
    }

    /// Sends until the end, everything that may go in one call.
    pub(super) async fn write(&self, io: &Io, mut sending: SendHalf) {
        let mut buffer = None;
        while self.changed.until(|| self.is_ready()).await {
            let Ok(slices) = self.take(io, &mut buffer) else { break };
            if sending.send(slices).await.is_err() {
                break;
            }
        }
        // The peer may be gone already.
        drop(sending.shutdown().await);
    }

    /// Whether something can be sent (`true`), or nothing ever again (`false`).
    fn is_ready(&self) -> Option<bool> {
        let state = self.state.borrow();
        match state.owed.front() {
            Some(owed) => (owed.sequence <= state.stable).then_some(true),
            None => self.is_over.get().then_some(false),
        }
    }

    fn take(&self, io: &Io, buffer: &mut Option<Buffer>) -> Result<Vec<Slice>> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let (mut slices, mut small_bytes) = (Vec::new(), 0);
        while let Some(owed) = state.owed.pop_front_if(|owed| owed.sequence <= state.stable) {
            match owed.content {
                Content::Small(length_bytes) => small_bytes += length_bytes,
                Content::Gathered(gathered) => {
                    cut(io, buffer, &mut state.bytes, small_bytes, &mut slices)?;
                    small_bytes = 0;
                    slices.extend(gathered);
                }
            }
        }
        cut(io, buffer, &mut state.bytes, small_bytes, &mut slices)?;
        Ok(slices)
    }
}

/// Moves the first `count` of `bytes` to memory that a send can hold on to.
fn cut(
    io: &Io,
    buffer: &mut Option<Buffer>,
    bytes: &mut Vec<u8>,
    count: usize,
    slices: &mut Vec<Slice>,
) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let has_room = buffer.as_ref().is_some_and(|buffer| buffer.len() >= count);
    let mut room = match buffer.take() {
        Some(room) if has_room => room,
        _ if count > ANSWERS_BYTES => Buffer::unpooled(count),
        _ => io.buffers().buffer(ANSWERS_BYTES)?,
    };
    let mut place = room.split_to(count);
    place.copy_from_slice(&bytes[..count]);
    bytes.drain(..count);
    slices.push(place.freeze());
    *buffer = Some(room);
    Ok(())
}
