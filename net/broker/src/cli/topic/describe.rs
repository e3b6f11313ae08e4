//! `topic describe`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, list, table};
use crate::cli::settings::{Setting, topic_settings};
use crate::client::{Client, Place, TopicInfo};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Describe topics: partitions, offsets, and what is configured.
#[derive(Args, Debug)]
pub(crate) struct Describe {
    /// Their names.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Show the configurations that nobody has set, too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

struct Described {
    topic: TopicInfo,
    starts: BTreeMap<i32, i64>,
    ends: BTreeMap<i32, i64>,
    settings: Vec<Setting>,
}

impl Describe {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let described = self.names.iter().map(|name| self.describe(&mut client, name));
        let described = described.collect::<Result<Vec<_>, _>>()?;
        let text = || described.iter().map(Described::text).collect::<Vec<_>>().join("\n");
        self.output.say(text, || described.iter().map(Described::json).collect())
    }

    fn describe(&self, client: &mut Client, name: &str) -> Result<Described, Failure> {
        let topic = client.topic(name, false)?;
        let indexes = topic.indexes();
        let ends = |client: &mut Client, place| {
            client.insist(|client| client.offsets(&topic, &indexes, place))
        };
        let starts = ends(client, Place::Beginning)?;
        let ends = ends(client, Place::End)?;
        let mut settings = topic_settings(client, name)?.unwrap_or_default();
        settings.retain(|setting| self.all || setting.is_set());
        Ok(Described { topic, starts, ends, settings })
    }
}

impl Described {
    fn text(&self) -> String {
        let Self { topic, starts, ends, settings } = self;
        let rows: Vec<Vec<String>> = topic
            .partitions
            .iter()
            .map(|partition| {
                let at = |offsets: &BTreeMap<i32, i64>| {
                    offsets.get(&partition.index).map_or(String::from("?"), i64::to_string)
                };
                vec![
                    partition.index.to_string(),
                    partition.leader.to_string(),
                    list(&partition.replicas),
                    list(&partition.in_sync),
                    at(starts),
                    at(ends),
                ]
            })
            .collect();
        let heads = ["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END"];
        let mut text = format!("{}  id {}\n{}", topic.name, topic.id, table(&heads, &rows));
        for setting in settings {
            text.push_str(&format!("{}\n", setting.text()));
        }
        text
    }

    fn json(&self) -> Value {
        let Self { topic, starts, ends, settings } = self;
        let partitions = topic.partitions.iter().map(|partition| {
            json!({
                "partition": partition.index,
                "leader": partition.leader,
                "replicas": partition.replicas,
                "in_sync": partition.in_sync,
                "start": starts.get(&partition.index),
                "end": ends.get(&partition.index),
            })
        });
        json!({
            "name": topic.name,
            "id": topic.id.to_string(),
            "internal": topic.is_internal,
            "partitions": partitions.collect::<Value>(),
            "configs": settings.iter().map(Setting::json).collect::<Value>(),
        })
    }
}
