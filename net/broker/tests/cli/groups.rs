//! Consumers that share a topic, and go on where their group has come to.

use crate::broker::{Broker, Folder};
use serde_json::Value;

fn broker(folder: &Folder) -> Broker {
    Broker::start_with(folder, &["--set", "group.initial.rebalance.delay.ms=0"])
}

fn describe(broker: &Broker) -> Value {
    let said = broker.ok(&["group", "describe", "g", "--output", "json"], "");
    serde_json::from_str(&said).expect("JSON")
}

#[test]
fn a_group_goes_on_where_it_was_also_after_a_kill() {
    let folder = Folder::new("group-on");
    let first = broker(&folder);
    first.ok(&["topic", "create", "a", "-p", "1"], "");
    first.ok(&["produce", "-t", "a"], "1\n2\n3\n4\n5\n");
    let consume = ["consume", "-t", "a", "--group", "g"];
    assert_eq!(first.ok(&[&consume[..], &["--count", "2"]].concat(), ""), "1\n2\n");
    first.kill();
    let second = broker(&folder);
    assert_eq!(second.ok(&[&consume[..], &["--until-end"]].concat(), ""), "3\n4\n5\n");
    let described = describe(&second);
    assert_eq!(described["offsets"][0]["committed"], 5);
    assert_eq!(described["offsets"][0]["lag"], 0);
    assert_eq!(described["members"], Value::Array(Vec::new()));
}

#[test]
fn two_members_share_and_the_one_that_stays_takes_all() {
    let folder = Folder::new("group-share");
    let broker = broker(&folder);
    broker.ok(&["topic", "create", "a", "-p", "2"], "");
    let consume = ["consume", "-t", "a", "--group", "g", "--format", r"%p %v\n"];
    let mut members = [broker.begin(&consume), broker.begin(&consume)];
    // Until both are members, and each has one partition.
    let has_one = |member: &Value| member["assigned"].as_array().is_some_and(|it| it.len() == 1);
    let is_shared = |group: &Value| {
        let members = group["members"].as_array().expect("a list");
        members.len() == 2 && members.iter().all(has_one)
    };
    while !is_shared(&describe_or_null(&broker)) {}
    for partition in ["0", "1"] {
        broker.ok(&["produce", "-t", "a", "-p", partition], "x\n");
    }
    let mut lines: Vec<String> = members.iter_mut().map(|member| member.line()).collect();
    lines.sort();
    assert_eq!(lines, ["0 x\n", "1 x\n"]);
    let [leaver, mut stayer] = members;
    assert_eq!(leaver.end("INT"), (Some(0), String::new()));
    for partition in ["0", "1"] {
        broker.ok(&["produce", "-t", "a", "-p", partition], "y\n");
    }
    let mut lines = [stayer.line(), stayer.line()];
    lines.sort();
    assert_eq!(lines, ["0 y\n", "1 y\n"]);
    assert_eq!(stayer.end("TERM"), (Some(0), String::new()));
}

/// A group that nobody has joined yet is not there.
fn describe_or_null(broker: &Broker) -> Value {
    let output = broker.run(&["group", "describe", "g", "--output", "json"], "");
    let said = serde_json::from_slice(&output.stdout);
    said.unwrap_or_else(|_| serde_json::json!({ "members": [] }))
}

#[test]
fn a_group_is_listed_reset_and_deleted() {
    let folder = Folder::new("group-reset");
    let broker = broker(&folder);
    broker.ok(&["topic", "create", "a", "-p", "1"], "");
    broker.ok(&["produce", "-t", "a"], "1\n2\n3\n");
    let consume = ["consume", "-t", "a", "--group", "g", "--until-end"];
    assert_eq!(broker.ok(&consume, ""), "1\n2\n3\n");
    let said = broker.ok(&["group", "list", "--output", "json"], "");
    assert_eq!(serde_json::from_str::<Value>(&said).expect("JSON")[0]["name"], "g");
    let reset = |to, more: &[&str]| {
        broker.run(&[&["group", "reset", "g", "--topic", "a", "--to", to], more].concat(), "")
    };
    assert_eq!(reset("beginning", &["--dry-run"]).status.code(), Some(0));
    assert_eq!(broker.ok(&consume, ""), "");
    assert_eq!(reset("9", &[]).status.code(), Some(1));
    assert_eq!(reset("1", &[]).status.code(), Some(0));
    assert_eq!(broker.ok(&consume, ""), "2\n3\n");
    assert_eq!(broker.ok(&["group", "delete", "g"], ""), "deleted g\n");
    assert_eq!(broker.run(&["group", "delete", "g"], "").status.code(), Some(1));
}
