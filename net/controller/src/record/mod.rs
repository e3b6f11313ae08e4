//! The controller's records: what the log `__cluster_metadata` consists of.
//!
//! Their bytes are described in `docs/formats/metadata.md`.

mod batch;
mod decode;
mod encode;

#[cfg(test)]
mod record_test;

pub use batch::{METADATA_BATCH_BYTES_MAX, ReplayFault, decode_batch, encode_batch};
pub use decode::{RecordFault, decode};
pub use encode::encode;

use crate::image::{Broker, Partition};
use millstream_base::{NodeId, PartitionIndex, ProducerId, TopicId, Uuid};
use std::sync::Arc;

/// One change of the cluster's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataRecord {
    /// Forget everything before: what follows says it all.
    Reset,
    /// The cluster got its name.
    Cluster {
        /// The name.
        id: Uuid,
    },
    /// A broker was started, or has other addresses.
    Broker(Broker),
    /// A topic was made, so far without partitions.
    Topic {
        /// Its id.
        id: TopicId,
        /// Its name.
        name: Arc<str>,
    },
    /// A topic was deleted, with its partitions and configurations.
    TopicRemoved {
        /// Its id.
        id: TopicId,
    },
    /// A partition was added, or is led or held by others.
    Partition {
        /// Its topic.
        topic: TopicId,
        /// Its index.
        index: PartitionIndex,
        /// All about it.
        partition: Partition,
    },
    /// A configuration was set, or, without a value, left to its default again.
    Config {
        /// On what.
        resource: Resource,
        /// Which one.
        name: String,
        /// The value as it was given.
        value: Option<String>,
    },
    /// Producer ids were handed out.
    ProducerIds {
        /// The first one that was not.
        next: ProducerId,
    },
}

/// What a configuration can be set on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A topic.
    Topic(TopicId),
    /// A broker.
    Broker(NodeId),
    /// All brokers.
    Cluster,
    /// A group.
    Group(Arc<str>),
    /// A subscription to clients' metrics.
    ClientMetrics(Arc<str>),
}
