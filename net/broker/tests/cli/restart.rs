//! `kill -9` costs a restart, and nothing else.

use crate::broker::{Broker, Folder, program};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn what_was_acknowledged_is_there_after_each_kill() {
    let folder = Folder::new("kill");
    let mut expected = String::new();
    for round in 0..5 {
        let broker = Broker::start(&folder);
        if round == 0 {
            broker.ok(&["topic", "create", "a", "-p", "1"], "");
        }
        let lines: String = (0..1000).map(|number| format!("{round} {number}\n")).collect();
        broker.ok(&["produce", "-t", "a"], &lines);
        expected.push_str(&lines);
        broker.kill();
    }
    let broker = Broker::start(&folder);
    assert!(broker.ok(&["consume", "-t", "a", "--until-end"], "") == expected);
}

#[test]
fn a_topic_that_was_deleted_stays_deleted() {
    let folder = Folder::new("deleted");
    let broker = Broker::start(&folder);
    broker.ok(&["topic", "create", "a"], "");
    broker.ok(&["topic", "create", "b"], "");
    broker.ok(&["topic", "delete", "a"], "");
    broker.kill();
    let broker = Broker::start(&folder);
    let listed = broker.ok(&["topic", "list"], "");
    assert!(listed.contains("\nb ") && !listed.contains("\na "), "{listed}");
}

/// Whoever watches over a broker starts it again on its old address, and at once.
#[test]
fn a_broker_that_was_killed_has_its_address_back() {
    let folder = Folder::new("address");
    let broker = Broker::start(&folder);
    let address = broker.address.clone();
    broker.kill();
    for _ in 0..5 {
        let mut child = program()
            .args(["start", "--data", &folder.data(), "--listen", &address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut ready = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut ready).expect("a line");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        assert!(ready.starts_with(&format!("ready {address} in ")), "{ready:?}");
    }
}
