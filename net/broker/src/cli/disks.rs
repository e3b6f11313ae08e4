//! What lies on which disk.

use crate::client::{Client, ClientError, Cluster, check};
use millstream_wire::{DescribeLogDirsRequest, DescribeLogDirsResponse};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A directory of a broker.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) node: i32,
    pub(crate) path: String,
    /// -1 where the broker does not say.
    pub(crate) total_bytes: i64,
    /// -1 where the broker does not say.
    pub(crate) usable_bytes: i64,
    /// Bytes of each topic, by its name.
    pub(crate) topics: BTreeMap<String, i64>,
}

impl Disk {
    pub(crate) fn used_bytes(&self) -> i64 {
        self.topics.values().sum()
    }

    pub(crate) fn json(&self) -> Value {
        let known = |bytes: i64| (bytes >= 0).then_some(bytes);
        json!({
            "broker": self.node,
            "directory": self.path,
            "records_bytes": self.used_bytes(),
            "free_bytes": known(self.usable_bytes),
            "total_bytes": known(self.total_bytes),
        })
    }
}

/// All directories of all brokers; none of a broker that does not tell.
pub(crate) fn disks(client: &mut Client, cluster: &Cluster) -> Result<Vec<Disk>, ClientError> {
    let mut all = Vec::new();
    for node in cluster.brokers.keys() {
        let reply = match client.node(*node)?.ask(&DescribeLogDirsRequest { topics: None }) {
            Err(ClientError::Unsupported(_)) => continue,
            reply => reply?,
        };
        let response: DescribeLogDirsResponse<'_> = reply.read()?;
        for result in &response.results {
            check(result.error_code, None, || format!("broker {node}, {}", result.log_dir))?;
            let mut topics: BTreeMap<String, i64> = BTreeMap::new();
            for topic in &result.topics {
                let bytes = topic.partitions.iter().map(|partition| partition.partition_size);
                *topics.entry(topic.name.to_owned()).or_default() += bytes.sum::<i64>();
            }
            all.push(Disk {
                node: *node,
                path: result.log_dir.to_owned(),
                total_bytes: result.total_bytes,
                usable_bytes: result.usable_bytes,
                topics,
            });
        }
    }
    Ok(all)
}
