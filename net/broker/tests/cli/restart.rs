//! `kill -9` costs a restart, and nothing else.

use crate::broker::{Broker, Folder};

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
