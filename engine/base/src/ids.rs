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

newtype! {
    /// The place of a record in what one producer id and epoch sent to a partition (KIP-98);
    /// -1 where there is none.
    Sequence(i32)
}

newtype! {
    /// A node of the cluster, as Kafka's `node.id`; -1 where there is none.
    NodeId(i32)
}

newtype! {
    /// The number of a partition within its topic. Counts from 0.
    PartitionIndex(i32)
}

impl NodeId {
    /// The wire's "no node": a partition without a leader.
    pub const NONE: Self = Self::new(-1);
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

impl Sequence {
    /// The wire's "no sequence".
    pub const NONE: Self = Self::new(-1);

    /// `count` records further. After `i32::MAX` comes 0, as in Kafka's clients, and never a
    /// negative number, which would mean "none". `self` must not be negative.
    #[must_use]
    pub const fn advance(self, count: u32) -> Self {
        assert!(self.get() >= 0, "a sequence that is not there has no successor");
        let sum = self.get().cast_unsigned() as u64 + count as u64;
        #[expect(clippy::cast_possible_truncation, reason = "31 bits are left")]
        Self::new((sum & i32::MAX as u64) as i32)
    }
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
    fn sequences_wrap_to_zero() {
        assert_eq!(Sequence::new(5).advance(3), Sequence::new(8));
        assert_eq!(Sequence::new(i32::MAX).advance(0), Sequence::new(i32::MAX));
        assert_eq!(Sequence::new(i32::MAX).advance(1), Sequence::new(0));
        assert_eq!(Sequence::new(i32::MAX - 1).advance(4), Sequence::new(2));
    }

    #[test]
    fn orders_by_the_bare_value() {
        assert!(PartitionId::new(9) < PartitionId::new(10));
        assert!(ProducerId::NONE < ProducerId::new(0));
        assert!(!ProducerId::NONE.is_some() && ProducerId::new(0).is_some());
        assert_eq!(ProducerEpoch::new(3).get(), 3);
    }
}
