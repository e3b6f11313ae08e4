//! The admin port: what a monitor sees of a broker.

use crate::broker::{Broker, Folder, fails};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// The whole answer to a request.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    // A request that is not read wholly may end in a reset behind the answer.
    drop(stream.read_to_string(&mut answer));
    answer
}

pub(crate) fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"))
}

fn start(folder: &Folder) -> (Broker, String) {
    start_with(folder, &["--cores", "2", "--admin", "127.0.0.1:0"])
}

fn start_with(folder: &Folder, options: &[&str]) -> (Broker, String) {
    let broker = Broker::start_with(folder, options);
    let admin = Broker::said(folder, "admin: http://");
    let address = admin.trim_end_matches("/metrics").to_owned();
    (broker, address)
}

#[test]
fn requests_and_records_are_counted() {
    let folder = Folder::new("metrics");
    let (broker, admin) = start(&folder);
    broker.ok(&["topic", "create", "a", "-p", "4"], "");
    broker.ok(&["produce", "-t", "a"], "1\n");
    let page = get(&admin, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    let sum = |name: &str| -> f64 {
        let lines = page.lines().filter(|line| line.starts_with(name));
        let numbers = lines.map(|line| line.rsplit(' ').next().expect("a number"));
        numbers.map(|number| number.parse::<f64>().expect("a number")).sum()
    };
    assert!((sum("millstream_partitions{") - 4.0).abs() < 0.5, "{page}");
    assert!(sum("millstream_connections_accepted_total{") > 1.0, "{page}");
    assert!(sum("millstream_log_batches_total{") > 1.0, "{page}");
    let produced = page.lines().find(|line| {
        line.starts_with("millstream_request_seconds_count{") && line.contains("api=\"Produce\"")
    });
    assert!(produced.is_some_and(|line| line.ends_with(" 1")), "{page}");
    for shard in ["0", "1"] {
        assert!(page.contains(&format!("millstream_shard_ticks_total{{shard=\"{shard}\"}}")));
    }
}

#[test]
fn it_is_healthy_and_ready() {
    let folder = Folder::new("health");
    let (broker, admin) = start(&folder);
    for path in ["/health", "/ready", "/ready?verbose"] {
        assert!(get(&admin, path).ends_with("\r\n\r\nok\n"), "{path}");
    }
    assert_eq!(broker.end("TERM").0, Some(0));
    assert!(TcpStream::connect(&admin).is_err(), "it goes with the broker");
}

/// A broker that misses groups lives, and says that it is not whole.
#[test]
fn it_is_healthy_and_not_ready_while_groups_cannot_be_read() {
    let folder = Folder::new("unready");
    let admin = ["--cores", "1", "--admin", "127.0.0.1:0"];
    let broker = Broker::start_with(&folder, &admin);
    broker.ok(&["topic", "create", "a"], "");
    broker.ok(&["produce", "-t", "a"], "1\n");
    broker.ok(&["consume", "-t", "a", "--group", "one-that-rots", "--count", "1"], "");
    broker.end("TERM");
    millstream_site::damage(Path::new(&folder.data()), "one-that-rots");
    let (_broker, admin) = start_with(&folder, &admin);
    // What is still being read is not missed yet.
    let is_ok = |answer: &str| answer.ends_with("\r\n\r\nok\n");
    let mut ready = get(&admin, "/ready");
    while is_ok(&ready) {
        ready = get(&admin, "/ready");
    }
    assert!(ready.starts_with("HTTP/1.1 503 "), "{ready}");
    assert!(ready.ends_with("cannot read the groups of 1 partitions of __consumer_offsets\n"));
    assert!(is_ok(&get(&admin, "/health")));
}

#[test]
fn what_is_no_request_is_refused_and_disturbs_nobody() {
    let folder = Folder::new("admin-hostile");
    let (_broker, admin) = start(&folder);
    let idle = TcpStream::connect(&admin).expect("it listens");
    let cases = [
        ("GET /other HTTP/1.1\r\n\r\n", "HTTP/1.1 404 "),
        ("POST /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "),
        ("\r\n\r\n", "HTTP/1.1 405 "),
        (&"x".repeat(100_000), ""),
    ];
    for (request, status) in cases {
        let answer = ask(&admin, request);
        assert!(answer.starts_with(status), "{answer:?}");
    }
    assert!(get(&admin, "/health").starts_with("HTTP/1.1 200 "));
    drop(idle);
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let folder = Folder::new("admin-taken");
    let (_broker, admin) = start(&folder);
    let other = Folder::new("admin-other");
    let start = ["start", "--data", &other.data(), "--listen", "127.0.0.1:0", "--admin", &admin];
    let said = fails(&start, 5);
    assert!(said.contains("--admin"), "{said}");
}

/// Produces nothing, with a pause within the request, until the broker has seen one: where it was
/// held up itself, both pieces are there at once.
fn ask_in_pieces(address: &str, admin: &str) {
    // The length; Produce 3, correlation id 1, no client id; no transaction, acks, timeout, topics.
    let header = [0, 0, 0, 22, 0, 0, 0, 3, 0, 0, 0, 1, 0xff, 0xff];
    let body = [0xff, 0xff, 0, 1, 0, 0, 0x75, 0x30, 0, 0, 0, 0];
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("a connected socket");
        stream.write_all(&header).expect("it reads");
        std::thread::park_timeout(Duration::from_millis(20));
        stream.write_all(&body).expect("it reads");
        stream.read_exact(&mut [0; 4]).expect("an answer");
        if get(admin, "/metrics").contains("api=\"Produce\",stage=\"receive\"") {
            return;
        }
    }
}

#[test]
fn the_stages_of_requests_are_told_and_the_slowest_of_them() {
    let folder = Folder::new("stages");
    let (broker, admin) = start(&folder);
    broker.ok(&["topic", "create", "a", "-p", "4"], "");
    broker.ok(&["produce", "-t", "a"], "1\n2\n");
    broker.ok(&["consume", "-t", "a", "--from", "beginning", "--count", "2"], "");
    ask_in_pieces(&broker.address, &admin);
    let page = get(&admin, "/metrics");
    for (api, stages) in [
        ("Produce", &["receive", "decode", "append", "stable", "answer"][..]),
        ("Fetch", &["decode", "read", "answer"][..]),
    ] {
        for stage in stages {
            let labels = format!("api=\"{api}\",stage=\"{stage}\"}}");
            let is_told = |line: &str| {
                line.starts_with("millstream_request_stage_seconds_count{")
                    && line.contains(&labels)
            };
            assert!(page.lines().any(is_told), "{labels} is missing:\n{page}");
        }
    }
    assert!(page.contains("millstream_topic_bytes_in_total{"), "{page}");
    assert!(page.contains("topic=\"a\""), "{page}");
    assert!(page.contains("\nmillstream_memory_resident_bytes "), "{page}");
    let slow = get(&admin, "/slow");
    let (head, body) = slow.split_once("\r\n\r\n").expect("an answer");
    assert!(head.contains("Content-Type: application/json"), "{head}");
    let slow: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let slowest = slow["slowest"].as_array().expect("a list");
    let is_told = |slow: &serde_json::Value| {
        slow["api"] == "Produce" && slow["stages_ms"]["stable"].as_f64() > Some(0.0)
    };
    assert!(slowest.iter().any(is_told), "{body}");
    let times: Vec<f64> = slowest.iter().filter_map(|slow| slow["ms"].as_f64()).collect();
    assert!(times.is_sorted_by(|left, right| left >= right), "{times:?}");
}

#[test]
fn top_says_once_what_it_sees_where_nobody_looks() {
    let folder = Folder::new("top");
    let (broker, admin) = start(&folder);
    broker.ok(&["topic", "create", "a"], "");
    broker.ok(&["produce", "-t", "a"], "1\n");
    let top = |more: &[&str]| {
        let all = [&["top", "--admin", &admin, "--interval", "0.1"], more].concat();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(all)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let text = top(&[]);
    for part in ["SHARD", "COMMIT p50", "TOPIC", "SLOWEST"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(!text.contains('\x1b'), "no terminal, no escapes: {text:?}");
    let json: serde_json::Value = serde_json::from_str(&top(&["--output", "json"])).expect("JSON");
    assert_eq!(json["shards"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["topics"][0]["topic"], "a");
    assert!(json["memory_bytes"].as_f64() > Some(1e6), "{json}");
}

#[test]
fn top_without_an_admin_port_says_what_to_do() {
    let why = fails(&["top", "--admin", "127.0.0.1:1", "--once"], 3);
    assert!(why.contains("--admin"), "{why}");
    fails(&["top", "--interval", "0"], 2);
}
