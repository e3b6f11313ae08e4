//! A blocking client of Kafka's protocol, for the commands of the program and for tests.
//!
//! It speaks to any broker that does: each connection asks first which versions it may use. It
//! waits for each answer before it asks again, and tries again what passes by itself.

mod cluster;
mod connection;
mod consumer;
mod error;
mod group;
mod offsets;
mod producer;

pub(crate) use cluster::{Cluster, TopicInfo};
pub(crate) use connection::{Connection, Reply};
pub(crate) use consumer::{Consumer, Next};
pub(crate) use error::{ClientError, check};
pub(crate) use group::Membership;
pub(crate) use millstream_wire::partition_of_key;
pub(crate) use offsets::Place;
pub(crate) use producer::{Acks, Producer};

use connection::ask_versions;
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::{
    ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long something is tried again that passes by itself.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long it is left alone in between.
const RETRY: Duration = Duration::from_millis(100);

/// Connections to the brokers of one cluster, made as they are needed.
pub(crate) struct Client {
    bootstrap: String,
    first: Connection,
    others: BTreeMap<i32, Connection>,
    cluster: Cluster,
}

impl Client {
    /// Connects to the broker at `host:port`.
    pub(crate) fn connect(bootstrap: &str) -> Result<Self, ClientError> {
        Ok(Self {
            bootstrap: bootstrap.to_owned(),
            first: open(bootstrap)?,
            others: BTreeMap::new(),
            cluster: Cluster::default(),
        })
    }

    /// The cluster with these topics, or with all of them.
    pub(crate) fn cluster(&mut self, topics: Option<&[&str]>) -> Result<&Cluster, ClientError> {
        self.look_up(topics, false)
    }

    fn look_up(
        &mut self,
        topics: Option<&[&str]>,
        may_create: bool,
    ) -> Result<&Cluster, ClientError> {
        let topics = topics.map(|names| {
            let topic = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
            names.iter().copied().map(topic).collect()
        });
        let request =
            MetadataRequest { topics, allow_auto_topic_creation: may_create, ..Default::default() };
        let reply = self.first.ask(&request)?;
        self.cluster = Cluster::new(&reply.read::<MetadataResponse<'_>>()?);
        Ok(&self.cluster)
    }

    /// A topic of which all partitions have a leader.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if there is none of this name, and none is made.
    pub(crate) fn topic(&mut self, name: &str, may_create: bool) -> Result<TopicInfo, ClientError> {
        let until = deadline();
        loop {
            let cluster = self.look_up(Some(&[name]), may_create)?;
            let topic = cluster.topics.iter().find(|topic| topic.name == name);
            let topic = topic.cloned().ok_or_else(|| ClientError::answer("Metadata"))?;
            let is_missing = topic.error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !may_create;
            let is_led = topic.partitions.iter().all(|partition| partition.leader >= 0);
            if topic.error.is_none() && is_led {
                return Ok(topic);
            }
            let error = if is_led { topic.error } else { ErrorCode::LEADER_NOT_AVAILABLE };
            if is_missing || !error.is_retriable() || is_over(until) {
                return Err(ClientError::refused(format!("topic {name}"), error, None));
            }
            wait();
        }
    }

    /// The connection to whichever broker comes to hand.
    pub(crate) fn any(&mut self) -> &mut Connection {
        &mut self.first
    }

    /// The connection to a broker that the cluster named.
    pub(crate) fn node(&mut self, node: i32) -> Result<&mut Connection, ClientError> {
        if !self.others.contains_key(&node) {
            let address = self.cluster.address(node).ok_or(ClientError::NoBroker(node))?;
            let connection = open(&address)?;
            self.others.insert(node, connection);
        }
        self.others.get_mut(&node).ok_or(ClientError::NoBroker(node))
    }

    /// The connection to the broker that takes administrative requests.
    pub(crate) fn controller(&mut self) -> Result<&mut Connection, ClientError> {
        let controller = self.cluster(Some(&[]))?.controller;
        if controller < 0 { Ok(self.any()) } else { self.node(controller) }
    }

    /// The broker that keeps a group.
    pub(crate) fn coordinator(&mut self, group: &str) -> Result<i32, ClientError> {
        let until = deadline();
        loop {
            self.cluster(Some(&[]))?;
            // Up to version 3 a request has one key, and so one answer.
            let request = FindCoordinatorRequest { key: group, ..Default::default() };
            let reply = self.first.ask_up_to(&request, 3)?;
            let response: FindCoordinatorResponse<'_> = reply.read()?;
            let error = response.error_code;
            if error.is_none() {
                return Ok(response.node_id);
            }
            if !error.is_retriable() || is_over(until) {
                let message = response.error_message.map(str::to_owned);
                return Err(ClientError::refused(format!("group {group}"), error, message));
            }
            wait();
        }
    }

    /// Does something until it succeeds, fails for good, or has been tried for long enough. Before
    /// it is tried again, broken connections are made anew.
    pub(crate) fn insist<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let until = deadline();
        loop {
            match work(self) {
                Err(error) if error.is_retriable() && !is_over(until) => {
                    wait();
                    self.others.clear();
                    if error.is_connection() {
                        self.first = self.reconnect(until)?;
                    }
                }
                result => return result,
            }
        }
    }

    fn reconnect(&self, until: Instant) -> Result<Connection, ClientError> {
        loop {
            match open(&self.bootstrap) {
                Err(_) if !is_over(until) => wait(),
                result => return result,
            }
        }
    }
}

fn open(address: &str) -> Result<Connection, ClientError> {
    let mut connection = Connection::open(address)?;
    ask_versions(&mut connection)?;
    Ok(connection)
}

/// The time of this process.
#[expect(clippy::disallowed_methods, reason = "a client stands outside of the simulated node")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a client stands outside of the simulated node")]
pub(crate) fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

fn deadline() -> Instant {
    now() + PATIENCE
}

fn is_over(until: Instant) -> bool {
    now() >= until
}

fn wait() {
    // Nobody unparks this thread; if somebody did, it would only try again sooner.
    std::thread::park_timeout(RETRY);
}
