//! What all kinds of load are told.

use super::keys::{Distribution, KEYS_MAX};
use super::knee::Bound;
use super::payload::{Codec, Shape};
use super::ramp::Ramp;
use super::schedule::Arrivals;
use crate::amount::{Bytes, Rate, duration, within};
use crate::client::Acks;
use crate::failure::Failure;
use clap::Args;
use std::time::Duration;

/// More connections than a machine has ports for are a mistake.
const CONNECTIONS_MAX: usize = 20_000;
/// No machine opens more connections in a second.
const CHURN_MAX: f64 = 1e6;
/// More requests under way than any broker's buffers hold are a mistake.
const IN_FLIGHT_MAX: usize = 4096;
/// What a broker remembers of each producer in each partition.
const IDEMPOTENT_IN_FLIGHT_MAX: usize = 5;
/// More rates than that nobody reads.
const STEPS_MAX: usize = 100;
/// An answer is held in memory whole.
const FETCH_BYTES_MAX: usize = 128 << 20;
/// Kafka itself is slow beyond it.
const PARTITIONS_MAX: usize = 100_000;

/// The broker and the run.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunOptions {
    /// A broker of the cluster
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    pub(crate) broker: String,
    /// How long to measure
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) seconds: Duration,
    /// How long to load before, unmeasured
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub(crate) warm_up: Duration,
    /// Cores of the client, one shard each, as indices into those it may use
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "0")]
    pub(crate) core: Vec<usize>,
    /// Open so many connections a second beside the load; each asks ApiVersions and is closed
    #[arg(long, value_name = "COUNT", value_parser = count_rate)]
    pub(crate) churn: Option<f64>,
    /// Let so many consumer groups a second come and go beside the load: each has one member, who
    /// joins, commits and leaves, and is deleted
    #[arg(long, value_name = "COUNT", value_parser = count_rate)]
    pub(crate) group_churn: Option<f64>,
    /// Open lost connections again, and go on; otherwise the first one ends the run
    #[arg(long)]
    pub(crate) reconnect: bool,
    /// Write the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave the topics, to be read again with --topic
    #[arg(long)]
    pub(crate) keep: bool,
}

/// The topics.
#[derive(Clone, Debug, Args)]
pub(crate) struct TopicOptions {
    /// Use this topic, which exists, instead of a new one
    #[arg(long, value_name = "NAME")]
    pub(crate) topic: Option<String>,
    /// New topics
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) topics: usize,
    /// Partitions of each new topic
    #[arg(long, value_name = "COUNT", default_value_t = 64)]
    pub(crate) partitions: usize,
    /// Replicas of each new topic
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) replication: i16,
    /// A configuration of the new topics, as flush.messages=1
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) config: Vec<String>,
}

/// What is produced.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProduceOptions {
    /// Connections that produce
    #[arg(long, value_name = "COUNT", default_value_t = 64)]
    pub(crate) connections: usize,
    /// Requests under way on each
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub(crate) in_flight: usize,
    /// Size of a record batch; a request carries one
    #[arg(long, value_name = "SIZE", default_value = "16KiB")]
    pub(crate) batch_bytes: Bytes,
    /// Size of a record's value
    #[arg(long, value_name = "SIZE", default_value = "100")]
    pub(crate) record_bytes: Bytes,
    /// Whose acknowledgement is waited for
    #[arg(long, value_enum, default_value_t = Acks::All)]
    pub(crate) acks: Acks,
    /// Produce idempotently, each connection with an id of its own
    #[arg(long, conflicts_with = "reconnect")]
    pub(crate) idempotent: bool,
    /// Give each record one of so many keys, and send it to the partition that Kafka's clients send
    /// its key to
    #[arg(long, value_name = "COUNT")]
    pub(crate) keys: Option<usize>,
    /// How often each of --keys comes
    #[arg(long, value_enum, default_value_t = Distribution::Uniform, requires = "keys")]
    pub(crate) key_distribution: Distribution,
    /// How batches are compressed
    #[arg(long, value_enum, default_value_t = Codec::None)]
    pub(crate) compression: Codec,
    /// Start so much a second whatever the broker does, as 100MB or 5k; otherwise, when an answer
    /// comes, the next request goes
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<Rate>,
    /// How the starts of --rate are spread
    #[arg(long, value_enum, default_value_t = Arrivals::Even)]
    pub(crate) arrivals: Arrivals,
    /// Search the highest rate at which latency stays under a bound, as p99=1ms; begins at --rate
    #[arg(long, value_name = "BOUND")]
    pub(crate) knee: Option<Bound>,
    /// Measure at one rate after another, each for --seconds, as 50MB..400MB
    #[arg(long, value_name = "RATE..RATE", conflicts_with_all = ["knee", "rate"])]
    pub(crate) ramp: Option<Ramp>,
    /// How many rates --ramp goes through
    #[arg(long, value_name = "COUNT", default_value_t = 5, requires = "ramp")]
    pub(crate) steps: usize,
}

/// What is fetched.
#[derive(Clone, Debug, Args)]
pub(crate) struct FetchOptions {
    /// Connections that fetch
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub(crate) consumers: usize,
    /// How much one request fetches
    #[arg(long, value_name = "SIZE", default_value = "1MiB")]
    pub(crate) fetch_bytes: Bytes,
    /// Verify the checksum of each batch
    #[arg(long)]
    pub(crate) check: bool,
    /// How long a consumer rests after each answer: slow consumers
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) pause: Duration,
    /// How much a consumer reads in a second at most, as 10MB: slow consumers
    #[arg(long, value_name = "RATE", value_parser = byte_rate)]
    pub(crate) consumer_rate: Option<f64>,
    #[command(flatten)]
    pub(crate) groups: GroupOptions,
}

/// Who reads as a member of a group.
#[derive(Clone, Debug, Args)]
pub(crate) struct GroupOptions {
    /// Let so many consumer groups read, each of them everything, with --consumers members each
    #[arg(long, value_name = "COUNT")]
    pub(crate) groups: Option<usize>,
    /// How often a member says that it is alive
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = duration)]
    #[arg(requires = "groups")]
    pub(crate) heartbeat_interval: Duration,
    /// How often a member commits how far it has read
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    #[arg(requires = "groups")]
    pub(crate) commit_interval: Duration,
    /// How often a member of each group leaves and comes back
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "groups")]
    pub(crate) rebalance_interval: Option<Duration>,
}

/// What is asked for.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskOptions {
    /// Connections that ask
    #[arg(long, value_name = "COUNT", default_value_t = 64)]
    pub(crate) connections: usize,
    /// Requests under way on each
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub(crate) in_flight: usize,
}

/// So many in a second.
fn count_rate(text: &str) -> Result<f64, String> {
    match text.parse()? {
        Rate::Requests(count) if count <= CHURN_MAX => Ok(count),
        _ => Err(format!("this rate is a count, as 50, up to {CHURN_MAX}")),
    }
}

/// Bytes in a second.
fn byte_rate(text: &str) -> Result<f64, String> {
    match text.parse()? {
        Rate::Bytes(bytes) => Ok(bytes),
        Rate::Requests(_) => Err(String::from("this rate is one of bytes, as 10MB")),
    }
}

impl AskOptions {
    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        within("--connections", self.connections, CONNECTIONS_MAX)?;
        within("--in-flight", self.in_flight, IN_FLIGHT_MAX)
    }
}

impl RunOptions {
    /// The first second behind the warm-up.
    pub(crate) fn first_second(&self) -> usize {
        let seconds = self.warm_up.as_secs() + u64::from(self.warm_up.subsec_nanos() > 0);
        usize::try_from(seconds).unwrap_or(usize::MAX)
    }

    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.seconds.is_zero() {
            return Err(Failure::usage("--seconds 0 measures nothing"));
        }
        if self.core.is_empty() {
            return Err(Failure::usage("--core names at least one core"));
        }
        Ok(())
    }
}

impl TopicOptions {
    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        within("--topics", self.topics, PARTITIONS_MAX)?;
        within("--partitions", self.partitions, PARTITIONS_MAX)?;
        within("--topics times --partitions", self.topics * self.partitions, PARTITIONS_MAX)?;
        self.configs().map(|_| ())
    }

    /// The configurations of new topics.
    pub(crate) fn configs(&self) -> Result<Vec<(String, String)>, Failure> {
        let pair = |text: &String| {
            let (key, value) = text.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        };
        let pairs: Option<Vec<_>> = self.config.iter().map(pair).collect();
        pairs.ok_or_else(|| Failure::usage("--config has the form KEY=VALUE"))
    }
}

impl ProduceOptions {
    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        within("--connections", self.connections, CONNECTIONS_MAX)?;
        within("--in-flight", self.in_flight, IN_FLIGHT_MAX)?;
        within("--steps", self.steps, STEPS_MAX)?;
        within("--keys", self.keys.unwrap_or(1), KEYS_MAX)?;
        //= KIP-98: a broker knows the last five batches of a producer again, and no others.
        let is_idempotent_at_most = self.in_flight <= IDEMPOTENT_IN_FLIGHT_MAX;
        if self.idempotent && (self.acks != Acks::All || !is_idempotent_at_most) {
            return Err(Failure::usage(
                "--idempotent goes with --acks all and --in-flight up to 5",
            ));
        }
        Ok(())
    }

    pub(crate) fn shape(&self) -> Shape {
        Shape {
            batch_bytes: self.batch_bytes,
            record_bytes: self.record_bytes,
            codec: self.compression,
            is_keyed: self.keys.is_some(),
        }
    }
}

impl GroupOptions {
    /// Refuses what makes no sense.
    fn check(&self, member_count: usize) -> Result<(), Failure> {
        let Some(count) = self.groups else { return Ok(()) };
        within("--groups", count, CONNECTIONS_MAX)?;
        within("--groups times --consumers", count * member_count, CONNECTIONS_MAX)?;
        let rebalance = self.rebalance_interval.unwrap_or(Duration::MAX);
        if [self.heartbeat_interval, self.commit_interval, rebalance].contains(&Duration::ZERO) {
            return Err(Failure::usage("an interval of --groups is longer than nothing"));
        }
        Ok(())
    }
}

impl FetchOptions {
    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        within("--consumers", self.consumers, CONNECTIONS_MAX)?;
        self.groups.check(self.consumers)?;
        within("--fetch-bytes", self.fetch_bytes.size(), FETCH_BYTES_MAX)
    }
}
