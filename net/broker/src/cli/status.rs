//! `status`: a cluster at a glance.

use crate::cli::connect::Connect;
use crate::cli::disks::{Disk, disks};
use crate::cli::durability::durability;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, size, table};
use crate::cli::settings::topic_settings;
use crate::client::Cluster;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Show the cluster: brokers, disks, and how safe each topic's records are.
#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Show the broker's own topics too.
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

struct Found {
    cluster: Cluster,
    disks: Vec<Disk>,
    /// By the topic's name.
    durabilities: BTreeMap<String, String>,
}

impl Status {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let mut cluster = client.cluster(None)?.clone();
        cluster.topics.retain(|topic| self.internal || !topic.is_internal);
        let disks = disks(&mut client, &cluster)?;
        let mut durabilities = BTreeMap::new();
        for topic in &cluster.topics {
            let settings = topic_settings(&mut client, &topic.name)?;
            durabilities.insert(topic.name.clone(), durability(settings.as_deref()));
        }
        let found = Found { cluster, disks, durabilities };
        self.output.say(|| found.text(self.connect.bootstrap()), || found.json())
    }
}

impl Found {
    fn text(&self, bootstrap: &str) -> String {
        let Self { cluster, disks, durabilities } = self;
        let id = cluster.id.as_deref().unwrap_or("without an id");
        let brokers = cluster.brokers.iter().map(|(node, broker)| {
            let role = if *node == cluster.controller { "controller" } else { "" };
            let rack = broker.rack.clone().unwrap_or_default();
            vec![node.to_string(), broker.address(), rack, String::from(role)]
        });
        let disk = |disk: &Disk| {
            let sizes = [disk.used_bytes(), disk.usable_bytes, disk.total_bytes].map(size);
            [vec![disk.node.to_string(), disk.path.clone()], sizes.to_vec()].concat()
        };
        let topics = cluster.topics.iter().map(|topic| {
            let partition_count = topic.partitions.len().to_string();
            let used = disks.iter().filter_map(|disk| disk.topics.get(&topic.name));
            let used = if disks.is_empty() { String::from("?") } else { size(used.sum()) };
            vec![topic.name.clone(), partition_count, used, durabilities[&topic.name].clone()]
        });
        let brokers = table(&["BROKER", "ADDRESS", "RACK", "ROLE"], &brokers.collect::<Vec<_>>());
        let topics = topics.collect::<Vec<_>>();
        let topics = table(&["TOPIC", "PARTITIONS", "SIZE", "DURABILITY"], &topics);
        let rows: Vec<Vec<String>> = disks.iter().map(disk).collect();
        let disks = table(&["BROKER", "DIRECTORY", "RECORDS", "FREE", "OF"], &rows);
        format!("cluster {id} at {bootstrap}\n\n{brokers}\n{disks}\n{topics}")
    }

    fn json(&self) -> Value {
        let Self { cluster, disks, durabilities } = self;
        let brokers = cluster.brokers.iter().map(|(node, broker)| {
            json!({ "id": node, "host": broker.host, "port": broker.port, "rack": broker.rack })
        });
        let topics = cluster.topics.iter().map(|topic| {
            let used: i64 = disks.iter().filter_map(|disk| disk.topics.get(&topic.name)).sum();
            json!({
                "name": topic.name,
                "partitions": topic.partitions.len(),
                "bytes": if disks.is_empty() { None } else { Some(used) },
                "durability": durabilities[&topic.name],
            })
        });
        json!({
            "cluster": cluster.id,
            "controller": cluster.controller,
            "brokers": brokers.collect::<Value>(),
            "disks": disks.iter().map(Disk::json).collect::<Value>(),
            "topics": topics.collect::<Value>(),
        })
    }
}
