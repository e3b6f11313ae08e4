//! How fast settling follows the appends.
//!
//! Partitions that are written alike have enough for a large write at the same moment. Were all of
//! them settled at once, the frames would wait behind so many writes, appends would stop for it and
//! after that the disk would have half of its work to do until the next time. So what is appended
//! allows as many bytes to be settled, and a little more, so that nothing is left behind.

use std::cell::Cell;

/// For each hundred bytes appended, so many may be settled.
const SHARE_PERCENT: u64 = 125;
/// What may be saved up: what the disk has in flight beside the frames at most.
const CREDIT_BYTES_MAX: u64 = 4 << 20;

/// What may be settled now, counted in the memory of all frames that ever were.
#[derive(Default)]
pub(crate) struct SettlePace {
    seen: Cell<u64>,
    credit_bytes: Cell<u64>,
}

impl SettlePace {
    /// What may be settled, now that `total` bytes were appended.
    pub(crate) fn credit_bytes(&self, total: u64) -> u64 {
        let new = (total - self.seen.replace(total)) / 100 * SHARE_PERCENT;
        let credit = (self.credit_bytes.get() + new).min(CREDIT_BYTES_MAX);
        self.credit_bytes.set(credit);
        credit
    }

    /// Whether nothing more is saved up.
    pub(crate) fn is_full(&self) -> bool {
        self.credit_bytes.get() == CREDIT_BYTES_MAX
    }

    /// So many bytes are settled.
    pub(crate) fn spend(&self, bytes: u64) {
        self.credit_bytes.set(self.credit_bytes.get().saturating_sub(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::{CREDIT_BYTES_MAX, SettlePace};

    #[test]
    fn settling_keeps_up_with_appends_and_does_not_run_ahead() {
        let pace = SettlePace::default();
        let (mut appended, mut settled) = (0, 0);
        while appended < 1_000_000 {
            if pace.credit_bytes(appended) > 50_000 {
                pace.spend(50_000);
                settled += 50_000;
            }
            appended += 1_000;
        }
        assert!(settled >= appended && settled <= appended / 4 * 5, "{settled} of {appended}");
    }

    #[test]
    fn a_long_pause_of_settling_is_not_made_good_at_once() {
        let pace = SettlePace::default();
        assert_eq!(pace.credit_bytes(1 << 40), CREDIT_BYTES_MAX);
    }
}
