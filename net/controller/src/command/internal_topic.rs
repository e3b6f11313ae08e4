//! The topics in which the broker keeps its own state.

use super::NewTopic;
use crate::config::OffsetSettings;
use crate::topic_name::CONSUMER_OFFSETS;

/// The topic of committed offsets, as Kafka makes it; with as many replicas as there are brokers,
/// if those are fewer than the settings ask for.
#[must_use]
pub fn consumer_offsets(settings: &OffsetSettings, broker_count: usize) -> NewTopic {
    let replica_count = usize::try_from(settings.replica_count).unwrap_or(usize::MAX);
    let replica_count = replica_count.min(broker_count).max(1);
    NewTopic {
        partition_count: i32::try_from(settings.partition_count).unwrap_or(i32::MAX),
        replica_count: i16::try_from(replica_count).unwrap_or(i16::MAX),
        ..NewTopic::new(CONSUMER_OFFSETS)
    }
    .config("cleanup.policy", "compact")
    .config("compression.type", "producer")
    // Kafka refuses segments of less than a MiB; its own setting may ask for them.
    .config("segment.bytes", &settings.segment_bytes.max(1 << 20).to_string())
}
