//! Lines on their way out, some at a time.

use super::session::unheard;
use crate::error::Result;
use millstream_io::Sender;
use std::fmt;

/// Text that is sent at once.
const TEXT_BYTES: usize = 16 << 10;

/// Gathers lines and sends them when there are enough.
pub(super) struct Lines {
    text: String,
    sender: Sender<String>,
}

impl Lines {
    pub(super) fn new(sender: Sender<String>) -> Self {
        Self { text: String::new(), sender }
    }

    /// Adds a line; waits while its reader has enough to do.
    pub(super) async fn push(&mut self, line: impl fmt::Display) -> Result<()> {
        use fmt::Write;
        writeln!(self.text, "{line}").expect("a string takes everything");
        if self.text.len() < TEXT_BYTES { Ok(()) } else { self.flush().await }
    }

    /// Sends what is there.
    pub(super) async fn flush(&mut self) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.sender.send(std::mem::take(&mut self.text)).await.map_err(unheard)
    }
}
