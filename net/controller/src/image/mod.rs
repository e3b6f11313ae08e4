//! The cluster's metadata at one moment: immutable, and cheap to hand to every shard.

mod apply;
mod broker;
mod shared_map;
mod topic;

pub use apply::ApplyFault;
pub use broker::{Broker, Listener};
pub use topic::{Partition, Topic};

use crate::config::{BrokerConfig, Layers, Overrides, TopicConfig};
use crate::record::{MetadataRecord, Resource};
use crate::topic_name;
use core::fmt;
use millstream_base::{NodeId, ProducerId, TopicId, Uuid};
use shared_map::SharedMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that the controller's records said so far.
///
/// A clone shares all of its parts. What changes later changes in another image, part by part;
/// whoever holds one may compare parts by address ([`Arc::ptr_eq`]) to see what did.
#[derive(Clone, Default)]
pub struct MetadataImage {
    cluster_id: Uuid,
    controller: Option<NodeId>,
    brokers: Arc<BTreeMap<NodeId, Broker>>,
    names: SharedMap<Arc<str>, TopicId>,
    topics: SharedMap<TopicId, Arc<Topic>>,
    /// Names that a metric's name could take for another, by what they come to there.
    folded: SharedMap<Arc<str>, Arc<str>>,
    configs: SharedMap<Resource, Arc<Overrides>>,
    next_producer_id: i64,
}

impl MetadataImage {
    /// The cluster's name; zero before the first record.
    #[must_use]
    pub fn cluster_id(&self) -> Uuid {
        self.cluster_id
    }

    /// The node that is told of changes: always one of [`Self::brokers`], [`NodeId::NONE`] before
    /// there is any.
    #[must_use]
    pub fn controller(&self) -> NodeId {
        self.controller.unwrap_or(NodeId::NONE)
    }

    /// All brokers, by node.
    pub fn brokers(&self) -> impl ExactSizeIterator<Item = &Broker> {
        self.brokers.values()
    }

    /// One broker.
    #[must_use]
    pub fn broker(&self, node: NodeId) -> Option<&Broker> {
        self.brokers.get(&node)
    }

    /// The topic of this name.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.topics.get(self.names.get(name)?)
    }

    /// The topic of this id.
    #[must_use]
    pub fn topic_by_id(&self, id: TopicId) -> Option<&Arc<Topic>> {
        self.topics.get(&id)
    }

    /// All topics, by name.
    pub fn topics(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.named(self.names.iter())
    }

    /// How many topics there are.
    #[must_use]
    pub fn topic_count(&self) -> usize {
        self.names.len()
    }

    /// The topics whose names come behind `name`, for answers that come in pages.
    pub fn topics_behind(&self, name: &str) -> impl Iterator<Item = &Arc<Topic>> {
        self.named(self.names.iter_behind(name))
    }

    /// The topic whose name is not this one and comes to the same where `.` and `_` are the same.
    #[must_use]
    pub fn collision(&self, name: &str) -> Option<&Arc<str>> {
        let other = self.folded.get(topic_name::folded(name).as_str());
        other.filter(|other| other.as_ref() != name)
    }

    /// What was set on a resource; `None` where nothing was.
    #[must_use]
    pub fn overrides(&self, resource: &Resource) -> Option<&Arc<Overrides>> {
        self.configs.get(resource)
    }

    /// The resources on which something was set.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.configs.iter().map(|(resource, _)| resource)
    }

    /// The topics that an earlier image has not, or not as they are now.
    pub fn topics_changed_since<'i>(
        &'i self,
        before: &'i Self,
    ) -> impl Iterator<Item = &'i Arc<Topic>> {
        let near = self.topics.iter_unshared(&before.topics);
        near.filter(|(id, topic)| before.topics.get(*id).is_none_or(|old| !Arc::ptr_eq(old, topic)))
            .map(|(_, topic)| topic)
    }

    /// The topics of an earlier image that are gone since.
    pub fn topics_gone_since<'i>(
        &'i self,
        before: &'i Self,
    ) -> impl Iterator<Item = &'i Arc<Topic>> {
        let near = before.topics.iter_unshared(&self.topics);
        near.filter(|(id, _)| self.topics.get(*id).is_none()).map(|(_, topic)| topic)
    }

    /// The resources on which something else was set in an earlier image.
    pub fn resources_changed_since<'i>(
        &'i self,
        before: &'i Self,
    ) -> impl Iterator<Item = &'i Resource> {
        let new = self.configs.iter_unshared(&before.configs).filter(|(resource, overrides)| {
            before.configs.get(*resource).is_none_or(|old| !Arc::ptr_eq(old, overrides))
        });
        let gone = before.configs.iter_unshared(&self.configs);
        let gone = gone.filter(|(resource, _)| self.configs.get(*resource).is_none());
        new.chain(gone).map(|(resource, _)| resource)
    }

    /// The first producer id that was not handed out.
    #[must_use]
    pub fn next_producer_id(&self) -> ProducerId {
        ProducerId::new(self.next_producer_id)
    }

    /// All places where a configuration of `topic` (or, without one, of the broker `node`) may be
    /// set, as seen from that broker with its own `file`.
    #[must_use]
    pub fn layers<'a>(
        &'a self,
        topic: Option<TopicId>,
        node: NodeId,
        file: &'a BrokerConfig,
    ) -> Layers<'a> {
        let overrides = |resource| self.overrides(&resource).map(Arc::as_ref);
        Layers {
            topic: topic.and_then(|id| overrides(Resource::Topic(id))),
            broker: overrides(Resource::Broker(node)),
            cluster: overrides(Resource::Cluster),
            file,
        }
    }

    /// What counts for a topic on the broker `node`, which was started with `file`.
    #[must_use]
    pub fn topic_config(&self, topic: TopicId, node: NodeId, file: &BrokerConfig) -> TopicConfig {
        TopicConfig::new(self.layers(Some(topic), node, file))
    }

    fn named<'a>(
        &'a self,
        names: impl Iterator<Item = (&'a Arc<str>, &'a TopicId)>,
    ) -> impl Iterator<Item = &'a Arc<Topic>> {
        names.map(|(_, id)| self.topics.get(id).expect("a name is that of a topic"))
    }

    /// The records that make this image from nothing: [`MetadataRecord::Reset`] first.
    ///
    /// Appended as one batch they stand for all records before, which can then be trimmed.
    #[must_use]
    pub fn records(&self) -> Vec<MetadataRecord> {
        let mut records = vec![MetadataRecord::Reset];
        records.push(MetadataRecord::Cluster { id: self.cluster_id });
        records.extend(self.brokers.values().map(Broker::record));
        for topic in self.topics() {
            records.push(topic.record());
            records.extend(topic.partition_records());
        }
        for (resource, overrides) in self.configs.iter() {
            let record = |(name, value): (&String, &String)| MetadataRecord::Config {
                resource: resource.clone(),
                name: name.clone(),
                value: Some(value.clone()),
            };
            records.extend(overrides.iter().map(record));
        }
        let next = self.next_producer_id();
        records.push(MetadataRecord::ProducerIds { next });
        records
    }
}

impl PartialEq for MetadataImage {
    fn eq(&self, other: &Self) -> bool {
        // The records say everything, and say it in one order.
        self.controller == other.controller && self.records() == other.records()
    }
}

impl fmt::Debug for MetadataImage {
    /// Sizes, not content: an image may hold a hundred thousand partitions.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MetadataImage")
            .field("cluster_id", &self.cluster_id)
            .field("brokers", &self.brokers.len())
            .field("topics", &self.topics.len())
            .field("next_producer_id", &self.next_producer_id)
            .finish_non_exhaustive()
    }
}
