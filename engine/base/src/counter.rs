//! Counts of events of one shard.

/// A count that only grows, wrapping after 2^64 events.
///
/// Plain, not atomic: the shard that counts owns it, and whoever wants to see it asks the shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter(u64);

impl Counter {
    /// A count of 0.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Counts `count` events, or bytes, more.
    pub const fn add(&mut self, count: u64) {
        self.0 = self.0.wrapping_add(count);
    }

    /// Counts one event more.
    pub const fn increment(&mut self) {
        self.add(1);
    }

    /// The count so far.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_wraps() {
        let mut counter = Counter::new();
        counter.add(u64::MAX);
        assert_eq!(counter.get(), u64::MAX);
        counter.increment();
        counter.add(4);
        assert_eq!(counter.get(), 4);
    }
}
