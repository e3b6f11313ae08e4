//! What a broker was started with: the values of its file, its environment and its command line.

use super::broker_table::{broker, brokers};
use super::definition::{Definition, Effect};
use super::fault::ConfigFault;
use super::properties;
use super::suggest::nearest;
use super::topic_config::check_topic_lags;
use super::unserved;
use super::value::Value;
use core::time::Duration;
use std::collections::BTreeMap;

/// The configurations of one broker that were set at its start. The rest has its defaults.
///
/// Every way in (a Kafka properties file, TOML, the environment, `--set`) ends in [`Self::set`],
/// so that there is one parser and one set of ranges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerConfig {
    values: BTreeMap<&'static str, Value>,
    /// What was set of what Kafka has and nothing here serves, and why it is not.
    unserved: BTreeMap<&'static str, &'static str>,
}

impl BrokerConfig {
    /// Reads a Kafka `server.properties`.
    ///
    /// # Errors
    /// The first line that cannot be read, or does not fit; [`ConfigFault::Conflict`].
    pub fn from_properties(text: &str) -> Result<Self, ConfigFault> {
        let mut config = Self::default();
        for property in properties::parse(text)? {
            config.set(&property.name, &property.value)?;
        }
        config.check()?;
        Ok(config)
    }

    /// Sets one configuration; whoever comes last wins.
    ///
    /// # Errors
    /// [`ConfigFault::Unknown`] with the nearest name, [`ConfigFault::Type`],
    /// [`ConfigFault::Range`], [`ConfigFault::Unserved`].
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), ConfigFault> {
        let Some(definition) = broker(name) else { return self.set_unserved(name, text) };
        self.values.insert(definition.name, definition.parse(text)?);
        Ok(())
    }

    fn set_unserved(&mut self, name: &str, text: &str) -> Result<(), ConfigFault> {
        let checked = unserved::check(name, text).ok_or_else(|| ConfigFault::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, Self::names()),
        })?;
        let known = checked?;
        self.unserved.insert(known.name, known.why);
        Ok(())
    }

    /// All names that [`Self::set`] knows, served or not.
    pub fn names() -> impl Iterator<Item = &'static str> {
        brokers().map(|definition| definition.name).chain(unserved::names())
    }

    /// Whether the values agree with each other; to be called when all are set.
    ///
    /// # Errors
    /// [`ConfigFault::Conflict`].
    pub fn check(&self) -> Result<(), ConfigFault> {
        let ordered = [
            ("group.min.session.timeout.ms", "group.max.session.timeout.ms"),
            ("group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms"),
            ("group.consumer.min.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms"),
            ("group.consumer.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"),
            ("group.consumer.min.session.timeout.ms", "group.consumer.session.timeout.ms"),
            ("group.consumer.session.timeout.ms", "group.consumer.max.session.timeout.ms"),
        ];
        for (name, other) in ordered {
            if self.number(name) > self.number(other) {
                return Err(ConfigFault::Conflict { name, other });
            }
        }
        let lags = ["log.cleaner.min.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"];
        check_topic_lags(lags.map(|name| (name, self.number(name))))
    }

    /// The value that was set for it; `None` where it has its default, or is not known.
    #[must_use]
    pub fn set_value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Its value, set or default; `None` where it has neither.
    #[must_use]
    pub fn value(&self, definition: &Definition) -> Option<Value> {
        self.values.get(definition.name).cloned().or_else(|| definition.default_value())
    }

    /// What was set and changes nothing, with the reason, for the broker to say at its start.
    pub fn ignored(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let served = self.values.keys().filter_map(|name| match broker(name)?.effect {
            Effect::Ignored(why) => Some((*name, why)),
            Effect::Honoured => None,
        });
        served.chain(self.unserved.iter().map(|(name, why)| (*name, *why)))
    }

    /// The values that the broker works with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings::new(self)
    }

    fn required(&self, name: &str) -> Value {
        let definition = broker(name).expect("asked for by names of the table");
        self.value(definition).expect("asked for where there is a default")
    }

    pub(super) fn number(&self, name: &str) -> i64 {
        self.required(name).as_i64().expect("asked for by its type")
    }

    /// A number that the table keeps from being negative.
    fn count(&self, name: &str) -> u32 {
        u32::try_from(self.number(name).max(0)).unwrap_or(u32::MAX)
    }

    fn duration(&self, name: &str) -> Duration {
        Duration::from_millis(u64::try_from(self.number(name)).unwrap_or(0))
    }

    fn truth(&self, name: &str) -> bool {
        self.required(name).as_bool().expect("asked for by its type")
    }

    fn text(&self, name: &str) -> Option<String> {
        let definition = broker(name).expect("asked for by names of the table");
        self.value(definition)?.as_str().map(str::to_owned)
    }

    fn list(&self, name: &str) -> Vec<String> {
        let definition = broker(name).expect("asked for by names of the table");
        let value = self.value(definition);
        value.and_then(|value| value.as_list().map(<[_]>::to_vec)).unwrap_or_default()
    }
}

/// The broker's configurations that are no topic's, as numbers and times.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// `node.id`, or `broker.id` where that alone is set.
    pub node_id: i32,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// `listeners`.
    pub listeners: Vec<String>,
    /// `advertised.listeners`; empty where clients are told the listeners themselves.
    pub advertised_listeners: Vec<String>,
    /// `log.dirs`, or `log.dir` where that is not set; empty where neither is.
    pub data_directories: Vec<String>,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `delete.topic.enable`.
    pub delete_topics: bool,
    /// `num.partitions`.
    pub partition_count: u32,
    /// `default.replication.factor`.
    pub replica_count: u32,
    /// `producer.id.expiration.ms`.
    pub producer_expiration: Duration,
    /// `log.retention.check.interval.ms`.
    pub retention_check: Duration,
    /// What connections may do.
    pub network: NetworkSettings,
    /// What groups may do.
    pub groups: GroupSettings,
    /// How committed offsets are kept.
    pub offsets: OffsetSettings,
}

/// What connections may do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NetworkSettings {
    /// `socket.request.max.bytes`.
    pub request_bytes_max: u32,
    /// `connections.max.idle.ms`; `None`: never closed.
    pub idle: Option<Duration>,
    /// `max.connections`.
    pub connections_max: u32,
    /// `max.connections.per.ip`.
    pub connections_per_address_max: u32,
    /// `socket.listen.backlog.size`.
    pub backlog: u32,
    /// `socket.send.buffer.bytes`; `None`: the kernel's choice, also where nobody set it.
    pub send_buffer_bytes: Option<u32>,
    /// `socket.receive.buffer.bytes`; `None`: the kernel's choice, also where nobody set it.
    pub receive_buffer_bytes: Option<u32>,
    /// `queued.max.request.bytes`; `None`: the broker's own budget.
    pub queued_bytes_max: Option<u64>,
    /// `fetch.max.bytes`.
    pub fetch_bytes_max: u32,
    /// `max.incremental.fetch.session.cache.slots`.
    pub fetch_sessions_max: u32,
}

/// What groups may do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupSettings {
    /// `group.min.session.timeout.ms`.
    pub session_timeout_min: Duration,
    /// `group.max.session.timeout.ms`.
    pub session_timeout_max: Duration,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay: Duration,
    /// `group.max.size`.
    pub members_max: u32,
    /// `group.consumer.session.timeout.ms`.
    pub consumer_session_timeout: Duration,
    /// `group.consumer.heartbeat.interval.ms`.
    pub consumer_heartbeat_interval: Duration,
}

/// How committed offsets are kept.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OffsetSettings {
    /// `offsets.topic.num.partitions`.
    pub partition_count: u32,
    /// `offsets.topic.replication.factor`.
    pub replica_count: u32,
    /// `offsets.topic.segment.bytes`.
    pub segment_bytes: u32,
    /// `offsets.retention.minutes`.
    pub retention: Duration,
    /// `offsets.retention.check.interval.ms`.
    pub retention_check: Duration,
    /// `offset.metadata.max.bytes`.
    pub metadata_bytes_max: u32,
    /// `offsets.commit.timeout.ms`.
    pub commit_timeout: Duration,
}

impl Settings {
    fn new(config: &BrokerConfig) -> Self {
        let is_older_name = config.set_value("node.id").is_none();
        let older = config.set_value("broker.id").and_then(Value::as_i64).filter(|id| *id >= 0);
        let node_id = older.filter(|_| is_older_name).unwrap_or_else(|| config.number("node.id"));
        let directories = config.list("log.dirs");
        let only_set = config.set_value("log.dir").and_then(Value::as_list).unwrap_or_default();
        Self {
            node_id: i32::try_from(node_id).expect("both are 32 bits"),
            rack: config.text("broker.rack"),
            listeners: config.list("listeners"),
            advertised_listeners: config.list("advertised.listeners"),
            data_directories: if directories.is_empty() { only_set.to_vec() } else { directories },
            auto_create_topics: config.truth("auto.create.topics.enable"),
            delete_topics: config.truth("delete.topic.enable"),
            partition_count: config.count("num.partitions"),
            replica_count: config.count("default.replication.factor"),
            producer_expiration: config.duration("producer.id.expiration.ms"),
            retention_check: config.duration("log.retention.check.interval.ms"),
            network: NetworkSettings::new(config),
            groups: GroupSettings {
                session_timeout_min: config.duration("group.min.session.timeout.ms"),
                session_timeout_max: config.duration("group.max.session.timeout.ms"),
                initial_rebalance_delay: config.duration("group.initial.rebalance.delay.ms"),
                members_max: config.count("group.max.size"),
                consumer_session_timeout: config.duration("group.consumer.session.timeout.ms"),
                consumer_heartbeat_interval: config
                    .duration("group.consumer.heartbeat.interval.ms"),
            },
            offsets: OffsetSettings {
                partition_count: config.count("offsets.topic.num.partitions"),
                replica_count: config.count("offsets.topic.replication.factor"),
                segment_bytes: config.count("offsets.topic.segment.bytes"),
                retention: Duration::from_secs(
                    60 * u64::from(config.count("offsets.retention.minutes")),
                ),
                retention_check: config.duration("offsets.retention.check.interval.ms"),
                metadata_bytes_max: config.count("offset.metadata.max.bytes"),
                commit_timeout: config.duration("offsets.commit.timeout.ms"),
            },
        }
    }
}

impl NetworkSettings {
    fn new(config: &BrokerConfig) -> Self {
        let idle_ms = u64::try_from(config.number("connections.max.idle.ms"));
        // Kafka's default would cap what one connection can have under way to a far place; the
        // kernel sizes its buffers better, so only a value that somebody chose is passed on.
        let chosen = |name| config.set_value(name).and_then(Value::as_i64);
        let buffer_bytes = |name| chosen(name).and_then(|bytes| u32::try_from(bytes).ok());
        Self {
            request_bytes_max: config.count("socket.request.max.bytes"),
            idle: idle_ms.ok().map(Duration::from_millis),
            connections_max: config.count("max.connections"),
            connections_per_address_max: config.count("max.connections.per.ip"),
            backlog: config.count("socket.listen.backlog.size"),
            send_buffer_bytes: buffer_bytes("socket.send.buffer.bytes"),
            receive_buffer_bytes: buffer_bytes("socket.receive.buffer.bytes"),
            queued_bytes_max: u64::try_from(config.number("queued.max.request.bytes")).ok(),
            fetch_bytes_max: config.count("fetch.max.bytes"),
            fetch_sessions_max: config.count("max.incremental.fetch.session.cache.slots"),
        }
    }
}
