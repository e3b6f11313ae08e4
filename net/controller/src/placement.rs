//! Where partitions go: on which nodes, on which shard of a node, under which name in its engine.

use millstream_base::{NodeId, PartitionIndex, Random, ShardId, TopicId};
use millstream_log::PartitionName;

/// The shard that owns a partition on a node with so many shards, which must not be 0.
///
/// The same for ever: the data lies there. Neighbours of one topic go to neighbouring shards, so
/// that each topic is spread as evenly as can be; where the first one goes is up to the topic's id,
/// so that topics of one partition are spread too.
#[must_use]
pub fn shard_of(topic: TopicId, partition: PartitionIndex, shard_count: u16) -> ShardId {
    assert!(shard_count > 0, "a node has a shard");
    let bytes = topic.uuid().to_bytes();
    let (high, low) = bytes.split_at(8);
    let word = |half: &[u8]| u64::from_be_bytes(half.try_into().expect("half of 16 bytes"));
    // Multiply-fold, since ids that others drew may have few random bits in one place.
    let product = u128::from(word(high) ^ 0x9e37_79b9_7f4a_7c15)
        * u128::from(word(low) ^ 0xbf58_476d_1ce4_e5b9);
    let folded = (product >> 64 ^ product) & u128::from(u64::MAX);
    let index = u128::from(partition.get().unsigned_abs());
    let shard = (folded + index) % u128::from(shard_count);
    ShardId::new(u16::try_from(shard).expect("less than the number of shards"))
}

/// What a partition is called in the engine: by its topic's id, so that a topic that was made anew
/// never meets the files of the one before, and so that the name fits, however long the topic's.
#[must_use]
pub fn partition_name(topic: TopicId, partition: PartitionIndex) -> PartitionName {
    PartitionName::new(&format!("{topic}.{partition}")).expect("letters, digits, `-`, `_` and `.`")
}

/// The topic and partition that an engine's partition belongs to; `None` for the engine's own.
#[must_use]
pub fn partition_of(name: &PartitionName) -> Option<(TopicId, PartitionIndex)> {
    let (topic, index) = name.as_str().split_once('.')?;
    let topic = TopicId::new(topic.parse().ok()?)?;
    let index: i32 = index.parse().ok().filter(|index| *index >= 0)?;
    Some((topic, PartitionIndex::new(index)))
}

/// Replicas for partitions, in turn over all nodes, from a node that chance chooses.
///
/// `nodes` must hold at least `replica_count` nodes, and that at least one. The first replica of
/// each partition is the one that should lead it.
pub(crate) struct Striping<'a> {
    nodes: &'a [NodeId],
    replica_count: usize,
    turn: usize,
}

impl<'a> Striping<'a> {
    pub(crate) fn new(nodes: &'a [NodeId], replica_count: usize, random: &mut Random) -> Self {
        assert!((1..=nodes.len()).contains(&replica_count), "checked by the command");
        let turn = usize::try_from(random.below(nodes.len() as u64)).expect("an index");
        Self { nodes, replica_count, turn }
    }

    pub(crate) fn next(&mut self) -> Vec<NodeId> {
        let places = (0..self.replica_count).map(|step| (self.turn + step) % self.nodes.len());
        let replicas = places.map(|place| self.nodes[place]).collect();
        self.turn = (self.turn + 1) % self.nodes.len();
        replicas
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_base::Uuid;

    fn topic(byte: u8) -> TopicId {
        TopicId::new(Uuid::from_bytes([byte; 16])).expect("not zero")
    }

    #[test]
    fn a_partition_stays_on_its_shard_for_ever() {
        // Data lies where this function says: these answers must not change.
        let shards = |id, count| {
            [0, 1, 2, 9].map(|index| shard_of(topic(id), PartitionIndex::new(index), count).get())
        };
        assert_eq!(shards(1, 1), [0; 4]);
        // Computed apart from this code.
        assert_eq!(shards(1, 4), [3, 0, 1, 0]);
        assert_eq!(shards(7, 256), [111, 112, 113, 120]);
    }

    #[test]
    fn partitions_and_topics_are_spread() {
        let mut random = Random::new(3);
        let mut first = [0_u32; 8];
        for _ in 0..800 {
            let topic = TopicId::draw(&mut random);
            first[usize::from(shard_of(topic, PartitionIndex::new(0), 8).get())] += 1;
            let mut seen = [false; 8];
            for index in 0..8 {
                let shard = shard_of(topic, PartitionIndex::new(index), 8);
                seen[usize::from(shard.get())] = true;
            }
            assert_eq!(seen, [true; 8], "eight partitions, eight shards");
        }
        assert!(first.iter().all(|count| (60..140).contains(count)), "{first:?}");
    }

    #[test]
    fn a_name_leads_back_to_its_partition() {
        let mut random = Random::new(5);
        let topic = TopicId::draw(&mut random);
        let name = partition_name(topic, PartitionIndex::new(12));
        assert_eq!(partition_of(&name), Some((topic, PartitionIndex::new(12))));
        for own in ["__cluster_metadata", "AAAAAAAAAAAAAAAAAAAAAA.0", "x.1", "a.b"] {
            assert_eq!(partition_of(&PartitionName::new(own).expect("a name")), None, "{own}");
        }
        let negative = PartitionName::new(&format!("{topic}.-1")).expect("a name");
        assert_eq!(partition_of(&negative), None);
    }

    #[test]
    fn replicas_are_distinct_and_take_turns() {
        let nodes = [1, 2, 3].map(NodeId::new);
        let mut striping = Striping::new(&nodes, 2, &mut Random::new(1));
        let mut leads = [0; 4];
        for _ in 0..6 {
            let replicas = striping.next();
            assert_eq!(replicas.len(), 2);
            assert_ne!(replicas[0], replicas[1]);
            leads[usize::try_from(replicas[0].get()).expect("small")] += 1;
        }
        assert_eq!(leads, [0, 2, 2, 2]);
    }
}
