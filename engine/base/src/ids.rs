//! Names of things: shards, partitions, producers, and the epochs that fence them.

use crate::newtype::newtype;

newtype! {
    /// A shard of this process: one thread, one ring, one journal. Counts from 0.
    ShardId(u16)
}

newtype! {
    /// A partition within one data directory. Never reused, so that the files of a deleted
    /// partition are not taken for those of its successor.
    PartitionId(u64)
}

newtype! {
    /// The epoch of the leader that appended a batch (KIP-101); -1 where there is none.
    LeaderEpoch(i32)
}

newtype! {
    /// An idempotent or transactional producer (KIP-98); -1 where there is none.
    ProducerId(i64)
}

newtype! {
    /// The fencing epoch of a producer id (KIP-98); -1 where there is none.
    ProducerEpoch(i16)
}

impl LeaderEpoch {
    /// The wire's "no epoch".
    pub const NONE: Self = Self::new(-1);
}

impl ProducerId {
    /// The wire's "not idempotent".
    pub const NONE: Self = Self::new(-1);

    /// Whether a producer is named: all negative values mean "none" on the wire.
    #[must_use]
    pub const fn is_some(self) -> bool {
        self.get() >= 0
    }
}

impl ProducerEpoch {
    /// The wire's "no epoch".
    pub const NONE: Self = Self::new(-1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_the_bare_value() {
        assert_eq!(ShardId::new(7).to_string(), "7");
        assert_eq!(LeaderEpoch::NONE.to_string(), "-1");
        assert_eq!(format!("{:>4}", PartitionId::new(42)), "  42");
    }

    #[test]
    fn orders_by_the_bare_value() {
        assert!(PartitionId::new(9) < PartitionId::new(10));
        assert!(ProducerId::NONE < ProducerId::new(0));
        assert!(!ProducerId::NONE.is_some() && ProducerId::new(0).is_some());
        assert_eq!(ProducerEpoch::new(3).get(), 3);
    }
}
