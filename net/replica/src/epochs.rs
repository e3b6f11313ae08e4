//! Leader epochs of one partition: where each began (KIP-101, KIP-279, KIP-320).

use millstream_base::limits::PARTITION_EPOCHS_MAX;
use millstream_base::{LeaderEpoch, Offset};

/// The leader epochs of a partition and where each began; both only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderEpochs {
    starts: Vec<EpochStart>,
}

/// An epoch and the first offset of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// Where it began.
    pub start: Offset,
}

/// The answer to OffsetForLeaderEpoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEnd {
    /// The largest epoch that is not later than the one asked for; [`LeaderEpoch::NONE`]: unknown.
    pub epoch: LeaderEpoch,
    /// The offset behind its last record; −1: unknown.
    pub end: Offset,
}

impl EpochEnd {
    /// Nothing is known of the epoch.
    pub const UNKNOWN: Self = Self { epoch: LeaderEpoch::NONE, end: Offset::new(-1) };
}

impl LeaderEpochs {
    /// Notes that what follows from `start` on is of `epoch`. An epoch that is not later than the
    /// last one changes nothing.
    pub fn assign(&mut self, epoch: LeaderEpoch, start: Offset) {
        if epoch.get() < 0 || self.latest().is_some_and(|latest| epoch <= latest.epoch) {
            return;
        }
        // An epoch in which nothing was appended is not in the log: the next one takes its place.
        while self.latest().is_some_and(|latest| latest.start >= start) {
            self.starts.pop();
        }
        if self.starts.len() == PARTITION_EPOCHS_MAX {
            self.starts.remove(0);
        }
        self.starts.push(EpochStart { epoch, start });
    }

    /// The last epoch.
    #[must_use]
    pub fn latest(&self) -> Option<EpochStart> {
        self.starts.last().copied()
    }

    /// All of them, the first first.
    #[must_use]
    pub fn starts(&self) -> &[EpochStart] {
        &self.starts
    }

    /// The epoch of the record at `offset`; [`LeaderEpoch::NONE`] before the first.
    #[must_use]
    pub fn epoch_of(&self, offset: Offset) -> LeaderEpoch {
        let behind = self.starts.partition_point(|known| known.start <= offset);
        let index = behind.checked_sub(1);
        index.map_or(LeaderEpoch::NONE, |index| self.starts[index].epoch)
    }

    /// Where the epoch that was asked for ended, in a log that ends at `log_end`.
    //= KIP-279: the largest epoch not later than the one asked for, and where the next one began.
    #[must_use]
    pub fn end_of(&self, asked: LeaderEpoch, log_end: Offset) -> EpochEnd {
        let Some(latest) = self.latest().filter(|_| asked.get() >= 0) else {
            return EpochEnd::UNKNOWN;
        };
        if asked == latest.epoch {
            return EpochEnd { epoch: asked, end: log_end };
        }
        if asked > latest.epoch {
            return EpochEnd::UNKNOWN;
        }
        let behind = self.starts.partition_point(|known| known.epoch <= asked);
        let end = self.starts[behind].start;
        // Earlier than all that is known: its records are gone, and so all before the first known.
        let floor = behind.checked_sub(1).map_or(asked, |index| self.starts[index].epoch);
        EpochEnd { epoch: floor, end }
    }

    /// Forgets what lies wholly before the log's new start.
    pub fn trim(&mut self, log_start: Offset) {
        let behind = self.starts.partition_point(|known| known.start <= log_start);
        if let Some(first) = behind.checked_sub(1) {
            self.starts.drain(..first);
            self.starts[0].start = log_start;
        }
    }

    /// Forgets what begins at or behind the log's new end.
    pub fn truncate(&mut self, log_end: Offset) {
        self.starts.retain(|known| known.start < log_end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(starts: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for (epoch, start) in starts {
            epochs.assign(LeaderEpoch::new(*epoch), Offset::new(*start));
        }
        epochs
    }

    fn pairs(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
        epochs.starts().iter().map(|known| (known.epoch.get(), known.start.get())).collect()
    }

    #[test]
    fn point_72_the_largest_epoch_not_later_and_its_end() {
        let epochs = epochs(&[(2, 0), (5, 10), (7, 30)]);
        for (asked, expected) in [
            (2, (2, 10)),
            (3, (2, 10)),
            (5, (5, 30)),
            (6, (5, 30)),
            (7, (7, 44)),
            (8, (-1, -1)),
            (-1, (-1, -1)),
            (1, (1, 0)),
        ] {
            let end = epochs.end_of(LeaderEpoch::new(asked), Offset::new(44));
            assert_eq!((end.epoch.get(), end.end.get()), expected, "{asked}");
        }
        let none = LeaderEpochs::default();
        assert_eq!(none.end_of(LeaderEpoch::new(0), Offset::ZERO), EpochEnd::UNKNOWN);
    }

    #[test]
    fn an_epoch_without_records_leaves_no_trace() {
        assert_eq!(pairs(&epochs(&[(0, 0), (1, 5), (2, 5), (3, 9)])), [(0, 0), (2, 5), (3, 9)]);
        assert_eq!(pairs(&epochs(&[(3, 0), (2, 5), (3, 6), (-1, 7)])), [(3, 0)], "none goes back");
    }

    #[test]
    fn each_record_has_the_epoch_that_appended_it() {
        let epochs = epochs(&[(2, 3), (5, 10)]);
        let of = |offset| epochs.epoch_of(Offset::new(offset)).get();
        assert_eq!([0, 2, 3, 9, 10, 99].map(of), [-1, -1, 2, 2, 5, 5]);
    }

    #[test]
    fn trimming_and_truncating_forget_what_is_gone() {
        let all = [(2, 0), (5, 10), (7, 30)];
        for (start, expected) in [
            (0, vec![(2, 0), (5, 10), (7, 30)]),
            (9, vec![(2, 9), (5, 10), (7, 30)]),
            (10, vec![(5, 10), (7, 30)]),
            (31, vec![(7, 31)]),
        ] {
            let mut epochs = epochs(&all);
            epochs.trim(Offset::new(start));
            assert_eq!(pairs(&epochs), expected, "{start}");
        }
        for (end, expected) in [(31, 3), (30, 2), (11, 2), (10, 1), (0, 0)] {
            let mut epochs = epochs(&all);
            epochs.truncate(Offset::new(end));
            assert_eq!(epochs.starts().len(), expected, "{end}");
        }
    }

    #[test]
    fn the_oldest_epochs_go_where_there_are_too_many() {
        let mut epochs = LeaderEpochs::default();
        let count = i32::try_from(PARTITION_EPOCHS_MAX).expect("small") + 10;
        for epoch in 0..count {
            epochs.assign(LeaderEpoch::new(epoch), Offset::new(i64::from(epoch)));
        }
        assert_eq!(epochs.starts().len(), PARTITION_EPOCHS_MAX);
        assert_eq!(epochs.starts()[0].epoch, LeaderEpoch::new(10));
    }
}
