//! What is produced is consumed.

use crate::broker::{Broker, Folder};

#[test]
fn lines_come_back_in_order_in_each_codec() {
    let folder = Folder::new("lines");
    let broker = Broker::start(&folder);
    let lines: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        broker.ok(&["topic", "create", codec, "-p", "1"], "");
        broker.ok(&["produce", "-t", codec, "--compression", codec], &lines);
        let consumed = broker.ok(&["consume", "-t", codec, "--until-end"], "");
        assert!(consumed == lines, "{codec}: {} bytes", consumed.len());
    }
}

#[test]
fn keys_decide_partitions_and_headers_come_through() {
    let folder = Folder::new("keys");
    let broker = Broker::start(&folder);
    broker.ok(&["topic", "create", "a", "-p", "3"], "");
    let lines = "a:1\nb:2\na:3\nb:4\nc:5\n";
    let produce = ["produce", "-t", "a", "-k", ":", "--header", "from=test"];
    broker.ok(&produce, lines);
    let consumed =
        broker.ok(&["consume", "-t", "a", "--until-end", "--format", r"%k%v %h %p\n"], "");
    let find = |record: &str| {
        let line = consumed.lines().find(|line| line.starts_with(record));
        let line = line.unwrap_or_else(|| panic!("{record} is missing: {consumed}"));
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[1], "from=test");
        words[2].to_owned()
    };
    assert_eq!(find("a1"), find("a3"));
    assert_eq!(find("b2"), find("b4"));
    assert_eq!(consumed.lines().count(), 5);
}

#[test]
fn json_keeps_null_and_bytes_apart_and_can_be_produced_again() {
    let folder = Folder::new("json");
    let broker = Broker::start(&folder);
    for topic in ["a", "b"] {
        broker.ok(&["topic", "create", topic, "-p", "1"], "");
    }
    let lines = "{\"key\":null,\"value\":{\"hex\":\"00ff\"},\"timestamp\":1000}\n\
                 {\"key\":\"\",\"value\":null,\"timestamp\":2000}\n\
                 {\"value\":\"\",\"headers\":{\"x\":null},\"timestamp\":3000}\n";
    broker.ok(&["produce", "-t", "a", "--format", "json"], lines);
    let consume =
        |topic| broker.ok(&["consume", "-t", topic, "--until-end", "--format", "json"], "");
    let first = consume("a");
    broker.ok(&["produce", "-t", "b", "--format", "json"], &first);
    assert_eq!(consume("b"), first.replace("\"topic\":\"a\"", "\"topic\":\"b\""));
    let second = first.lines().nth(1).expect("three lines");
    let second: serde_json::Value = serde_json::from_str(second).expect("JSON");
    assert!(second["value"].is_null() && second["key"] == "" && second["timestamp"] == 2000);
    assert!(first.contains("{\"hex\":\"00ff\"}"), "{first}");
}

#[test]
fn reading_begins_and_ends_where_it_is_told_to() {
    let folder = Folder::new("places");
    let broker = Broker::start(&folder);
    broker.ok(&["topic", "create", "a", "-p", "1"], "");
    let lines = "{\"value\":\"x\",\"timestamp\":1000}\n{\"value\":\"y\",\"timestamp\":2000}\n\
                 {\"value\":\"z\",\"timestamp\":3000}\n";
    broker.ok(&["produce", "-t", "a", "--format", "json"], lines);
    let cases = [
        (vec!["--from", "1"], "y\nz\n"),
        (vec!["--from", "@1001"], "y\nz\n"),
        (vec!["--from", "@9000"], ""),
        (vec!["--from", "end"], ""),
        (vec!["--count", "2"], "x\ny\n"),
        (vec!["--count", "0"], ""),
        (vec!["--partition", "0"], "x\ny\nz\n"),
    ];
    for (arguments, expected) in cases {
        let all = [&["consume", "-t", "a", "--until-end"], &arguments[..]].concat();
        assert_eq!(broker.ok(&all, ""), expected, "{arguments:?}");
    }
    let output = broker.run(&["consume", "-t", "a", "--from", "9"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("a/0: ") && said.contains("OFFSET_OUT_OF_RANGE"), "{said}");
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_those_before_it_are_there() {
    let folder = Folder::new("bad-line");
    let broker = Broker::start(&folder);
    let output = broker.run(&["produce", "-t", "a", "-k", "="], "k=v\nnothing\n");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("line 2: "), "{said}");
    assert_eq!(broker.ok(&["consume", "-t", "a", "--until-end"], ""), "v\n");
}
