//! How much of the tail is worth its memory.
//!
//! A tail that nobody reads costs more than its bytes: each frame is then filled in memory that
//! has long left the processor's caches, and the disk reads it from there (decision 0006). So what
//! is settled is kept only as far back as readers were seen lately.

use std::cell::Cell;

/// What is kept of settled frames if nobody reads at all: what the next reader may ask for.
const KEEP_BYTES_MIN: u64 = 8 << 20;
/// A reader that was seen so far behind may be further behind the next time.
const LAG_MARGIN: u64 = 2;
/// Without readers the demand is forgotten after so many times its bytes were appended.
const MEMORY: u64 = 8;

/// The lag of the readers of a shard, in bytes of its tail.
#[derive(Default)]
pub(crate) struct TailDemand {
    lag_bytes: Cell<u64>,
}

impl TailDemand {
    /// Somebody read `lag_bytes` behind the end.
    pub(crate) fn note(&self, lag_bytes: u64) {
        self.lag_bytes.set(self.lag_bytes.get().max(lag_bytes.saturating_mul(LAG_MARGIN)));
    }

    /// `bytes` were appended, and time has passed with them.
    pub(crate) fn fade(&self, bytes: u64) {
        self.lag_bytes.set(self.lag_bytes.get().saturating_sub(bytes / MEMORY));
    }

    /// How many bytes of the tail to keep, given the most that there may be.
    pub(crate) fn keep_bytes(&self, bytes_max: u64) -> u64 {
        self.lag_bytes.get().max(KEEP_BYTES_MIN).min(bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEEP_BYTES_MIN, TailDemand};

    #[test]
    fn a_reader_raises_what_is_kept_and_appends_without_readers_lower_it() {
        let demand = TailDemand::default();
        assert_eq!(demand.keep_bytes(96 << 20), KEEP_BYTES_MIN);
        demand.note(20 << 20);
        assert_eq!(demand.keep_bytes(96 << 20), 40 << 20);
        demand.note(10 << 20);
        assert_eq!(demand.keep_bytes(96 << 20), 40 << 20, "the slowest reader counts");
        demand.fade(80 << 20);
        assert_eq!(demand.keep_bytes(96 << 20), 30 << 20);
        demand.fade(1 << 40);
        assert_eq!(demand.keep_bytes(96 << 20), KEEP_BYTES_MIN);
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let demand = TailDemand::default();
        demand.note(u64::MAX);
        assert_eq!(demand.keep_bytes(96 << 20), 96 << 20);
        assert_eq!(TailDemand::default().keep_bytes(1 << 20), 1 << 20);
    }
}
