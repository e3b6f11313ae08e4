//! How far a long command is, for whoever sits before it.

use std::io::{IsTerminal, Write};

/// One line on standard error that is written over; nothing where that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    is_shown: bool,
    step_count: usize,
    done_count: usize,
}

impl Progress {
    /// Of a command that takes so many steps.
    pub(crate) fn new(step_count: usize) -> Self {
        let is_shown = std::io::stderr().is_terminal();
        Self { is_shown, step_count: step_count.max(1), done_count: 0 }
    }

    /// A step begins.
    pub(crate) fn step(&mut self, what: &str) {
        if self.is_shown {
            let percent = (100 * self.done_count / self.step_count).min(99);
            eprint!("\r\x1b[K[{percent:>2} %] {what}");
            drop(std::io::stderr().flush());
        }
        self.done_count += 1;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}
