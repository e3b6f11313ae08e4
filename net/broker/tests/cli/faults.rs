//! What goes wrong is said in a sentence, and by the exit code.

use crate::broker::{Broker, Folder, fails, run};
use std::net::TcpListener;

#[test]
fn an_unknown_configuration_is_refused_with_what_was_meant() {
    let folder = Folder::new("unknown");
    let said = fails(&["start", "--data", &folder.data(), "--set", "num.partitons=3"], 2);
    assert!(said.contains("did you mean num.partitions?"), "{said}");
    let file = folder.path().join("a.toml");
    std::fs::write(&file, "[log]\nretention.hour = 3\n").expect("a file");
    let said = fails(&["start", "--config", &file.display().to_string()], 2);
    assert!(said.contains("a.toml: ") && said.contains("log.retention.hours?"), "{said}");
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn wrong_arguments_are_refused_with_what_was_meant() {
    let said = fails(&["strat"], 2);
    assert!(said.contains("start"), "{said}");
    fails(&["start", "--cores", "0"], 2);
    fails(&["start", "--listen", "nowhere"], 2);
    fails(&["topic", "alter", "a"], 2);
    assert_eq!(run(&["--help"], "").status.code(), Some(0));
    assert_eq!(run(&["topic", "--help"], "").status.code(), Some(0));
}

#[test]
fn a_directory_that_is_in_use_is_refused() {
    let folder = Folder::new("in-use");
    let broker = Broker::start(&folder);
    let data = folder.data();
    let said = fails(&["start", "--data", &data, "--listen", "127.0.0.1:0"], 4);
    assert!(said.contains("is used by another millstream"), "{said}");
    fails(&["check", &data], 4);
    broker.end("TERM");
    let said = fails(&["start", "--data", &data, "--cores", "200"], 4);
    assert!(said.contains("give --cores"), "{said}");
}

#[test]
fn a_directory_of_something_else_is_refused() {
    let folder = Folder::new("foreign");
    std::fs::write(folder.path().join("letter"), "dear").expect("a file");
    let directory = folder.path().display().to_string();
    fails(&["start", "--data", &directory, "--listen", "127.0.0.1:0"], 4);
    assert_eq!(std::fs::read(folder.path().join("letter")).expect("a file"), b"dear");
}

#[test]
fn an_address_that_is_taken_is_refused() {
    let folder = Folder::new("taken");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let said = fails(&["start", "--data", &folder.data(), "--listen", &address], 5);
    assert!(said.contains("--listen"), "{said}");
    drop(listener);
    // Shards share a port, brokers do not.
    let broker = Broker::start(&folder);
    let other = Folder::new("taken-other");
    fails(&["start", "--data", &other.data(), "--listen", &broker.address], 5);
}

#[test]
fn no_broker_is_another_fault_than_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    drop(listener);
    let said = fails(&["topic", "list", "--bootstrap", &address], 3);
    assert!(said.contains("--bootstrap"), "{said}");
    let folder = Folder::new("refusal");
    let broker = Broker::start(&folder);
    let said = fails(&["topic", "describe", "a", "--bootstrap", &broker.address], 1);
    assert!(said.contains("topic a: "), "{said}");
}
