//! Which nodes get a new partition: chosen here, or by whoever asks.

use super::Context;
use crate::error::{Refusal, RefusalKind};
use crate::placement::Striping;
use millstream_base::NodeId;

/// Replicas for `partition_count` partitions, chosen here.
pub(super) fn chosen(
    context: &mut Context<'_>,
    partition_count: usize,
    replica_count: usize,
) -> Result<Vec<Vec<NodeId>>, Refusal> {
    let nodes: Vec<NodeId> = context.image.brokers().map(|broker| broker.node).collect();
    if replica_count > nodes.len() {
        let message =
            format!("{replica_count} replicas need as many brokers, and there are {}", nodes.len());
        return Err(Refusal::new(RefusalKind::InvalidReplicationFactor, message));
    }
    let mut striping = Striping::new(&nodes, replica_count, context.random);
    Ok((0..partition_count).map(|_| striping.next()).collect())
}

/// Whether these nodes can be a partition's replicas, of which there shall be `replica_count`.
pub(super) fn check(
    context: &Context<'_>,
    replicas: &[NodeId],
    replica_count: usize,
) -> Result<(), Refusal> {
    let refuse = |message| Err(Refusal::new(RefusalKind::InvalidReplicaAssignment, message));
    if replicas.is_empty() {
        return refuse("a partition needs a replica".to_owned());
    }
    if replicas.len() != replica_count {
        return refuse(format!(
            "all partitions of a topic have as many replicas: {replica_count}, not {}",
            replicas.len()
        ));
    }
    for (index, node) in replicas.iter().enumerate() {
        if replicas[..index].contains(node) {
            return refuse(format!("node {node} cannot hold two replicas of one partition"));
        }
        if context.image.broker(*node).is_none() {
            return refuse(format!("there is no broker {node}"));
        }
    }
    Ok(())
}
