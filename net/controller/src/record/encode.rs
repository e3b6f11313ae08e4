//! Records to bytes.

use super::{MetadataRecord, Resource};
use crate::image::{Broker, Partition};
use millstream_base::{NodeId, PartitionIndex, TopicId};

/// The version in which each kind of record is written, and the newest that is read.
pub(super) const VERSION: u8 = 1;

/// The kinds, as their first byte names them.
pub(super) mod kind {
    pub(crate) const RESET: u8 = 0;
    pub(crate) const CLUSTER: u8 = 1;
    pub(crate) const BROKER: u8 = 2;
    pub(crate) const TOPIC: u8 = 3;
    pub(crate) const TOPIC_REMOVED: u8 = 4;
    pub(crate) const PARTITION: u8 = 5;
    pub(crate) const CONFIG: u8 = 6;
    pub(crate) const PRODUCER_IDS: u8 = 7;
}

/// What a configuration is set on.
pub(super) mod resource {
    pub(crate) const TOPIC: u8 = 1;
    pub(crate) const BROKER: u8 = 2;
    pub(crate) const CLUSTER: u8 = 3;
    pub(crate) const GROUP: u8 = 4;
    pub(crate) const CLIENT_METRICS: u8 = 5;
}

/// The length of a text that is not there.
pub(super) const ABSENT: u32 = u32::MAX;

/// Adds the bytes of `record` to `bytes`: the value of a record in the log.
pub fn encode(record: &MetadataRecord, bytes: &mut Vec<u8>) {
    let mut writer = Writer { bytes };
    match record {
        MetadataRecord::Reset => writer.head(kind::RESET),
        MetadataRecord::Cluster { id } => {
            writer.head(kind::CLUSTER);
            writer.raw(&id.to_bytes());
        }
        MetadataRecord::Broker(broker) => {
            writer.head(kind::BROKER);
            writer.broker(broker);
        }
        MetadataRecord::Topic { id, name } => {
            writer.head(kind::TOPIC);
            writer.topic(*id);
            writer.text(name);
        }
        MetadataRecord::TopicRemoved { id } => {
            writer.head(kind::TOPIC_REMOVED);
            writer.topic(*id);
        }
        MetadataRecord::Partition { topic, index, partition } => {
            writer.head(kind::PARTITION);
            writer.partition(*topic, *index, partition);
        }
        MetadataRecord::Config { resource, name, value } => {
            writer.head(kind::CONFIG);
            writer.resource(resource);
            writer.text(name);
            writer.optional(value.as_deref());
        }
        MetadataRecord::ProducerIds { next } => {
            writer.head(kind::PRODUCER_IDS);
            writer.raw(&next.get().to_le_bytes());
        }
    }
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn head(&mut self, kind: u8) {
        self.raw(&[kind, VERSION]);
    }

    fn broker(&mut self, broker: &Broker) {
        self.node(broker.node);
        self.raw(&broker.epoch.to_le_bytes());
        self.raw(&broker.incarnation.to_bytes());
        self.optional(broker.rack.as_deref());
        self.count(broker.listeners.len());
        for listener in &broker.listeners {
            self.text(&listener.name);
            self.text(&listener.host);
            self.raw(&listener.port.to_le_bytes());
        }
    }

    fn partition(&mut self, topic: TopicId, index: PartitionIndex, partition: &Partition) {
        self.topic(topic);
        self.raw(&index.get().to_le_bytes());
        self.node(partition.leader);
        self.raw(&partition.leader_epoch.get().to_le_bytes());
        self.raw(&partition.partition_epoch.to_le_bytes());
        for nodes in [&partition.replicas, &partition.in_sync] {
            self.count(nodes.len());
            nodes.iter().for_each(|node| self.node(*node));
        }
    }

    fn resource(&mut self, resource: &Resource) {
        match resource {
            Resource::Topic(id) => {
                self.raw(&[resource::TOPIC]);
                self.topic(*id);
            }
            Resource::Broker(node) => {
                self.raw(&[resource::BROKER]);
                self.node(*node);
            }
            Resource::Cluster => self.raw(&[resource::CLUSTER]),
            Resource::Group(name) => {
                self.raw(&[resource::GROUP]);
                self.text(name);
            }
            Resource::ClientMetrics(name) => {
                self.raw(&[resource::CLIENT_METRICS]);
                self.text(name);
            }
        }
    }

    fn topic(&mut self, id: TopicId) {
        self.raw(&id.uuid().to_bytes());
    }

    fn node(&mut self, node: NodeId) {
        self.raw(&node.get().to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("nobody lists that many");
        self.raw(&count.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.raw(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw(&ABSENT.to_le_bytes()),
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}
