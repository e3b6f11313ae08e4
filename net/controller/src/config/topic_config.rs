//! What a topic's configurations come to, as one struct for the shards.

use super::fault::ConfigFault;
use super::resolve::{Layers, Source};
use super::topic_table::topic;
use super::value::Value;
use core::time::Duration;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_batch::{Compression, TimestampType};
use millstream_log::{Flush, PartitionOptions};

/// The values that count for one topic on one broker.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TopicConfig {
    /// `cleanup.policy`.
    pub cleanup: CleanupPolicy,
    /// `compression.type`; `None`: as the producer chose.
    pub compression: Option<Compression>,
    /// `compression.gzip.level`, `compression.lz4.level` or `compression.zstd.level`, by
    /// `compression.type`.
    pub compression_level: Option<i32>,
    /// When an append is acknowledged, by `flush.messages` and `flush.ms`.
    pub flush: Flush,
    /// `flush.messages`.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `max.message.bytes`.
    pub batch_bytes_max: usize,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `min.insync.replicas`.
    pub in_sync_min: u32,
    /// `retention.bytes`; `None`: all.
    pub retention_bytes: Option<u64>,
    /// `retention.ms`; `None`: for ever.
    pub retention: Option<Duration>,
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
    /// `min.compaction.lag.ms`.
    pub compaction_lag_min_ms: i64,
    /// `max.compaction.lag.ms`.
    pub compaction_lag_max_ms: i64,
    /// `min.cleanable.dirty.ratio`.
    pub dirty_ratio_min: f64,
    /// `unclean.leader.election.enable`.
    pub unclean_election: bool,
}

/// What happens to old segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Retention removes them.
    pub delete: bool,
    /// Compaction keeps the last record of each key.
    pub compact: bool,
}

impl TopicConfig {
    /// What counts for a topic, of all that was set for it and for the broker.
    #[must_use]
    pub fn new(layers: Layers<'_>) -> Self {
        let values = Values { layers };
        let (compression, level_name) = codec(&values.text("compression.type"));
        let policy = values.list("cleanup.policy");
        let is_in = |name: &str| policy.iter().any(|item| item == name);
        Self {
            cleanup: CleanupPolicy { delete: is_in("delete"), compact: is_in("compact") },
            compression,
            compression_level: level_name
                .map(|name| i32::try_from(values.number(name)).expect("levels are 32 bits")),
            flush: values.flush(),
            flush_messages: values.number("flush.messages"),
            flush_ms: values.number("flush.ms"),
            batch_bytes_max: usize::try_from(values.number("max.message.bytes")).unwrap_or(0),
            timestamp_type: match values.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppend,
                _ => TimestampType::Create,
            },
            timestamp_before_max_ms: values.number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: values.number("message.timestamp.after.max.ms"),
            in_sync_min: u32::try_from(values.number("min.insync.replicas")).unwrap_or(1),
            retention_bytes: u64::try_from(values.number("retention.bytes")).ok(),
            retention: values.duration("retention.ms"),
            segment_bytes: u64::try_from(values.number("segment.bytes")).unwrap_or(1 << 20),
            segment_ms: values.number("segment.ms"),
            delete_retention_ms: values.number("delete.retention.ms"),
            compaction_lag_min_ms: values.number("min.compaction.lag.ms"),
            compaction_lag_max_ms: values.number("max.compaction.lag.ms"),
            dirty_ratio_min: values.value("min.cleanable.dirty.ratio").as_f64().unwrap_or(0.5),
            unclean_election: values.value("unclean.leader.election.enable")
                == Value::Boolean(true),
        }
    }

    /// How the engine is to treat the topic's partitions.
    ///
    /// Without `delete` in the policy nothing is removed: what compaction would keep must stay.
    #[must_use]
    pub fn partition_options(&self) -> PartitionOptions {
        let mut options = PartitionOptions::default()
            .flush(self.flush)
            .segment_bytes(self.segment_bytes)
            .batch_bytes_max(self.batch_bytes_max.clamp(1, BATCH_BYTES_MAX));
        if self.cleanup.delete {
            options.retention_bytes = self.retention_bytes;
            options.retention = self.retention;
        }
        options
    }
}

/// Whether the shortest lag of compaction is shorter than the longest.
pub(crate) fn check_topic_lags(lags: [(&'static str, i64); 2]) -> Result<(), ConfigFault> {
    let [(name, min_ms), (other, max_ms)] = lags;
    if min_ms > max_ms { Err(ConfigFault::Conflict { name, other }) } else { Ok(()) }
}

/// Checks what was set on a topic as a whole.
///
/// # Errors
/// [`ConfigFault::Conflict`] and [`ConfigFault::Unsupported`].
pub fn check_topic(layers: Layers<'_>) -> Result<(), ConfigFault> {
    let values = Values { layers };
    let lags = ["min.compaction.lag.ms", "max.compaction.lag.ms"];
    check_topic_lags(lags.map(|name| (name, values.number(name))))?;
    if values.value("remote.storage.enable") == Value::Boolean(true) {
        let why = "this broker has no object store to move segments to";
        return Err(ConfigFault::Unsupported { name: "remote.storage.enable", why });
    }
    Ok(())
}

/// The codec of a `compression.type`, and the configuration of its effort.
fn codec(name: &str) -> (Option<Compression>, Option<&'static str>) {
    match name {
        "uncompressed" => (Some(Compression::None), None),
        "gzip" => (Some(Compression::Gzip), Some("compression.gzip.level")),
        "lz4" => (Some(Compression::Lz4), Some("compression.lz4.level")),
        "snappy" => (Some(Compression::Snappy), None),
        "zstd" => (Some(Compression::Zstd), Some("compression.zstd.level")),
        _ => (None, None),
    }
}

/// Values of a topic by name and type.
struct Values<'a> {
    layers: Layers<'a>,
}

impl Values<'_> {
    fn value(&self, name: &str) -> Value {
        let definition = topic(name).expect("asked for by names of the table");
        self.layers.topic(definition).value.expect("all of a topic's have defaults")
    }

    fn number(&self, name: &str) -> i64 {
        self.value(name).as_i64().expect("asked for by its type")
    }

    fn text(&self, name: &str) -> String {
        self.value(name).to_string()
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.value(name).as_list().map(<[_]>::to_vec).unwrap_or_default()
    }

    /// `None` for what is negative: for ever.
    fn duration(&self, name: &str) -> Option<Duration> {
        u64::try_from(self.number(name)).ok().map(Duration::from_millis)
    }

    /// Kafka's defaults say "when the operating system likes"; ours is to be durable, so only a
    /// value that somebody chose relaxes it.
    fn flush(&self) -> Flush {
        let chosen = |name: &str| {
            let definition = topic(name).expect("asked for by names of the table");
            let resolved = self.layers.topic(definition);
            let is_chosen = resolved.source != Source::Default;
            resolved.value.and_then(|value| value.as_i64()).filter(|_| is_chosen)
        };
        let messages = chosen("flush.messages");
        let time_ms = chosen("flush.ms");
        let is_each = messages == Some(1) || time_ms.is_some_and(|time_ms| time_ms <= 0);
        let is_chosen = messages.is_some() || time_ms.is_some();
        if is_chosen && !is_each { Flush::Relaxed } else { Flush::Durable }
    }
}
