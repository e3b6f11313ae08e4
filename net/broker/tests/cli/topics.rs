//! The life of a topic.

use crate::broker::{Broker, Folder};
use serde_json::Value;

#[test]
fn a_topic_is_created_listed_described_and_deleted() {
    let folder = Folder::new("topics");
    let broker = Broker::start(&folder);
    let create = ["topic", "create", "orders", "-p", "3", "--set", "retention.ms=1000"];
    assert_eq!(broker.ok(&create, ""), "created orders\n");
    assert_eq!(broker.run(&create, "").status.code(), Some(1));
    assert_eq!(
        broker.ok(&[&create[..], &["--if-missing"]].concat(), ""),
        "orders is there already\n"
    );
    let list = || {
        let said = broker.ok(&["topic", "list", "--output", "json"], "");
        serde_json::from_str::<Value>(&said).expect("JSON")
    };
    assert_eq!(list()[0]["name"], "orders");
    assert_eq!(list()[0]["partitions"], 3);
    broker.ok(&["produce", "-t", "orders", "-p", "1"], "a\nb\n");
    let said = broker.ok(&["topic", "describe", "orders", "--output", "json"], "");
    let described: Value = serde_json::from_str(&said).expect("JSON");
    let partition = &described[0]["partitions"][1];
    assert_eq!((&partition["start"], &partition["end"]), (&Value::from(0), &Value::from(2)));
    assert!(broker.ok(&["topic", "describe", "orders"], "").contains("PARTITION"));
    assert_eq!(broker.ok(&["topic", "delete", "orders"], ""), "deleted orders\n");
    assert_eq!(broker.run(&["topic", "delete", "orders"], "").status.code(), Some(1));
    broker.ok(&["topic", "delete", "orders", "--if-there"], "");
    assert_eq!(list(), Value::Array(Vec::new()));
}

#[test]
fn the_environment_and_the_command_line_configure_the_broker() {
    let folder = Folder::new("configured");
    let broker = Broker::start_with(&folder, &["--set", "num.partitions=5"]);
    broker.ok(&["produce", "-t", "a"], "1\n");
    let said = broker.ok(&["topic", "list", "--output", "json"], "");
    let listed: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(listed[0]["partitions"], 5);
}

#[test]
fn status_shows_brokers_and_topics() {
    let folder = Folder::new("status");
    let broker = Broker::start(&folder);
    broker.ok(&["topic", "create", "a"], "");
    let said = broker.ok(&["status", "--output", "json"], "");
    let status: Value = serde_json::from_str(&said).expect("JSON");
    let address = format!(
        "{}:{}",
        status["brokers"][0]["host"].as_str().expect("text"),
        status["brokers"][0]["port"]
    );
    assert_eq!(address, broker.address);
    assert_eq!(status["topics"][0]["name"], "a");
    assert!(status["topics"][0]["durability"].is_string());
    assert!(broker.ok(&["status"], "").contains(&broker.address));
}

#[test]
fn a_topic_is_altered_and_trimmed() {
    let folder = Folder::new("altered");
    let broker = Broker::start(&folder);
    broker.ok(&["topic", "create", "a", "-p", "1", "--set", "retention.ms=1000000"], "");
    broker.ok(&["produce", "-t", "a"], "1\n2\n3\n");
    assert_eq!(broker.ok(&["topic", "trim", "a", "--before", "2"], ""), "a/0 begins at 2\n");
    assert_eq!(broker.ok(&["consume", "-t", "a", "--until-end"], ""), "3\n");
    let alter =
        ["topic", "alter", "a", "-p", "2", "--set", "flush.ms=50", "--unset", "retention.ms"];
    broker.ok(&alter, "");
    let status = broker.ok(&["status"], "");
    assert!(status.contains("on disk about 50 ms later"), "{status}");
    let said = broker.ok(&["topic", "describe", "a", "--output", "json"], "");
    let described: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(described[0]["partitions"].as_array().map(Vec::len), Some(2));
    assert_eq!(described[0]["partitions"][0]["start"], 2);
    assert_eq!(described[0]["configs"].as_array().map(Vec::len), Some(1));
}
