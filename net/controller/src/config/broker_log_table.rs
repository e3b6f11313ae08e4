//! The configurations of brokers that topics fall back to, and others of the log.

use super::definition::{Definition, Importance, Kind, Valid};

const CLEANER: &str = "compaction acts in a later version";
const RECOVERY: &str = "a checkpoint is taken when the journal needs one";

/// All of them.
pub(super) const BROKER_LOG: &[Definition] = &[
    Definition::new(
        "compression.gzip.level",
        Kind::Int,
        Some("-1"),
        "Default of the topics' compression.gzip.level.",
    )
    .valid(Valid::OffOr(1, 9))
    .dynamic(),
    Definition::new(
        "compression.lz4.level",
        Kind::Int,
        Some("9"),
        "Default of the topics' compression.lz4.level.",
    )
    .valid(Valid::Between(1, 17))
    .dynamic(),
    Definition::new(
        "compression.type",
        Kind::String,
        Some("producer"),
        "Default of the topics' compression.type.",
    )
    .valid(Valid::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]))
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "compression.zstd.level",
        Kind::Int,
        Some("3"),
        "Default of the topics' compression.zstd.level.",
    )
    .valid(Valid::Between(-131_072, 22))
    .dynamic(),
    Definition::new(
        "log.cleaner.backoff.ms",
        Kind::Long,
        Some("15000"),
        "How long compaction rests when it finds nothing to do.",
    )
    .valid(Valid::AtLeast(0))
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.dedupe.buffer.size",
        Kind::Long,
        Some("134217728"),
        "Memory for the keys that compaction compares.",
    )
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.delete.retention.ms",
        Kind::Long,
        Some("86400000"),
        "Default of the topics' delete.retention.ms.",
    )
    .valid(Valid::AtLeast(0))
    .dynamic(),
    Definition::new(
        "log.cleaner.enable",
        Kind::Boolean,
        Some("true"),
        "Whether there is compaction at all.",
    )
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.io.buffer.load.factor",
        Kind::Double,
        Some("0.9"),
        "How full the memory for keys may become.",
    )
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.io.buffer.size",
        Kind::Int,
        Some("524288"),
        "Memory for the batches that compaction reads and writes.",
    )
    .valid(Valid::AtLeast(0))
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.io.max.bytes.per.second",
        Kind::Double,
        Some("1.7976931348623157E308"),
        "How much compaction may read and write in a second.",
    )
    .ignored(CLEANER),
    Definition::new(
        "log.cleaner.max.compaction.lag.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "Default of the topics' max.compaction.lag.ms.",
    )
    .valid(Valid::AtLeast(1))
    .dynamic(),
    Definition::new(
        "log.cleaner.min.cleanable.ratio",
        Kind::Double,
        Some("0.5"),
        "Default of the topics' min.cleanable.dirty.ratio.",
    )
    .valid(Valid::Ratio(0.0, 1.0))
    .dynamic(),
    Definition::new(
        "log.cleaner.min.compaction.lag.ms",
        Kind::Long,
        Some("0"),
        "Default of the topics' min.compaction.lag.ms.",
    )
    .valid(Valid::AtLeast(0))
    .dynamic(),
    Definition::new("log.cleaner.threads", Kind::Int, Some("1"), "Threads that compact.")
        .valid(Valid::AtLeast(0))
        .ignored(CLEANER),
    Definition::new(
        "log.cleanup.policy",
        Kind::List,
        Some("delete"),
        "Default of the topics' cleanup.policy.",
    )
    .valid(Valid::ListOf(&["compact", "delete"]))
    .dynamic(),
    Definition::new(
        "log.dir",
        Kind::List,
        Some("/tmp/kafka-logs"),
        "The data directory, where log.dirs and the command line name none.",
    )
    .valid(Valid::Distinct)
    .importance(Importance::High),
    Definition::new(
        "log.dirs",
        Kind::List,
        None,
        "The data directory. One: a broker here keeps all of its data in one directory.",
    )
    .valid(Valid::Distinct)
    .importance(Importance::High),
    Definition::new(
        "log.flush.interval.messages",
        Kind::Long,
        Some("9223372036854775807"),
        "Default of the topics' flush.messages.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .dynamic(),
    Definition::new("log.flush.interval.ms", Kind::Long, None, "Default of the topics' flush.ms.")
        .importance(Importance::High)
        .dynamic(),
    Definition::new(
        "log.flush.offset.checkpoint.interval.ms",
        Kind::Int,
        Some("60000"),
        "How often the place is noted from which recovery must read.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High)
    .ignored(RECOVERY),
    Definition::new(
        "log.flush.scheduler.interval.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "Default of the topics' flush.ms where log.flush.interval.ms is not set.",
    )
    .importance(Importance::High),
    Definition::new(
        "log.flush.start.offset.checkpoint.interval.ms",
        Kind::Int,
        Some("60000"),
        "How often the first offsets of the partitions are noted.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High)
    .ignored(RECOVERY),
    Definition::new(
        "log.index.interval.bytes",
        Kind::Int,
        Some("4096"),
        "Default of the topics' index.interval.bytes.",
    )
    .valid(Valid::AtLeast(0))
    .dynamic(),
    Definition::new(
        "log.index.size.max.bytes",
        Kind::Int,
        Some("10485760"),
        "Default of the topics' segment.index.bytes.",
    )
    .valid(Valid::AtLeast(4))
    .dynamic(),
    Definition::new(
        "log.local.retention.bytes",
        Kind::Long,
        Some("-2"),
        "Default of the topics' local.retention.bytes.",
    )
    .valid(Valid::AtLeast(-2))
    .dynamic(),
    Definition::new(
        "log.local.retention.ms",
        Kind::Long,
        Some("-2"),
        "Default of the topics' local.retention.ms.",
    )
    .valid(Valid::AtLeast(-2))
    .dynamic(),
    Definition::new(
        "log.message.timestamp.after.max.ms",
        Kind::Long,
        Some("3600000"),
        "Default of the topics' message.timestamp.after.max.ms.",
    )
    .valid(Valid::AtLeast(0))
    .dynamic(),
    Definition::new(
        "log.message.timestamp.before.max.ms",
        Kind::Long,
        Some("9223372036854775807"),
        "Default of the topics' message.timestamp.before.max.ms.",
    )
    .valid(Valid::AtLeast(0))
    .dynamic(),
    Definition::new(
        "log.message.timestamp.type",
        Kind::String,
        Some("CreateTime"),
        "Default of the topics' message.timestamp.type.",
    )
    .valid(Valid::OneOf(&["CreateTime", "LogAppendTime"]))
    .dynamic(),
    Definition::new(
        "log.preallocate",
        Kind::Boolean,
        Some("false"),
        "Default of the topics' preallocate.",
    )
    .dynamic(),
    Definition::new(
        "log.retention.bytes",
        Kind::Long,
        Some("-1"),
        "Default of the topics' retention.bytes.",
    )
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "log.retention.check.interval.ms",
        Kind::Long,
        Some("300000"),
        "How often retention by time looks at the partitions.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "log.retention.hours",
        Kind::Int,
        Some("168"),
        "Default of the topics' retention.ms, in hours.",
    )
    .importance(Importance::High),
    Definition::new(
        "log.retention.minutes",
        Kind::Int,
        None,
        "Default of the topics' retention.ms, in minutes; comes before log.retention.hours.",
    )
    .importance(Importance::High),
    Definition::new(
        "log.retention.ms",
        Kind::Long,
        None,
        "Default of the topics' retention.ms; comes before log.retention.minutes.",
    )
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "log.roll.hours",
        Kind::Int,
        Some("168"),
        "Default of the topics' segment.ms, in hours.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "log.roll.jitter.hours",
        Kind::Int,
        Some("0"),
        "Default of the topics' segment.jitter.ms, in hours.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High),
    Definition::new(
        "log.roll.jitter.ms",
        Kind::Long,
        None,
        "Default of the topics' segment.jitter.ms.",
    )
    .importance(Importance::High)
    .dynamic(),
    Definition::new("log.roll.ms", Kind::Long, None, "Default of the topics' segment.ms.")
        .importance(Importance::High)
        .dynamic(),
    Definition::new(
        "log.segment.bytes",
        Kind::Int,
        Some("1073741824"),
        "Default of the topics' segment.bytes.",
    )
    .valid(Valid::AtLeast(1 << 20))
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "log.segment.delete.delay.ms",
        Kind::Long,
        Some("60000"),
        "Default of the topics' file.delete.delay.ms.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "message.max.bytes",
        Kind::Int,
        Some("1048588"),
        "Default of the topics' max.message.bytes.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "min.insync.replicas",
        Kind::Int,
        Some("1"),
        "Default of the topics' min.insync.replicas.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .dynamic(),
    Definition::new(
        "unclean.leader.election.enable",
        Kind::Boolean,
        Some("false"),
        "Default of the topics' unclean.leader.election.enable.",
    )
    .importance(Importance::High)
    .dynamic(),
];
