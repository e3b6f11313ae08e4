//! Commands: each is decided against an image, without changing it, into records and an answer.

pub(crate) mod alter_configs;
pub(crate) mod create_partitions;
pub(crate) mod create_topics;
pub(crate) mod delete_topics;
mod internal_topic;
pub(crate) mod producer_ids;
pub(crate) mod register_broker;
mod replicas;

#[cfg(test)]
mod command_test;
#[cfg(test)]
mod config_command_test;

pub use alter_configs::{
    AlterConfigs, AlterOperation, AlterResource, CONFIG_VALUE_BYTES_MAX, ConfigChange,
    ConfigResource, IncrementalAlterConfigs,
};
pub use create_partitions::{CreatePartitions, MorePartitions};
pub use create_topics::{CreateTopics, CreatedTopic, NewTopic};
pub use delete_topics::{DeleteTopics, DeletedTopic, TopicSelector};
pub use internal_topic::consumer_offsets;
pub use producer_ids::{PRODUCER_ID_BLOCK_COUNT, ProducerIdBlock};
pub use register_broker::BrokerRegistration;

use crate::config::BrokerConfig;
use crate::image::MetadataImage;
use crate::record::MetadataRecord;
use millstream_base::{NodeId, Random};
use std::collections::BTreeSet;

/// Most partitions that one request may make: Kafka's bound, and what one batch of the log holds
/// many times over.
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// What a command came to.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a command is carried out when its records are appended and applied"]
pub struct Outcome<T> {
    /// The answer, to be given when the records are stable.
    pub response: T,
    /// What changes; none for a refusal, or where nothing does.
    pub records: Vec<MetadataRecord>,
}

/// Names of a request that come more than once.
pub(crate) fn repeated<T: Ord>(names: impl Iterator<Item = T>) -> BTreeSet<T> {
    let mut seen = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for name in names {
        if let Some(name) = seen.replace(name) {
            repeated.insert(name);
        }
    }
    repeated
}

/// What a decision rests on.
pub(crate) struct Context<'a> {
    pub(crate) image: &'a MetadataImage,
    pub(crate) node: NodeId,
    pub(crate) config: &'a BrokerConfig,
    pub(crate) random: &'a mut Random,
}
