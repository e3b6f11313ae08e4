//! The answers that a connection is owed, in the order of its requests.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::signal::Signal;

/// What is to be sent, some of it only when the journal is so far.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    state: RefCell<State>,
    changed: Signal,
    is_over: Cell<bool>,
}

#[derive(Debug, Default)]
struct State {
    /// The frame that must be durable before, 0 for none; and the size of the answer.
    owed: VecDeque<(u64, usize)>,
    bytes: Vec<u8>,
    durable: u64,
}

impl Outgoing {
    /// Owes what `write` appends when the frame of this sequence is durable.
    pub(crate) fn owe<T>(&self, sequence: u64, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut state = self.state.borrow_mut();
        let before_bytes = state.bytes.len();
        let result = write(&mut state.bytes);
        let answer_bytes = state.bytes.len() - before_bytes;
        if answer_bytes > 0 {
            state.owed.push_back((sequence, answer_bytes));
        }
        result
    }

    /// Answers that need not wait are there.
    pub(crate) fn notify(&self) {
        self.changed.notify();
    }

    /// The journal is durable up to here.
    pub(crate) fn reach(&self, durable: u64) {
        self.state.borrow_mut().durable = durable;
        self.changed.notify();
    }

    /// No answer will follow.
    pub(crate) fn end(&self) {
        self.is_over.set(true);
        self.changed.notify();
    }

    /// Everything that may be sent, at least something; `false` when nothing ever will.
    pub(crate) async fn take(&self, into: &mut Vec<u8>) -> bool {
        self.changed.until(|| self.take_ready(into)).await
    }

    fn take_ready(&self, into: &mut Vec<u8>) -> Option<bool> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let mut ready_bytes = 0;
        while let Some((_, bytes)) = state.owed.pop_front_if(|owed| owed.0 <= state.durable) {
            ready_bytes += bytes;
        }
        into.extend(state.bytes.drain(..ready_bytes));
        match ready_bytes {
            0 => (self.is_over.get() && state.owed.is_empty()).then_some(false),
            _ => Some(true),
        }
    }
}
