//! What a topic's configurations mean to a replica.

use millstream_base::limits::BATCH_BYTES_MAX_DEFAULT;
use millstream_batch::{Compression, TimestampType};
use millstream_log::Flush;

/// How a replica treats what producers send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaOptions {
    /// `max.message.bytes`: the largest batch as it is stored.
    pub batch_bytes_max: usize,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `cleanup.policy` has `compact`: every record has a key.
    pub is_compacted: bool,
    /// `compression.type`; `None`: as the producer chose.
    pub compression: Option<Compression>,
    /// `min.insync.replicas`.
    pub in_sync_min: u32,
    /// When the engine's partition acknowledges, by `flush.messages` and `flush.ms`.
    pub flush: Flush,
}

impl Default for ReplicaOptions {
    /// Kafka's defaults.
    fn default() -> Self {
        Self {
            batch_bytes_max: BATCH_BYTES_MAX_DEFAULT,
            timestamp_type: TimestampType::Create,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            is_compacted: false,
            compression: None,
            in_sync_min: 1,
            flush: Flush::Durable,
        }
    }
}
