//! The topics of a measurement: made for it, and removed after it.

use super::Connection;
use crate::failure::Failure;
use millstream_wire::message::k02_list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k19_create_topics::{CreatableTopic, CreatableTopicConfig};
use millstream_wire::message::k20_delete_topics::DeleteTopicState;
use millstream_wire::{
    ApiKey, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    ErrorCode, ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the broker may take.
const TIMEOUT_MS: i32 = 60_000;
/// From version 13 on the topics of Metadata may go by their ids alone.
const METADATA_VERSION_MAX: i16 = 12;
/// Since when DeleteTopics names topics one by one.
const TOPIC_STATES_SINCE: i16 = 6;
const LEADERLESS: &str = "some partitions have no leader";
/// How often it is looked for what is fresh: for ten seconds.
const LOOK_UP_COUNT_MAX: u32 = 200;
const LOOK_UP_PAUSE: Duration = Duration::from_millis(50);

/// ListOffsets' word for the first offset that is there.
pub(crate) const BEGINNING: i64 = -2;
/// Its word for the offset behind the last record.
pub(crate) const END: i64 = -1;

/// What topics are to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewTopics {
    pub(crate) names: Vec<String>,
    pub(crate) partition_count: i32,
    pub(crate) replication: i16,
    /// Configurations by their Kafka names.
    pub(crate) configs: Vec<(String, String)>,
}

/// Topics that exist, and a connection to the cluster that keeps them.
pub(crate) struct Topics {
    connection: Connection,
    pub(crate) names: Vec<String>,
    /// Whether they were made here, and are to go with the measurement.
    is_own: bool,
}

/// A partition, and who leads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    /// `host:port`.
    pub(crate) leader: String,
}

impl Topics {
    /// Makes them. They are removed by [`Topics::remove`], which is up to the caller.
    pub(crate) fn create(mut connection: Connection, new: &NewTopics) -> Result<Self, Failure> {
        let configs = new.configs.iter();
        let configs: Vec<_> = configs
            .map(|(name, value)| CreatableTopicConfig { name, value: Some(value.as_str()) })
            .collect();
        let topics = new.names.iter().map(|name| CreatableTopic {
            name,
            num_partitions: new.partition_count,
            replication_factor: new.replication,
            configs: configs.clone(),
            ..CreatableTopic::default()
        });
        let request = CreateTopicsRequest {
            topics: topics.collect(),
            timeout_ms: TIMEOUT_MS,
            ..CreateTopicsRequest::default()
        };
        let reply = connection.ask(&request, i16::MAX)?;
        let response: CreateTopicsResponse<'_> = reply.read()?;
        let refused = response.topics.iter().find(|topic| !topic.error_code.is_none());
        let refusal = refused.map(|topic| {
            let why = topic.error_message.filter(|message| !message.is_empty());
            let why = why.map_or_else(|| topic.error_code.to_string(), str::to_owned);
            Failure::failed(format!("the topic {} cannot be made: {why}", topic.name))
        });
        let mut topics = Self { connection, names: new.names.clone(), is_own: true };
        let Some(refusal) = refusal else { return Ok(topics) };
        topics.remove().ok();
        Err(refusal)
    }

    /// Takes topics that are there already, and stay.
    pub(crate) fn existing(connection: Connection, names: Vec<String>) -> Self {
        Self { connection, names, is_own: false }
    }

    /// As [`Topics::places`] of topics that were just opened: where there are none, what was made
    /// here goes again.
    pub(crate) fn located(mut self) -> Result<(Self, Vec<Place>), Failure> {
        let places = self.places().inspect_err(|_| drop(self.remove()))?;
        Ok((self, places))
    }

    /// All their partitions, topic by topic; waits until each has a leader.
    pub(crate) fn places(&mut self) -> Result<Vec<Place>, Failure> {
        until_there(LEADERLESS, || self.look_up())
    }

    fn look_up(&mut self) -> Result<Option<Vec<Place>>, Failure> {
        let topic = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
        let topics = self.names.iter().map(String::as_str).map(topic).collect();
        let request = MetadataRequest {
            topics: Some(topics),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        let reply = self.connection.ask(&request, METADATA_VERSION_MAX)?;
        let response: MetadataResponse<'_> = reply.read()?;
        let brokers = response.brokers.iter();
        let brokers: BTreeMap<i32, String> = brokers
            .map(|broker| (broker.node_id, format!("{}:{}", broker.host, broker.port)))
            .collect();
        let mut places = Vec::new();
        for topic in &response.topics {
            let name = topic.name.unwrap_or_default();
            let is_new = self.is_own && topic.error_code.is_retriable();
            if topic.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !is_new {
                return Err(Failure::missing(format!("the topic {name} is not there")));
            }
            if !topic.error_code.is_none() && !is_new {
                return Err(Failure::failed(format!("topic {name}: {}", topic.error_code)));
            }
            for partition in &topic.partitions {
                let Some(leader) = brokers.get(&partition.leader_id) else { return Ok(None) };
                let (topic, leader) = (name.to_owned(), leader.clone());
                places.push(Place { topic, partition: partition.partition_index, leader });
            }
            if topic.partitions.is_empty() {
                return Ok(None);
            }
        }
        places.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        Ok(Some(places))
    }

    /// The connection, for whatever else is to be asked.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Removes what was made here, on a new connection: this one may have broken meanwhile.
    pub(crate) fn remove(&mut self) -> Result<(), Failure> {
        if !self.is_own {
            return Ok(());
        }
        self.is_own = false;
        self.connection.open_anew()?;
        let names = self.names.iter().map(String::as_str);
        let version = self.connection.versions().newest(ApiKey::DeleteTopics, i16::MAX)?;
        let mut request = DeleteTopicsRequest { timeout_ms: TIMEOUT_MS, ..Default::default() };
        if version >= TOPIC_STATES_SINCE {
            let state = |name| DeleteTopicState { name: Some(name), ..Default::default() };
            request.topics = names.map(state).collect();
        } else {
            request.topic_names = names.collect();
        }
        let reply = self.connection.ask(&request, i16::MAX)?;
        let response: DeleteTopicsResponse<'_> = reply.read()?;
        let is_left =
            |code: ErrorCode| !code.is_none() && code != ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        match response.responses.iter().find(|topic| is_left(topic.error_code)) {
            None => Ok(()),
            Some(topic) => {
                let name = topic.name.unwrap_or_default();
                Err(Failure::failed(format!("the topic {name} stays: {}", topic.error_code)))
            }
        }
    }
}

/// The offset of each place at its [`END`] or [`BEGINNING`]; waits until each leader knows that it
/// is one.
pub(crate) fn offsets(places: &[Place], timestamp: i64) -> Result<Vec<i64>, Failure> {
    until_there(LEADERLESS, || look_up_offsets(places, timestamp))
}

/// `None` if a leader does not know yet that it is one.
fn look_up_offsets(places: &[Place], timestamp: i64) -> Result<Option<Vec<i64>>, Failure> {
    let mut leaders: BTreeMap<&str, BTreeMap<&str, Vec<ListOffsetsPartition>>> = BTreeMap::new();
    for place in places {
        let partition = ListOffsetsPartition {
            partition_index: place.partition,
            timestamp,
            ..ListOffsetsPartition::default()
        };
        let topics = leaders.entry(&place.leader).or_default();
        topics.entry(&place.topic).or_default().push(partition);
    }
    let mut found = BTreeMap::new();
    for (leader, topics) in leaders {
        let topics = topics.into_iter();
        let topics = topics.map(|(name, partitions)| ListOffsetsTopic { name, partitions });
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: topics.collect(),
            ..ListOffsetsRequest::default()
        };
        let reply = Connection::open(leader)?.ask(&request, i16::MAX)?;
        let response: ListOffsetsResponse<'_> = reply.read()?;
        for topic in &response.topics {
            for answer in &topic.partitions {
                if answer.error_code.is_retriable() {
                    return Ok(None);
                }
                check(answer.error_code, topic.name, answer.partition_index)?;
                found.insert((topic.name.to_owned(), answer.partition_index), answer.offset);
            }
        }
    }
    let offset = |place: &Place| found.get(&(place.topic.clone(), place.partition)).copied();
    let offsets: Option<Vec<i64>> = places.iter().map(offset).collect();
    let missing = || Failure::failed("the broker did not say where a partition ends");
    offsets.ok_or_else(missing).map(Some)
}

/// Asks until what a cluster has yet to make is there, for ten seconds; `lack` says what is not.
pub(crate) fn until_there<T>(
    lack: &str,
    mut ask: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    for _ in 0..LOOK_UP_COUNT_MAX {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        std::thread::park_timeout(LOOK_UP_PAUSE);
    }
    Err(Failure::failed(format!("{lack}, also after ten seconds")))
}

fn check(code: ErrorCode, topic: &str, partition: i32) -> Result<(), Failure> {
    if code.is_none() {
        return Ok(());
    }
    Err(Failure::failed(format!("{topic}/{partition}: {code}")))
}
