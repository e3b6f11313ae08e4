//! A broker starts, says so, and ends when it is told to.

use crate::admin::get;
use crate::broker::{Broker, Folder, fails};
use std::time::Duration;

#[test]
fn it_says_when_it_serves_and_what_it_found() {
    let folder = Folder::new("ready");
    let broker = Broker::start(&folder);
    let words: Vec<&str> = broker.ready.trim_end().split(' ').collect();
    let [_, address, "in", took_ms, "ms"] = words[..] else { panic!("{:?}", broker.ready) };
    assert!(took_ms.parse::<u64>().is_ok() && !address.ends_with(":0"));
    assert_eq!(broker.end("TERM").0, Some(0));
    let said = std::fs::read_to_string(folder.path().join("stderr")).expect("a file");
    for part in ["io_uring: Linux", "journal: ", "disk commit: "] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
}

#[test]
fn it_ends_within_a_second_also_with_clients_connected() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new(&format!("end-{signal}"));
        let broker = Broker::start(&folder);
        broker.ok(&["produce", "-t", "a"], "1\n");
        let mut consumer = broker.begin(&["consume", "-t", "a"]);
        assert_eq!(consumer.line(), "1\n");
        let (code, took) = broker.end(signal);
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn it_takes_as_many_shards_as_the_data_was_made_with() {
    let folder = Folder::new("shards");
    let broker = Broker::start_with(&folder, &["--cores", "3"]);
    broker.ok(&["produce", "-t", "a"], "1\n");
    broker.end("TERM");
    let broker = Broker::start(&folder);
    assert_eq!(broker.ok(&["consume", "-t", "a", "--until-end"], ""), "1\n");
}

#[test]
fn a_shard_that_looks_for_work_before_it_sleeps_serves_as_any_other() {
    let folder = Folder::new("spin");
    let broker = Broker::start_with(&folder, &["--spin", "50"]);
    broker.ok(&["produce", "-t", "a"], "1\n");
    assert_eq!(broker.ok(&["consume", "-t", "a", "--until-end"], ""), "1\n");
}

#[test]
fn memory_is_there_before_it_is_asked_for_where_that_is_said() {
    let folder = Folder::new("prefault");
    let options = ["--cores", "1", "--admin", "127.0.0.1:0", "--prefault", "24"];
    let _broker = Broker::start_with(&folder, &options);
    let admin = Broker::said(&folder, "admin: http://");
    let admin = admin.trim_end_matches("/metrics");
    let bytes = || -> u64 {
        let page = get(admin, "/metrics");
        let of = |name: &str| {
            let line = page.lines().find_map(|line| line.strip_prefix(name)).expect("a metric");
            line.parse::<u64>().expect("bytes")
        };
        of("millstream_buffers_kept_bytes{shard=\"0\"} ")
            + of("millstream_buffers_lent_bytes{shard=\"0\"} ")
    };
    while bytes() < 24 << 20 {
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
}

#[test]
fn it_takes_a_server_properties_of_kafkas() {
    let folder = Folder::new("properties");
    let file = folder.path().join("server.properties");
    let text = "process.roles=broker,controller\nnode.id=7\n\
                listeners=PLAINTEXT://:9092,CONTROLLER://:9093\n\
                controller.listener.names=CONTROLLER\n\
                advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n\
                num.network.threads=3\nnum.partitions=2\nlog.retention.hours=168\n\
                controller.quorum.bootstrap.servers=localhost:9093\n\
                share.coordinator.state.topic.min.isr=1\n\
                transaction.state.log.replication.factor=1\n";
    std::fs::write(&file, text).expect("a file");
    let config = file.display().to_string();
    let more = ["--config", &config, "--advertise", "127.0.0.1:0", "--set", "num.partitions=3"];
    let broker = Broker::start_with(&folder, &more);
    broker.ok(&["produce", "-t", "a"], "1\n");
    let described = broker.ok(&["topic", "list"], "");
    assert!(described.contains("a      3"), "{described}");
    assert!(broker.ok(&["status"], "").contains("\n7 "), "node.id counts");
    Broker::said(&folder, "num.network.threads is set and changes nothing: ");
    Broker::said(&folder, "share.coordinator.state.topic.min.isr is set and changes nothing: ");
}

#[test]
fn what_would_be_less_safe_than_asked_for_is_refused() {
    let folder = Folder::new("refused");
    let data = folder.path().join("data").display().to_string();
    let start = ["start", "--data", &data, "--listen", "127.0.0.1:0"];
    for (setting, why) in [
        ("listeners=SSL://127.0.0.1:0", "SSL is not served"),
        ("ssl.keystore.location=/etc/key.jks", "not encrypted"),
        ("sasl.enabled.mechanisms=PLAIN", "not asked who they are"),
        ("authorizer.class.name=Any", "everybody may do everything"),
    ] {
        let said = fails(&[&start[..], &["--set", setting]].concat(), 2);
        assert!(said.contains(why), "{setting}: {said}");
    }
    assert!(!folder.path().join("data").exists(), "nothing was made");
}
