//! The admin port: what a monitor sees of a broker.

use crate::broker::{Broker, Folder, fails};
use std::io::{Read, Write};
use std::net::TcpStream;

/// The whole answer to a request.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    // A request that is not read wholly may end in a reset behind the answer.
    drop(stream.read_to_string(&mut answer));
    answer
}

fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"))
}

fn start(folder: &Folder) -> (Broker, String) {
    let broker = Broker::start_with(folder, &["--cores", "2", "--admin", "127.0.0.1:0"]);
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
