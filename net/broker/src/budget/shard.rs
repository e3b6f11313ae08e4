//! The memory of one shard for what comes in and goes out.

use super::line::Line;
use super::process::{CHUNK_BYTES, Process};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

/// What a shard may hold: its own part, and what it has borrowed of the process. It counts; who
/// must wait decides [`super::Account`].
pub(crate) struct Budget {
    process: Arc<Process>,
    own_bytes: usize,
    /// The largest request, of which there may always be one.
    request_bytes_max: usize,
    borrowed_bytes: Cell<usize>,
    held_bytes: Cell<usize>,
    beginning: RefCell<Line>,
    growing: RefCell<Line>,
}

/// Who waits together.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// Connections that would begin a request.
    Beginning,
    /// Connections in the middle of one. The first of them may always go on, so that not all wait
    /// for each other, each with a part.
    Growing,
}

/// A place in a line; it is left when this is dropped.
pub(super) struct Place {
    budget: Rc<Budget>,
    line: Which,
    number: u64,
}

impl Budget {
    pub(crate) fn new(
        own_bytes: usize,
        request_bytes_max: usize,
        process: Arc<Process>,
    ) -> Rc<Self> {
        Rc::new(Self {
            process,
            own_bytes,
            request_bytes_max,
            borrowed_bytes: Cell::new(0),
            held_bytes: Cell::new(0),
            beginning: RefCell::default(),
            growing: RefCell::default(),
        })
    }

    /// What is held now.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes.get()
    }

    /// What nobody holds, here or in the process.
    pub(super) fn free_bytes(&self) -> usize {
        let may_hold = self.own_bytes + self.borrowed_bytes.get() + self.process.left_bytes();
        may_hold.saturating_sub(self.held_bytes.get())
    }

    /// Whether more than twice of what is meant to be held would be, with so much more, and more
    /// than the largest request: what comes then is not worth the process.
    pub(super) fn is_overdrawn_by(&self, bytes: usize) -> bool {
        let may_hold = self.own_bytes + self.borrowed_bytes.get() + self.process.left_bytes();
        self.held_bytes.get() + bytes > 2 * may_hold + self.request_bytes_max
    }

    /// Borrows until so much is free here, or nothing is left to borrow; says how much of it is
    /// free. No other shard takes that away any more.
    pub(super) fn secure(&self, bytes: usize) -> usize {
        let here_bytes = || {
            let may_hold = self.own_bytes + self.borrowed_bytes.get();
            may_hold.saturating_sub(self.held_bytes.get())
        };
        while here_bytes() < bytes && self.process.borrow() {
            self.borrowed_bytes.set(self.borrowed_bytes.get() + CHUNK_BYTES);
        }
        here_bytes().min(bytes)
    }

    /// Counts memory that is held. It is there already, so nothing is refused.
    pub(super) fn take(&self, bytes: usize) {
        self.secure(bytes);
        self.held_bytes.set(self.held_bytes.get() + bytes);
    }

    /// Counts memory that is not held any more. A shard that waits holds its own part at least, so
    /// something of its own comes back and lets it look again: nobody has to tell it from outside.
    pub(super) fn give(&self, bytes: usize) {
        let held_bytes = self.held_bytes.get().checked_sub(bytes).expect("given once");
        self.held_bytes.set(held_bytes);
        self.give_back();
        self.growing.borrow_mut().wake();
        self.beginning.borrow_mut().wake();
    }

    /// Gives back to the process what is not held here, but for a chunk in reserve, so that a
    /// request more or less does not go there each time.
    pub(super) fn give_back(&self) {
        while self.borrowed_bytes.get() > 0
            && self.held_bytes.get() + 2 * CHUNK_BYTES <= self.own_bytes + self.borrowed_bytes.get()
        {
            self.borrowed_bytes.set(self.borrowed_bytes.get() - CHUNK_BYTES);
            self.process.give_back();
        }
    }

    /// A place at the end of a line.
    pub(super) fn stand(self: &Rc<Self>, line: Which) -> Place {
        let number = self.line(line).borrow_mut().enter();
        Place { budget: Rc::clone(self), line, number }
    }

    fn line(&self, line: Which) -> &RefCell<Line> {
        match line {
            Which::Beginning => &self.beginning,
            Which::Growing => &self.growing,
        }
    }
}

impl Place {
    /// Whether nobody stands before it.
    pub(super) fn is_first(&self) -> bool {
        self.budget.line(self.line).borrow().is_first(self.number)
    }

    /// To be woken when memory has come back.
    pub(super) fn wait(&self, context: &Context<'_>) {
        self.budget.line(self.line).borrow_mut().wait(self.number, context.waker());
    }

    /// Goes behind all others.
    pub(super) fn step_back(&mut self) {
        let mut line = self.budget.line(self.line).borrow_mut();
        line.leave(self.number);
        self.number = line.enter();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut line = self.budget.line(self.line).borrow_mut();
        // One that was woken and has gone had a chance that others may use; and who was behind the
        // first is the first now.
        if line.leave(self.number) {
            line.wake();
        }
    }
}
