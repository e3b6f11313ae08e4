//! What is known of a cluster: its brokers, and its topics.

use crate::client::ClientError;
use millstream_base::Uuid;
use millstream_wire::message::k03_metadata::{MetadataResponsePartition, MetadataResponseTopic};
use millstream_wire::{ErrorCode, MetadataResponse};
use std::collections::BTreeMap;

/// An answer to Metadata.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) id: Option<String>,
    /// -1 where there is none.
    pub(crate) controller: i32,
    /// Host, port and rack of each.
    pub(crate) brokers: BTreeMap<i32, BrokerInfo>,
    /// In the order of their names.
    pub(crate) topics: Vec<TopicInfo>,
}

/// Where a broker is.
#[derive(Clone, Debug)]
pub(crate) struct BrokerInfo {
    pub(crate) host: String,
    pub(crate) port: i32,
    pub(crate) rack: Option<String>,
}

/// A topic.
#[derive(Clone, Debug)]
pub(crate) struct TopicInfo {
    pub(crate) name: String,
    pub(crate) id: Uuid,
    pub(crate) is_internal: bool,
    pub(crate) error: ErrorCode,
    /// In the order of their numbers.
    pub(crate) partitions: Vec<PartitionInfo>,
}

/// One of a topic's partitions.
#[derive(Clone, Debug)]
pub(crate) struct PartitionInfo {
    pub(crate) index: i32,
    /// -1 where there is none.
    pub(crate) leader: i32,
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
}

impl Cluster {
    pub(crate) fn new(response: &MetadataResponse<'_>) -> Self {
        let brokers = response.brokers.iter().map(|broker| {
            let (host, rack) = (broker.host.to_owned(), broker.rack.map(str::to_owned));
            (broker.node_id, BrokerInfo { host, port: broker.port, rack })
        });
        let mut topics: Vec<TopicInfo> = response.topics.iter().map(topic).collect();
        topics.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            id: response.cluster_id.map(str::to_owned),
            controller: response.controller_id,
            brokers: brokers.collect(),
            topics,
        }
    }

    /// Where a broker is, as `host:port`.
    pub(crate) fn address(&self, node: i32) -> Option<String> {
        self.brokers.get(&node).map(BrokerInfo::address)
    }
}

impl BrokerInfo {
    pub(crate) fn address(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl TopicInfo {
    pub(crate) fn partition(&self, index: i32) -> Option<&PartitionInfo> {
        self.partitions.iter().find(|partition| partition.index == index)
    }

    /// Who leads a partition.
    pub(crate) fn leader(&self, index: i32) -> Result<i32, ClientError> {
        let error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        let what = || format!("{}/{index}", self.name);
        let found = self.partition(index).ok_or_else(|| ClientError::refused(what(), error, None));
        found.map(|partition| partition.leader)
    }

    /// The numbers of its partitions.
    pub(crate) fn indexes(&self) -> Vec<i32> {
        self.partitions.iter().map(|partition| partition.index).collect()
    }
}

fn topic(topic: &MetadataResponseTopic<'_>) -> TopicInfo {
    let mut partitions: Vec<PartitionInfo> = topic.partitions.iter().map(partition).collect();
    partitions.sort_by_key(|partition| partition.index);
    TopicInfo {
        name: topic.name.unwrap_or_default().to_owned(),
        id: topic.topic_id,
        is_internal: topic.is_internal,
        error: topic.error_code,
        partitions,
    }
}

fn partition(partition: &MetadataResponsePartition) -> PartitionInfo {
    PartitionInfo {
        index: partition.partition_index,
        leader: partition.leader_id,
        replicas: partition.replica_nodes.clone(),
        in_sync: partition.isr_nodes.clone(),
    }
}
