//! The configurations of brokers beside those of the log: node, network, topics, groups.

use super::broker_log_table::BROKER_LOG;
use super::definition::{Definition, Importance, Kind, Valid};

const THREADS: &str = "each core runs one shard, which does all of its work; see --cores";
const ONE_NODE: &str = "replication acts in a later version";
const QUORUM: &str = "one node is its own controller";

const NODE: &[Definition] = &[
    Definition::new("broker.id", Kind::Int, Some("-1"), "The older name of node.id.")
        .importance(Importance::High),
    Definition::new(
        "broker.rack",
        Kind::String,
        None,
        "Where the node stands, so that replicas can be spread.",
    ),
    Definition::new(
        "controlled.shutdown.enable",
        Kind::Boolean,
        Some("true"),
        "Whether a node hands its partitions over before it ends.",
    )
    .ignored(ONE_NODE),
    Definition::new(
        "controller.listener.names",
        Kind::List,
        Some(""),
        "Listeners that only controllers use.",
    )
    .importance(Importance::High)
    .ignored(QUORUM),
    Definition::new(
        "controller.quorum.bootstrap.servers",
        Kind::List,
        Some(""),
        "Where controllers are found.",
    )
    .importance(Importance::High)
    .ignored(QUORUM),
    Definition::new("controller.quorum.voters", Kind::List, Some(""), "The controllers that vote.")
        .importance(Importance::High)
        .ignored(QUORUM),
    Definition::new(
        "inter.broker.listener.name",
        Kind::String,
        None,
        "The listener that brokers use among themselves.",
    )
    .ignored(ONE_NODE),
    Definition::new(
        "node.id",
        Kind::Int,
        Some("1"),
        "The number of this node in its cluster. It stays with its data directory.",
    )
    .valid(Valid::AtLeast(0))
    .importance(Importance::High),
    Definition::new("process.roles", Kind::List, Some("broker,controller"), "What this node does.")
        .valid(Valid::ListOf(&["broker", "controller"]))
        .importance(Importance::High)
        .ignored(QUORUM),
];

const NETWORK: &[Definition] = &[
    Definition::new(
        "advertised.listeners",
        Kind::List,
        None,
        "The addresses that clients are told, where they differ from those of listeners.",
    )
    .valid(Valid::Distinct)
    .importance(Importance::High),
    Definition::new(
        "connections.max.idle.ms",
        Kind::Long,
        Some("600000"),
        "A connection on which nothing happens for this long is closed; negative: never.",
    ),
    Definition::new(
        "fetch.max.bytes",
        Kind::Int,
        Some("57671680"),
        "The most that one fetch is answered with, whatever it asks for.",
    )
    .valid(Valid::AtLeast(1024)),
    Definition::new(
        "listener.security.protocol.map",
        Kind::String,
        Some("PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL"),
        "Which protocol each listener speaks.",
    )
    .importance(Importance::Low),
    Definition::new(
        "listeners",
        Kind::List,
        Some("PLAINTEXT://127.0.0.1:9092"),
        "The addresses on which clients are served.",
    )
    .valid(Valid::Distinct)
    .importance(Importance::High),
    Definition::new(
        "max.connections",
        Kind::Int,
        Some("2147483647"),
        "How many connections there may be at once.",
    )
    .valid(Valid::AtLeast(0)),
    Definition::new(
        "max.connections.per.ip",
        Kind::Int,
        Some("2147483647"),
        "How many connections there may be from one address at once.",
    )
    .valid(Valid::AtLeast(0)),
    Definition::new(
        "max.incremental.fetch.session.cache.slots",
        Kind::Int,
        Some("1000"),
        "How many fetch sessions are kept; the longest unused one makes room.",
    )
    .valid(Valid::AtLeast(0)),
    Definition::new("num.io.threads", Kind::Int, Some("8"), "Threads that serve requests.")
        .valid(Valid::AtLeast(1))
        .importance(Importance::High)
        .ignored(THREADS),
    Definition::new(
        "num.network.threads",
        Kind::Int,
        Some("3"),
        "Threads that read and write sockets.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .ignored(THREADS),
    Definition::new(
        "num.recovery.threads.per.data.dir",
        Kind::Int,
        Some("2"),
        "Threads that recover after a crash.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .ignored(THREADS),
    Definition::new(
        "queued.max.request.bytes",
        Kind::Long,
        Some("-1"),
        "Bytes of requests under way at which no more are read; -1 leaves it to the broker's \
         memory budget.",
    ),
    Definition::new(
        "queued.max.requests",
        Kind::Int,
        Some("500"),
        "Requests that wait for a thread at which no more are read.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .ignored("the bytes of requests are limited, not their number"),
    Definition::new(
        "request.timeout.ms",
        Kind::Int,
        Some("30000"),
        "How long the broker's own requests to other nodes may take.",
    )
    .importance(Importance::High)
    .ignored(ONE_NODE),
    Definition::new(
        "security.inter.broker.protocol",
        Kind::String,
        Some("PLAINTEXT"),
        "The protocol that brokers speak among themselves.",
    )
    .valid(Valid::OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]))
    .ignored(ONE_NODE),
    Definition::new(
        "socket.listen.backlog.size",
        Kind::Int,
        Some("50"),
        "Connections that the kernel holds before they are accepted.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "socket.receive.buffer.bytes",
        Kind::Int,
        Some("102400"),
        "The kernel's buffer for what comes in on a connection; -1 leaves it to the kernel.",
    )
    .importance(Importance::High),
    Definition::new(
        "socket.request.max.bytes",
        Kind::Int,
        Some("104857600"),
        "The largest request.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "socket.send.buffer.bytes",
        Kind::Int,
        Some("102400"),
        "The kernel's buffer for what goes out on a connection; -1 leaves it to the kernel.",
    )
    .importance(Importance::High),
];

const TOPICS: &[Definition] = &[
    Definition::new(
        "auto.create.topics.enable",
        Kind::Boolean,
        Some("true"),
        "Whether a topic is made when a client asks for one that is not there.",
    )
    .importance(Importance::High),
    Definition::new(
        "auto.leader.rebalance.enable",
        Kind::Boolean,
        Some("true"),
        "Whether partitions go back to the node that should lead them.",
    )
    .importance(Importance::High)
    .ignored(ONE_NODE),
    Definition::new(
        "default.replication.factor",
        Kind::Int,
        Some("1"),
        "Replicas of a topic that is made without a number of them.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "delete.topic.enable",
        Kind::Boolean,
        Some("true"),
        "Whether topics can be deleted.",
    )
    .importance(Importance::High),
    Definition::new(
        "num.partitions",
        Kind::Int,
        Some("1"),
        "Partitions of a topic that is made without a number of them.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "num.replica.fetchers",
        Kind::Int,
        Some("1"),
        "Threads that copy from other nodes.",
    )
    .importance(Importance::High)
    .ignored(ONE_NODE),
    Definition::new(
        "producer.id.expiration.ms",
        Kind::Int,
        Some("86400000"),
        "How long a partition remembers an idempotent producer that sends nothing.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::Low),
    Definition::new(
        "replica.lag.time.max.ms",
        Kind::Long,
        Some("30000"),
        "How long a replica may lag before it is no longer in sync.",
    )
    .importance(Importance::High)
    .ignored(ONE_NODE),
];

/// How much copying between nodes may take. Kafka's tools take them off after each move.
const THROTTLES: &[Definition] = &[
    throttle("follower.replication.throttled.rate", "Bytes per second that copies may bring here."),
    throttle("leader.replication.throttled.rate", "Bytes per second that copies may take away."),
    throttle(
        "replica.alter.log.dirs.io.max.bytes.per.second",
        "Bytes per second that moves between directories may take.",
    ),
];

const fn throttle(name: &'static str, doc: &'static str) -> Definition {
    Definition::new(name, Kind::Long, Some("9223372036854775807"), doc)
        .valid(Valid::AtLeast(0))
        .dynamic()
        .ignored(ONE_NODE)
}

const GROUPS: &[Definition] = &[
    Definition::new(
        "group.consumer.heartbeat.interval.ms",
        Kind::Int,
        Some("5000"),
        "How often members of groups of the newer protocol are told to report.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.consumer.max.heartbeat.interval.ms",
        Kind::Int,
        Some("15000"),
        "The longest pause between reports that may be set on a group of the newer protocol.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.consumer.max.session.timeout.ms",
        Kind::Int,
        Some("60000"),
        "The longest silence of members that may be set on a group of the newer protocol.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.consumer.min.heartbeat.interval.ms",
        Kind::Int,
        Some("5000"),
        "The shortest pause between reports that may be set on a group of the newer protocol.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.consumer.min.session.timeout.ms",
        Kind::Int,
        Some("45000"),
        "The shortest silence of members that may be set on a group of the newer protocol.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.consumer.session.timeout.ms",
        Kind::Int,
        Some("45000"),
        "After how long a silent member of a group of the newer protocol is taken for gone.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.initial.rebalance.delay.ms",
        Kind::Int,
        Some("3000"),
        "How long a new group waits for more members before its first assignment.",
    ),
    Definition::new(
        "group.max.session.timeout.ms",
        Kind::Int,
        Some("1800000"),
        "The longest time after which a member may ask to be taken for gone.",
    ),
    Definition::new(
        "group.max.size",
        Kind::Int,
        Some("2147483647"),
        "How many members a group may have.",
    )
    .valid(Valid::AtLeast(1)),
    Definition::new(
        "group.min.session.timeout.ms",
        Kind::Int,
        Some("6000"),
        "The shortest time after which a member may ask to be taken for gone.",
    ),
    Definition::new(
        "offset.metadata.max.bytes",
        Kind::Int,
        Some("4096"),
        "The longest text that may go with a committed offset.",
    )
    .importance(Importance::High),
    Definition::new(
        "offsets.commit.timeout.ms",
        Kind::Int,
        Some("5000"),
        "How long a commit of offsets may take.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "offsets.load.buffer.size",
        Kind::Int,
        Some("5242880"),
        "Memory for reading committed offsets at start.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High)
    .ignored("the log is read in pieces of its own size"),
    Definition::new(
        "offsets.retention.check.interval.ms",
        Kind::Long,
        Some("600000"),
        "How often old committed offsets are looked for.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "offsets.retention.minutes",
        Kind::Int,
        Some("10080"),
        "How long committed offsets outlive the last member of their group.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "offsets.topic.compression.codec",
        Kind::Int,
        Some("0"),
        "The codec of the topic of committed offsets, as a number.",
    )
    .importance(Importance::High)
    .ignored("its batches are small and stored as they are"),
    Definition::new(
        "offsets.topic.num.partitions",
        Kind::Int,
        Some("50"),
        "Partitions of the topic of committed offsets. Not to be changed once it is made.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "offsets.topic.replication.factor",
        Kind::Short,
        Some("3"),
        "Replicas of the topic of committed offsets; as many as there are nodes, if those are \
         fewer.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
    Definition::new(
        "offsets.topic.segment.bytes",
        Kind::Int,
        Some("104857600"),
        "Size of a segment of the topic of committed offsets.",
    )
    .valid(Valid::AtLeast(1))
    .importance(Importance::High),
];

/// All configurations of a broker, family by family.
pub fn brokers() -> impl Iterator<Item = &'static Definition> {
    NODE.iter().chain(NETWORK).chain(TOPICS).chain(THROTTLES).chain(GROUPS).chain(BROKER_LOG)
}

/// The broker's configuration of this name.
#[must_use]
pub fn broker(name: &str) -> Option<&'static Definition> {
    let families = [NODE, NETWORK, TOPICS, THROTTLES, GROUPS, BROKER_LOG];
    families.into_iter().find_map(|family| {
        let found = family.binary_search_by(|definition| definition.name.cmp(name));
        found.ok().map(|index| &family[index])
    })
}
