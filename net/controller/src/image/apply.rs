//! How a record changes an image.

use super::MetadataImage;
use super::broker::Broker;
use super::topic::{Partition, Topic};
use crate::config::Overrides;
use crate::record::{MetadataRecord, Resource};
use crate::topic_name;
use core::fmt;
use millstream_base::{LeaderEpoch, NodeId, PartitionIndex, ProducerId, TopicId, Uuid};
use std::sync::Arc;

/// A record that contradicts those before it. It cannot come from a controller, so the log it
/// was read from is not what a controller wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyFault {
    /// The cluster has another name already.
    Cluster {
        /// The name.
        expected: Uuid,
        /// The record's.
        got: Uuid,
    },
    /// It speaks of a topic that is not there.
    UnknownTopic(TopicId),
    /// There is a topic of this name or this id.
    TopicExists(TopicId),
    /// Partitions come without a gap.
    PartitionGap {
        /// The topic.
        topic: TopicId,
        /// The partition.
        got: PartitionIndex,
        /// How many there are.
        partition_count: usize,
    },
    /// A leader epoch went back.
    LeaderEpoch {
        /// The topic.
        topic: TopicId,
        /// The partition.
        index: PartitionIndex,
        /// The epoch it is in.
        expected_min: LeaderEpoch,
        /// The record's.
        got: LeaderEpoch,
    },
    /// A broker's epoch went back.
    BrokerEpoch {
        /// The broker.
        node: NodeId,
        /// The epoch it is in.
        expected_min: i64,
        /// The record's.
        got: i64,
    },
    /// Producer ids went back: some would be handed out twice.
    ProducerIds {
        /// The next one.
        expected_min: ProducerId,
        /// The record's.
        got: ProducerId,
    },
}

impl MetadataImage {
    /// Carries out what a record says.
    ///
    /// # Errors
    /// A record that contradicts the image changes nothing.
    pub fn apply(&mut self, record: &MetadataRecord) -> Result<(), ApplyFault> {
        match record {
            MetadataRecord::Reset => *self = Self::default(),
            MetadataRecord::Cluster { id } => self.apply_cluster(*id)?,
            MetadataRecord::Broker(broker) => self.apply_broker(broker)?,
            MetadataRecord::Topic { id, name } => self.apply_topic(*id, name)?,
            MetadataRecord::TopicRemoved { id } => self.apply_topic_removed(*id)?,
            MetadataRecord::Partition { topic, index, partition } => {
                self.apply_partition(*topic, *index, partition)?;
            }
            MetadataRecord::Config { resource, name, value } => {
                self.apply_config(resource, name, value.as_deref())?;
            }
            MetadataRecord::ProducerIds { next } => self.apply_producer_ids(*next)?,
        }
        Ok(())
    }

    fn apply_cluster(&mut self, id: Uuid) -> Result<(), ApplyFault> {
        if self.cluster_id != Uuid::ZERO && self.cluster_id != id {
            return Err(ApplyFault::Cluster { expected: self.cluster_id, got: id });
        }
        self.cluster_id = id;
        Ok(())
    }

    /// A broker that was started anew is a new leader of what it leads: readers must ask whether
    /// what they have read is still there, which it is not where a topic is relaxed (KIP-320).
    fn apply_broker(&mut self, broker: &Broker) -> Result<(), ApplyFault> {
        let known = self.brokers.get(&broker.node);
        let expected_min = known.map_or(0, |known| known.epoch);
        if broker.epoch < expected_min {
            let (node, got) = (broker.node, broker.epoch);
            return Err(ApplyFault::BrokerEpoch { node, expected_min, got });
        }
        let is_restart = known.is_some_and(|known| known.incarnation != broker.incarnation);
        Arc::make_mut(&mut self.brokers).insert(broker.node, broker.clone());
        self.controller = self.brokers.keys().next().copied();
        if is_restart {
            self.begin_epochs(broker.node);
        }
        Ok(())
    }

    fn begin_epochs(&mut self, leader: NodeId) {
        let is_led = |partition: &Partition| partition.leader == leader;
        let has_led = |topic: &Arc<Topic>| topic.partitions.iter().any(is_led);
        self.topics.change_all(has_led, |topic| {
            let partitions = Arc::make_mut(topic).partitions.iter_mut();
            for partition in partitions.filter(|partition| is_led(partition)) {
                let epoch = partition.leader_epoch.get();
                partition.leader_epoch = LeaderEpoch::new(epoch.saturating_add(1));
                partition.partition_epoch = partition.partition_epoch.saturating_add(1);
            }
        });
    }

    fn apply_topic(&mut self, id: TopicId, name: &Arc<str>) -> Result<(), ApplyFault> {
        if self.topics.get(&id).is_some() || self.names.get(name).is_some() {
            return Err(ApplyFault::TopicExists(id));
        }
        let topic = Topic { id, name: Arc::clone(name), partitions: Vec::new() };
        self.topics.insert(id, Arc::new(topic));
        self.names.insert(Arc::clone(name), id);
        if name.contains(['.', '_']) {
            let folded = Arc::from(topic_name::folded(name));
            self.folded.insert(folded, Arc::clone(name));
        }
        Ok(())
    }

    fn apply_topic_removed(&mut self, id: TopicId) -> Result<(), ApplyFault> {
        let removed = self.topics.remove(&id);
        let removed = removed.ok_or(ApplyFault::UnknownTopic(id))?;
        self.names.remove(&removed.name);
        let folded = topic_name::folded(&removed.name);
        if self.folded.get(folded.as_str()) == Some(&removed.name) {
            self.folded.remove(folded.as_str());
        }
        self.configs.remove(&Resource::Topic(id));
        Ok(())
    }

    fn apply_partition(
        &mut self,
        id: TopicId,
        index: PartitionIndex,
        partition: &Partition,
    ) -> Result<(), ApplyFault> {
        let topic = self.topics.get(&id).ok_or(ApplyFault::UnknownTopic(id))?;
        let partition_count = topic.partitions.len();
        let gap = ApplyFault::PartitionGap { topic: id, got: index, partition_count };
        let place = usize::try_from(index.get()).ok().filter(|place| *place <= partition_count);
        let place = place.ok_or(gap)?;
        let known = topic.partitions.get(place).map(|known| known.leader_epoch);
        if let Some(expected_min) = known.filter(|known| partition.leader_epoch < *known) {
            let got = partition.leader_epoch;
            return Err(ApplyFault::LeaderEpoch { topic: id, index, expected_min, got });
        }
        let topic = Arc::make_mut(self.topics.get_mut(&id).expect("found above"));
        match topic.partitions.get_mut(place) {
            Some(known) => *known = partition.clone(),
            None => topic.partitions.push(partition.clone()),
        }
        Ok(())
    }

    fn apply_config(
        &mut self,
        resource: &Resource,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), ApplyFault> {
        if let Resource::Topic(id) = resource
            && self.topics.get(id).is_none()
        {
            return Err(ApplyFault::UnknownTopic(*id));
        }
        let known = self.configs.get(resource);
        let mut overrides = known.map_or_else(Overrides::default, |known| Overrides::clone(known));
        match value {
            Some(value) => drop(overrides.insert(name.to_owned(), value.to_owned())),
            None => drop(overrides.remove(name)),
        }
        if overrides.is_empty() {
            self.configs.remove(resource);
        } else {
            self.configs.insert(resource.clone(), Arc::new(overrides));
        }
        Ok(())
    }

    fn apply_producer_ids(&mut self, next: ProducerId) -> Result<(), ApplyFault> {
        let expected_min = self.next_producer_id();
        if next < expected_min {
            return Err(ApplyFault::ProducerIds { expected_min, got: next });
        }
        self.next_producer_id = next.get();
        Ok(())
    }
}

impl core::error::Error for ApplyFault {}

impl fmt::Display for ApplyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster { expected, got } => {
                write!(formatter, "a record of cluster {got} in the log of cluster {expected}")
            }
            Self::UnknownTopic(id) => {
                write!(formatter, "a record of topic {id}, which is not there")
            }
            Self::TopicExists(id) => write!(formatter, "topic {id} is made a second time"),
            Self::PartitionGap { topic, got, partition_count } => write!(
                formatter,
                "partition {got} of topic {topic}, which has {partition_count} partitions"
            ),
            Self::LeaderEpoch { topic, index, expected_min, got } => write!(
                formatter,
                "partition {index} of topic {topic} goes back from leader epoch {expected_min} \
                 to {got}"
            ),
            Self::BrokerEpoch { node, expected_min, got } => {
                write!(formatter, "broker {node} goes back from epoch {expected_min} to {got}")
            }
            Self::ProducerIds { expected_min, got } => {
                write!(formatter, "producer ids go back from {expected_min} to {got}")
            }
        }
    }
}
