//! The terminal while something is drawn over and over.

use crate::cli::failure::Failure;
use crate::cli::output::say;

/// The other screen, no cursor, and lines that are cut where the terminal ends.
const BEGIN: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const END: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// The terminal's other screen; dropped, what was there before is shown again.
pub(super) struct Screen {
    is_over: bool,
}

impl Screen {
    pub(super) fn begin() -> Result<Self, Failure> {
        say(BEGIN)?;
        Ok(Self { is_over: false })
    }

    /// What draws a text from the top: each line over the one before, nothing left behind. Nothing
    /// flickers, since nothing is cleared before it is drawn.
    pub(super) fn frame(text: &str) -> String {
        let lines: String = text.lines().map(|line| format!("{line}\x1b[K\n")).collect();
        format!("\x1b[H{lines}\x1b[J")
    }

    pub(super) fn end(mut self) -> Result<(), Failure> {
        self.is_over = true;
        say(END)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.is_over {
            // The terminal may be gone.
            drop(say(END));
        }
    }
}

#[cfg(test)]
mod screen_test {
    use super::*;

    #[test]
    fn a_frame_leaves_nothing_of_the_one_before() {
        assert_eq!(Screen::frame("a\nb\n"), "\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J");
    }
}
