//! The configurations of topics: Kafka 4.4's names, types, defaults and ranges, in our words.

use super::definition::{Definition, Kind, Scale, Synonym, Valid, same};

/// All of them, by name.
pub const TOPIC: &[Definition] = &[
    Definition::new(
        "cleanup.policy",
        Kind::List,
        Some("delete"),
        "What happens to old segments: `delete` removes them by retention.ms and retention.bytes; \
         `compact` keeps the last record of each key. Compaction is stored and answered, and acts \
         in a later version; until then a compacted topic keeps all of its records.",
    )
    .valid(Valid::ListOf(&["compact", "delete"]))
    .synonyms(&[same("log.cleanup.policy")]),
    Definition::new(
        "compression.gzip.level",
        Kind::Int,
        Some("-1"),
        "Effort of gzip where compression.type is gzip; -1 leaves it to the codec.",
    )
    .valid(Valid::OffOr(1, 9))
    .synonyms(&[same("compression.gzip.level")]),
    Definition::new(
        "compression.lz4.level",
        Kind::Int,
        Some("9"),
        "Effort of lz4 where compression.type is lz4.",
    )
    .valid(Valid::Between(1, 17))
    .synonyms(&[same("compression.lz4.level")]),
    Definition::new(
        "compression.type",
        Kind::String,
        Some("producer"),
        "How batches are stored: `producer` leaves each as it came; a codec's name, or \
         `uncompressed`, packs them anew.",
    )
    .valid(Valid::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]))
    .synonyms(&[same("compression.type")]),
    Definition::new(
        "compression.zstd.level",
        Kind::Int,
        Some("3"),
        "Effort of zstd where compression.type is zstd.",
    )
    .valid(Valid::Between(-131_072, 22))
    .synonyms(&[same("compression.zstd.level")]),
    Definition::new(
        "delete.retention.ms",
        Kind::Long,
        Some("86400000"),
        "How long compaction keeps the tombstone of a deleted key, and so how long a reader may \
         take from the first offset to the end without missing one.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.cleaner.delete.retention.ms")]),
    Definition::new(
        "errors.deadletterqueue.group.enable",
        Kind::Boolean,
        Some("false"),
        "Whether share groups may put records here that they gave up.",
    )
    .ignored("share groups keep no such records yet"),
    Definition::new(
        "file.delete.delay.ms",
        Kind::Long,
        Some("60000"),
        "How long a file that is no longer needed stays on disk.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.segment.delete.delay.ms")])
    .ignored("files are recycled at the next checkpoint, and readers keep what they read"),
    Definition::new(
        "flush.messages",
        Kind::Long,
        Some("9223372036854775807"),
        "Left alone, or 1: a record is acknowledged when it is on stable media. Set to more: it is \
         acknowledged when it has its place in the log, and a power cut may take the last moments.",
    )
    .valid(Valid::AtLeast(1))
    .synonyms(&[same("log.flush.interval.messages")]),
    Definition::new(
        "flush.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "As flush.messages, by time: left alone, or 0, is durable; more than 0 is acknowledged \
         before it is on stable media.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")]),
    Definition::new(
        "follower.replication.throttled.replicas",
        Kind::List,
        Some(""),
        "Replicas that copy under the follower's rate: `*`, or a list of partition:node.",
    )
    .valid(Valid::ThrottledReplicas),
    Definition::new(
        "index.interval.bytes",
        Kind::Int,
        Some("4096"),
        "How many bytes of records lie between two entries of an offset index.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.index.interval.bytes")])
    .ignored("the index has an entry for each stretch that is read at once"),
    Definition::new(
        "leader.replication.throttled.replicas",
        Kind::List,
        Some(""),
        "Replicas that are copied from under the leader's rate: `*`, or a list of partition:node.",
    )
    .valid(Valid::ThrottledReplicas),
    Definition::new(
        "local.retention.bytes",
        Kind::Long,
        Some("-2"),
        "Bytes of a tiered partition that stay on local disks; -2 takes retention.bytes.",
    )
    .valid(Valid::AtLeast(-2))
    .synonyms(&[same("log.local.retention.bytes")]),
    Definition::new(
        "local.retention.ms",
        Kind::Long,
        Some("-2"),
        "How long records of a tiered partition stay on local disks; -2 takes retention.ms.",
    )
    .valid(Valid::AtLeast(-2))
    .synonyms(&[same("log.local.retention.ms")]),
    Definition::new(
        "max.compaction.lag.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "The longest time for which a record may stay beyond compaction's reach.",
    )
    .valid(Valid::AtLeast(1))
    .synonyms(&[same("log.cleaner.max.compaction.lag.ms")]),
    Definition::new(
        "max.decompressed.message.bytes",
        Kind::Int,
        Some("2147483639"),
        "The largest batch when it is decompressed.",
    )
    .valid(Valid::AtLeast(1))
    .synonyms(&[same("max.decompressed.message.bytes")])
    .ignored("batches are decompressed within a limit of the program"),
    Definition::new(
        "max.message.bytes",
        Kind::Int,
        Some("1048588"),
        "The largest batch, as it is stored: compressed, and with its header.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("message.max.bytes")]),
    Definition::new(
        "message.timestamp.after.max.ms",
        Kind::Long,
        Some("3600000"),
        "How far a record's time may lie ahead of the broker's clock, where the time is the \
         producer's.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.message.timestamp.after.max.ms")]),
    Definition::new(
        "message.timestamp.before.max.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "How far a record's time may lie behind the broker's clock, where the time is the \
         producer's.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.message.timestamp.before.max.ms")]),
    Definition::new(
        "message.timestamp.type",
        Kind::String,
        Some("CreateTime"),
        "Whose clock a record's time comes from: the producer's (CreateTime) or the broker's \
         (LogAppendTime).",
    )
    .valid(Valid::OneOf(&["CreateTime", "LogAppendTime"]))
    .synonyms(&[same("log.message.timestamp.type")]),
    Definition::new(
        "min.cleanable.dirty.ratio",
        Kind::Double,
        Some("0.5"),
        "The share of a log that must be uncompacted before compaction is worth its writes.",
    )
    .valid(Valid::Ratio(0.0, 1.0))
    .synonyms(&[same("log.cleaner.min.cleanable.ratio")]),
    Definition::new(
        "min.compaction.lag.ms",
        Kind::Long,
        Some("0"),
        "The shortest time for which compaction leaves a record alone.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[same("log.cleaner.min.compaction.lag.ms")]),
    Definition::new(
        "min.insync.replicas",
        Kind::Int,
        Some("1"),
        "How many replicas must hold a record before a producer that asked for all is answered.",
    )
    .valid(Valid::AtLeast(1))
    .synonyms(&[same("min.insync.replicas")]),
    Definition::new(
        "preallocate",
        Kind::Boolean,
        Some("false"),
        "Whether a segment file gets all of its space when it is made.",
    )
    .synonyms(&[same("log.preallocate")])
    .ignored("space is allocated ahead of the writes in any case"),
    Definition::new(
        "remote.copy.lag.bytes",
        Kind::Long,
        Some("-1"),
        "How many newer bytes a segment must have before it goes to the object store; -1 takes \
         local.retention.bytes.",
    )
    .valid(Valid::AtLeast(-1))
    .synonyms(&[same("log.remote.copy.lag.bytes")]),
    Definition::new(
        "remote.copy.lag.ms",
        Kind::Long,
        Some("0"),
        "How old a segment must be before it goes to the object store; -1 takes \
         local.retention.ms.",
    )
    .valid(Valid::AtLeast(-1))
    .synonyms(&[same("log.remote.copy.lag.ms")]),
    Definition::new(
        "remote.log.copy.disable",
        Kind::Boolean,
        Some("false"),
        "Whether a tiered topic sends no more segments to the object store.",
    ),
    Definition::new(
        "remote.log.delete.on.disable",
        Kind::Boolean,
        Some("false"),
        "Whether a topic's segments in the object store go when tiering is switched off.",
    ),
    Definition::new(
        "remote.storage.enable",
        Kind::Boolean,
        Some("false"),
        "Whether old segments move to an object store. Not available yet.",
    ),
    Definition::new(
        "retention.bytes",
        Kind::Long,
        Some("-1"),
        "How many bytes of each partition are kept; the oldest segments go first. -1: all.",
    )
    .synonyms(&[same("log.retention.bytes")]),
    Definition::new(
        "retention.ms",
        Kind::Long,
        Some("604800000"),
        "How long records are kept; a segment goes when its newest record is older. -1: for ever.",
    )
    .valid(Valid::AtLeast(-1))
    .synonyms(&[
        same("log.retention.ms"),
        Synonym { name: "log.retention.minutes", scale: Scale::Minutes },
        Synonym { name: "log.retention.hours", scale: Scale::Hours },
    ]),
    Definition::new(
        "segment.bytes",
        Kind::Int,
        Some("1073741824"),
        "The size at which a segment file is closed. Retention removes whole segments.",
    )
    .valid(Valid::AtLeast(1 << 20))
    .synonyms(&[same("log.segment.bytes")]),
    Definition::new(
        "segment.index.bytes",
        Kind::Int,
        Some("10485760"),
        "The largest size of a segment's offset index.",
    )
    .valid(Valid::AtLeast(4))
    .synonyms(&[same("log.index.size.max.bytes")])
    .ignored("an index grows with its segment and has no limit of its own"),
    Definition::new(
        "segment.jitter.ms",
        Kind::Long,
        Some("0"),
        "By how much chance shortens segment.ms, so that segments do not close all at once.",
    )
    .valid(Valid::AtLeast(0))
    .synonyms(&[
        same("log.roll.jitter.ms"),
        Synonym { name: "log.roll.jitter.hours", scale: Scale::Hours },
    ]),
    Definition::new(
        "segment.ms",
        Kind::Long,
        Some("604800000"),
        "The age at which a segment file is closed even if it is not full.",
    )
    .valid(Valid::AtLeast(1))
    .synonyms(&[same("log.roll.ms"), Synonym { name: "log.roll.hours", scale: Scale::Hours }]),
    Definition::new(
        "unclean.leader.election.enable",
        Kind::Boolean,
        Some("false"),
        "Whether a replica that is not in sync may lead when no other is left, at the price of \
         records.",
    )
    .synonyms(&[same("unclean.leader.election.enable")]),
];

/// The topic's configuration of this name.
#[must_use]
pub fn topic(name: &str) -> Option<&'static Definition> {
    let found = TOPIC.binary_search_by(|definition| definition.name.cmp(name));
    found.ok().map(|index| &TOPIC[index])
}
