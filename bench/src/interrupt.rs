//! Whether somebody has asked this process to end.

use crate::failure::Failure;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked from time to time by whoever works for long, so that what was made is removed and what was
/// measured is reported. Whoever asks twice does not want to wait for that.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    is_set: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on SIGINT and SIGTERM set it; the second one ends the process.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let is_set = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: what the first one sets, the first one must not see.
            let second =
                flag::register_conditional_shutdown(signal, EXIT_CODE, Arc::clone(&is_set));
            let first = second.and_then(|_| flag::register(signal, Arc::clone(&is_set)));
            first.map_err(|error| Failure::failed(format!("signals: {error}")))?;
        }
        Ok(Self { is_set })
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }
}

/// The exit code of a command that was interrupted: 128 and the number of SIGINT.
const EXIT_CODE: i32 = 130;
