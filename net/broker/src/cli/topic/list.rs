//! `topic list`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, table};
use crate::client::TopicInfo;
use clap::Args;
use serde_json::{Value, json};

/// List the topics.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// List the broker's own topics too.
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

impl List {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let topics = client.cluster(None)?.topics.clone();
        let is_shown = |topic: &&TopicInfo| self.internal || !topic.is_internal;
        let topics: Vec<&TopicInfo> = topics.iter().filter(is_shown).collect();
        let rows = || topics.iter().map(|topic| row(topic)).collect::<Vec<_>>();
        let json = || topics.iter().map(|topic| object(topic)).collect::<Value>();
        self.output.say(|| table(&["TOPIC", "PARTITIONS", "REPLICAS"], &rows()), json)
    }
}

fn replica_count(topic: &TopicInfo) -> usize {
    topic.partitions.first().map_or(0, |partition| partition.replicas.len())
}

fn row(topic: &TopicInfo) -> Vec<String> {
    let partition_count = topic.partitions.len().to_string();
    vec![topic.name.clone(), partition_count, replica_count(topic).to_string()]
}

fn object(topic: &TopicInfo) -> Value {
    json!({
        "name": topic.name,
        "id": topic.id.to_string(),
        "internal": topic.is_internal,
        "partitions": topic.partitions.len(),
        "replicas": replica_count(topic),
    })
}
