//! `topic create`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::cli::topic::{TIMEOUT_MS, assignment};
use crate::client::{Client, ClientError, check};
use clap::Args;
use millstream_wire::message::k19_create_topics::{CreatableTopic, CreatableTopicConfig};
use millstream_wire::{CreateTopicsRequest, CreateTopicsResponse, ErrorCode};

/// Create a topic.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// Its name.
    name: String,
    /// How many partitions it has [default: the broker's num.partitions].
    #[arg(long, short, default_value_t = -1, hide_default_value = true, value_name = "N")]
    partitions: i32,
    /// How many brokers hold each partition [default: the broker's].
    #[arg(long, default_value_t = -1, hide_default_value = true, value_name = "N")]
    replicas: i16,
    /// A configuration by its Kafka name; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Be content if it is there already.
    #[arg(long)]
    if_missing: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Create {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let created = client.insist(|client| self.create(client));
        let name = &self.name;
        match created {
            Ok(()) => say(&format!("created {name}\n")),
            Err(error)
                if self.if_missing && error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) =>
            {
                say(&format!("{name} is there already\n"))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn create(&self, client: &mut Client) -> Result<(), ClientError> {
        let topic = CreatableTopic {
            name: &self.name,
            num_partitions: self.partitions,
            replication_factor: self.replicas,
            configs: self
                .set
                .iter()
                .map(|(name, value)| CreatableTopicConfig { name, value: Some(value) })
                .collect(),
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest {
            topics: vec![topic],
            timeout_ms: TIMEOUT_MS,
            ..CreateTopicsRequest::default()
        };
        let reply = client.controller()?.ask(&request)?;
        let response: CreateTopicsResponse<'_> = reply.read()?;
        let topic = response.topics.first().ok_or_else(|| ClientError::answer("CreateTopics"))?;
        let what = || format!("topic {}", self.name);
        check(topic.error_code, topic.error_message, what)
    }
}
