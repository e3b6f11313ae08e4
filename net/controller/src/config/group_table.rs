//! The configurations of groups and of subscriptions to clients' metrics.

use super::definition::{Definition, Kind, Valid};

/// Those of groups.
///
/// Kafka bounds them by settings of the broker. Where those are served, `check_group` holds them
/// against each other; the others stand here with Kafka's defaults.
pub const GROUP: &[Definition] = &[
    Definition::new(
        "consumer.assignment.interval.ms",
        Kind::Int,
        Some("1000"),
        "How long after an assignment of the group the next one comes at the earliest.",
    )
    .valid(Valid::Between(0, 15_000)),
    Definition::new(
        "consumer.heartbeat.interval.ms",
        Kind::Int,
        Some("5000"),
        "How often the group's members are told to report.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "consumer.session.timeout.ms",
        Kind::Int,
        Some("45000"),
        "After how long a silent member of the group is taken for gone.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "errors.deadletterqueue.copy.record.enable",
        Kind::Boolean,
        Some("false"),
        "Whether a record that a share group gave up is put aside whole, not by its place alone.",
    ),
    Definition::new(
        "errors.deadletterqueue.topic.name",
        Kind::String,
        Some(""),
        "The topic for records that the share group gave up; none where it is empty.",
    ),
    Definition::new(
        "share.assignment.interval.ms",
        Kind::Int,
        Some("1000"),
        "How long after an assignment of the share group the next one comes at the earliest.",
    )
    .valid(Valid::Between(0, 15_000)),
    Definition::new(
        "share.auto.offset.reset",
        Kind::String,
        Some("latest"),
        "Where a share group begins that has read nothing.",
    ),
    Definition::new(
        "share.delivery.count.limit",
        Kind::Int,
        Some("5"),
        "How often the share group hands out a record before it gives it up.",
    )
    .valid(Valid::Between(2, 10)),
    Definition::new(
        "share.heartbeat.interval.ms",
        Kind::Int,
        Some("5000"),
        "How often members of the share group are told to report.",
    )
    .valid(Valid::Between(5_000, 15_000)),
    Definition::new(
        "share.isolation.level",
        Kind::String,
        Some("read_uncommitted"),
        "Whether the share group sees records of transactions that are under way.",
    )
    .valid(Valid::OneOf(&["read_committed", "read_uncommitted"])),
    Definition::new(
        "share.partition.max.record.locks",
        Kind::Int,
        Some("2000"),
        "How many records of a partition the share group hands out at the same time.",
    )
    .valid(Valid::Between(100, 4_000)),
    Definition::new(
        "share.record.lock.duration.ms",
        Kind::Int,
        Some("30000"),
        "How long a record belongs to the member that got it.",
    )
    .valid(Valid::Between(15_000, 60_000)),
    Definition::new(
        "share.renew.acknowledge.enable",
        Kind::Boolean,
        Some("true"),
        "Whether members of the share group may keep a record for longer.",
    ),
    Definition::new(
        "share.session.timeout.ms",
        Kind::Int,
        Some("45000"),
        "After how long a silent member of the share group is taken for gone.",
    )
    .valid(Valid::Between(45_000, 60_000)),
    Definition::new(
        "streams.assignment.interval.ms",
        Kind::Int,
        Some("1000"),
        "How long after an assignment of the streams group the next one comes at the earliest.",
    )
    .valid(Valid::Between(0, 15_000)),
    Definition::new(
        "streams.assignor.name",
        Kind::String,
        Some("sticky"),
        "How the streams group spreads its tasks.",
    )
    .valid(Valid::OneOf(&["sticky"])),
    Definition::new(
        "streams.heartbeat.interval.ms",
        Kind::Int,
        Some("5000"),
        "How often members of the streams group are told to report.",
    )
    .valid(Valid::Between(5_000, 15_000)),
    Definition::new(
        "streams.initial.rebalance.delay.ms",
        Kind::Int,
        Some("3000"),
        "How long a new streams group waits for more members before its first assignment.",
    )
    .valid(Valid::AtLeast(0)),
    Definition::new(
        "streams.num.standby.replicas",
        Kind::Int,
        Some("0"),
        "How many members hold a copy of each task's state beside the one that runs it.",
    )
    .valid(Valid::Between(0, 2)),
    Definition::new(
        "streams.rack.aware.assignment.tags",
        Kind::List,
        Some(""),
        "Tags of clients among which copies of the state of the streams group are spread.",
    ),
    Definition::new(
        "streams.session.timeout.ms",
        Kind::Int,
        Some("45000"),
        "After how long a silent member of the streams group is taken for gone.",
    )
    .valid(Valid::Between(45_000, 60_000)),
];

/// Those of subscriptions to clients' metrics.
pub const CLIENT_METRICS: &[Definition] = &[
    Definition::new(
        "interval.ms",
        Kind::Int,
        Some("300000"),
        "How often clients send their metrics.",
    )
    .valid(Valid::Between(100, 3_600_000)),
    Definition::new(
        "match",
        Kind::List,
        Some(""),
        "Which clients: patterns of their names, versions, addresses and ids.",
    ),
    Definition::new(
        "metrics",
        Kind::List,
        Some(""),
        "Which metrics, by the beginnings of their names; `*`: all.",
    ),
];
