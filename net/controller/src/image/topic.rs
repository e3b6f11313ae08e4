//! Topics and their partitions.

use crate::record::MetadataRecord;
use crate::topic_name;
use millstream_base::{LeaderEpoch, NodeId, PartitionIndex, TopicId};
use std::sync::Arc;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub(crate) id: TopicId,
    pub(crate) name: Arc<str>,
    pub(crate) partitions: Vec<Partition>,
}

/// A partition: who leads it and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The node that serves it; [`NodeId::NONE`] where none can.
    pub leader: NodeId,
    /// Counts the leaders; never goes back.
    pub leader_epoch: LeaderEpoch,
    /// Counts the changes of any kind.
    pub partition_epoch: i32,
    /// The nodes that hold it, first the one that should lead.
    pub replicas: Vec<NodeId>,
    /// Those of them that hold all that was acknowledged.
    pub in_sync: Vec<NodeId>,
}

impl Topic {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> TopicId {
        self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether the broker keeps its own state there.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        topic_name::is_internal(&self.name)
    }

    /// Its partitions, by their index.
    #[must_use]
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The partition of this index.
    #[must_use]
    pub fn partition(&self, index: PartitionIndex) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index.get()).ok()?)
    }

    pub(crate) fn record(&self) -> MetadataRecord {
        MetadataRecord::Topic { id: self.id, name: Arc::clone(&self.name) }
    }

    pub(crate) fn partition_records(&self) -> impl Iterator<Item = MetadataRecord> {
        (0..).zip(&self.partitions).map(|(index, partition)| MetadataRecord::Partition {
            topic: self.id,
            index: PartitionIndex::new(index),
            partition: partition.clone(),
        })
    }
}

impl Partition {
    /// A new partition with all of its replicas in sync and the first of them leading.
    #[must_use]
    pub fn new(replicas: Vec<NodeId>) -> Self {
        Self {
            leader: replicas.first().copied().unwrap_or(NodeId::NONE),
            leader_epoch: LeaderEpoch::new(0),
            partition_epoch: 0,
            in_sync: replicas.clone(),
            replicas,
        }
    }
}
