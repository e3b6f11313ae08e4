//! Places: an *offset* lies in the log, a *position* in a file. They never mix.

use crate::newtype::newtype;

newtype! {
    /// The place of a record in its partition's log. Counts from 0; negative only where Kafka's
    /// protocol gives a negative value a meaning of its own.
    Offset(i64)
}

newtype! {
    /// A byte in a file, counted from the file's first byte.
    Position(u64)
}

impl Offset {
    /// The first offset of a log.
    pub const ZERO: Self = Self::new(0);
    /// The greatest offset there can be.
    pub const MAX: Self = Self::new(i64::MAX);

    /// `count` records further; `None` beyond [`Offset::MAX`].
    #[must_use]
    pub const fn checked_add(self, count: i64) -> Option<Self> {
        match self.get().checked_add(count) {
            Some(sum) => Some(Self::new(sum)),
            None => None,
        }
    }

    /// How many offsets lie from `earlier` to here, negative if it is in fact later; `None` if
    /// that does not fit.
    #[must_use]
    pub const fn checked_sub(self, earlier: Self) -> Option<i64> {
        self.get().checked_sub(earlier.get())
    }
}

impl Position {
    /// The first byte of a file.
    pub const ZERO: Self = Self::new(0);

    /// `bytes` further; `None` beyond `u64::MAX`.
    #[must_use]
    pub const fn checked_add(self, bytes: u64) -> Option<Self> {
        match self.get().checked_add(bytes) {
            Some(sum) => Some(Self::new(sum)),
            None => None,
        }
    }

    /// How many bytes lie from `earlier` to here; `None` if it is in fact later.
    #[must_use]
    pub const fn checked_sub(self, earlier: Self) -> Option<u64> {
        self.get().checked_sub(earlier.get())
    }

    /// Whether this is a multiple of `alignment_bytes`, which must not be 0.
    #[must_use]
    pub const fn is_aligned(self, alignment_bytes: u64) -> bool {
        assert!(alignment_bytes > 0);
        self.get().is_multiple_of(alignment_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stops_at_the_edge() {
        assert_eq!(Offset::new(5).checked_add(2), Some(Offset::new(7)));
        assert_eq!(Offset::MAX.checked_add(1), None);
        assert_eq!(Offset::new(5).checked_sub(Offset::new(9)), Some(-4));
        assert_eq!(Offset::MAX.checked_sub(Offset::new(-1)), None);
        assert_eq!(Position::new(u64::MAX).checked_add(1), None);
        assert_eq!(Position::new(9).checked_sub(Position::new(5)), Some(4));
        assert_eq!(Position::ZERO.checked_sub(Position::new(1)), None);
    }

    #[test]
    fn alignment_is_a_multiple() {
        assert!(Position::ZERO.is_aligned(4096));
        assert!(Position::new(8192).is_aligned(4096));
        assert!(!Position::new(8193).is_aligned(4096));
    }
}
