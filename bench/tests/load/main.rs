//! `load` against a broker: what it measures, what it leaves behind, and what it says when it
//! cannot.

#[path = "../harness/mod.rs"]
mod harness;
mod program;

use millstream_site::Broker;
use millstream_wire::partition_of_key;
use program::{begin, groups, keys, load, topics};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

fn measured(broker: &Broker, arguments: &[&str]) -> Value {
    let address = broker.address().to_string();
    let common = ["--broker", &address, "--seconds", "1", "--warm-up", "0", "--json"];
    let output = load([arguments, &common].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn count(report: &Value, direction: &str) -> u64 {
    report[direction]["latency"]["count"].as_u64().expect("a count")
}

#[test]
fn producers_are_answered_and_nothing_is_left_behind() {
    let broker = Broker::start("produce");
    let report = measured(&broker, &["produce", "--connections", "4", "--partitions", "3"]);
    assert!(count(&report, "produced") > 0, "{report}");
    assert_eq!(report["produced"]["errors"], serde_json::json!({}));
    assert_eq!(report["unanswered"], 0);
    assert_eq!(topics(&broker), Vec::<String>::new());
}

#[test]
fn producers_are_idempotent_where_asked() {
    let broker = Broker::start("idempotent");
    let produce = ["produce", "--connections", "3", "--partitions", "2", "--idempotent"];
    let report = measured(&broker, &produce);
    // A sequence that does not follow the one before is an error.
    assert_eq!(report["produced"]["errors"], serde_json::json!({}));
    assert!(count(&report, "produced") > 100, "{report}");
}

#[test]
fn what_nobody_acknowledges_is_stored_all_the_same() {
    let broker = Broker::start("unacknowledged");
    let produce = ["produce", "--acks", "0", "--connections", "2", "--partitions", "2"];
    let report = measured(&broker, &[&produce[..], &["--rate", "500", "--keep"]].concat());
    assert!(count(&report, "produced") > 0, "{report}");
    assert_eq!(report["unanswered"], 0);
    let notes = report["warnings"].as_array().expect("notes");
    assert!(notes.iter().any(|note| note.to_string().contains("acknowledged")), "{notes:?}");
    let topic = topics(&broker).remove(0);
    let report = measured(&broker, &["fetch", "--topic", &topic, "--check"]);
    assert!(count(&report, "fetched") > 0, "{report}");
    assert_eq!(report["faults"], 0);
}

#[test]
fn records_are_in_the_partition_of_their_key() {
    let broker = Broker::start("keys");
    let keyed = ["--keys", "50", "--key-distribution", "zipf", "--partitions", "3", "--keep"];
    let produce = ["produce", "--connections", "2", "--rate", "300", "--idempotent"];
    let report = measured(&broker, &[&produce[..], &keyed, &["--compression", "lz4"]].concat());
    assert_eq!(report["produced"]["errors"], serde_json::json!({}));
    let topic = topics(&broker).remove(0);
    let mut counts = BTreeMap::new();
    for partition in 0..3 {
        for key in keys(&broker, &topic, partition) {
            assert_eq!(partition_of_key(&key, 3).cast_signed(), partition);
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    let count = |key: &str| counts.get(key.as_bytes()).copied().unwrap_or(0);
    assert!(count("00000000") > count("00000049"), "{counts:?}");
}

#[test]
fn requests_without_records_are_counted_too() {
    let broker = Broker::start("ask");
    let report = measured(&broker, &["ask", "--connections", "3", "--in-flight", "2"]);
    assert!(count(&report, "asked") > 0, "{report}");
    assert_eq!(report["asked"]["errors"], serde_json::json!({}));
    assert_eq!(report["unanswered"], 0);
}

#[test]
fn connections_come_and_go_beside_the_load() {
    let broker = Broker::start("churn");
    let churn = ["produce", "--churn", "50", "--connections", "2", "--rate", "100"];
    let report = measured(&broker, &[&churn[..], &["--partitions", "2"]].concat());
    assert!(count(&report, "produced") > 0, "{report}");
    assert!((1..=51).contains(&count(&report, "churned")), "{report}");
    assert_eq!(report["churned"]["errors"], serde_json::json!({}));
    assert_eq!(report["unanswered"], 0);
}

/// Each group joins, takes its share, commits, leaves and is deleted, and nothing of it stays.
#[test]
fn groups_come_and_go_beside_the_load() {
    let settings = [("group.initial.rebalance.delay.ms", "0")];
    let broker = Broker::start_with("groups", 2, &settings);
    let churn = ["produce", "--group-churn", "50", "--connections", "2", "--rate", "100"];
    let report = measured(&broker, &[&churn[..], &["--partitions", "2"]].concat());
    assert!(count(&report, "produced") > 0, "{report}");
    assert!((1..=51).contains(&count(&report, "groups")), "{report}");
    assert_eq!(report["groups"]["errors"], serde_json::json!({}));
    assert_eq!(report["unanswered"], 0);
    let address = broker.address().to_string();
    assert_eq!(groups(&broker), Vec::<String>::new());
    let refused = load(vec!["ask", "--group-churn", "5", "--broker", &address]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}

/// Each record goes to each group once, whoever leaves and comes back meanwhile.
#[test]
fn groups_read_everything_and_share_anew() {
    let settings = [("group.initial.rebalance.delay.ms", "0")];
    let broker = Broker::start_with("readers", 2, &settings);
    let mixed = ["mixed", "--rate", "300", "--connections", "2", "--partitions", "5", "--check"];
    let readers = ["--groups", "2", "--consumers", "2", "--core", "0,0"];
    let times = ["--heartbeat-interval", "50ms", "--commit-interval", "100ms"];
    let anew = ["--rebalance-interval", "300ms"];
    let report = measured(&broker, &[&mixed[..], &readers, &times, &anew].concat());
    let of = |direction: &str| report[direction]["records"].as_u64().expect("a count");
    assert!(of("fetched") > of("produced"), "{report}");
    assert!(of("fetched") <= 2 * of("produced"), "{report}");
    assert!(report["end_to_end"]["count"].as_u64().expect("a count") > 0, "{report}");
    for what in ["rebalanced", "committed", "heartbeats"] {
        assert!(count(&report, what) > 0, "{what}: {report}");
        assert_eq!(report[what]["errors"], serde_json::json!({}), "{what}: {report}");
    }
    assert_eq!((&report["faults"], &report["unanswered"]), (&Value::from(0), &Value::from(0)));
    assert_eq!(groups(&broker), Vec::<String>::new());
}

#[test]
fn members_beyond_the_partitions_are_warned_of() {
    let settings = [("group.initial.rebalance.delay.ms", "0")];
    let broker = Broker::start_with("idlers", 1, &settings);
    let mixed = ["mixed", "--rate", "100", "--connections", "1", "--partitions", "2"];
    let warnings = |consumers| {
        let readers = ["--groups", "2", "--consumers", consumers];
        measured(&broker, &[&mixed[..], &readers].concat())["warnings"].to_string()
    };
    assert!(warnings("3").contains("2 members had nothing to read"));
    assert!(!warnings("2").contains("nothing to read"));
}

/// What was under way is lost, and what was to start meanwhile starts late.
#[test]
fn a_load_outlives_a_restart_of_its_broker() {
    let settings = [("group.initial.rebalance.delay.ms", "0")];
    let mut broker = Broker::start_with("reconnect", 1, &settings);
    let address = broker.address().to_string();
    let mixed = ["mixed", "--reconnect", "--connections", "2", "--partitions", "2"];
    let readers = ["--groups", "1", "--consumers", "2", "--heartbeat-interval", "100ms"];
    let common = ["--broker", &address, "--seconds", "5", "--warm-up", "0", "--json"];
    let running = begin([&mixed[..], &readers, &["--rate", "200"], &common].concat());
    while broker.number("log_batches_total") < 100 {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    broker.restart();
    let output = running.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // Two that produce; those that read may have waited for their share.
    assert!(count(&report, "reconnected") >= 2, "{report}");
    assert_eq!(report["reconnected"]["errors"], serde_json::json!({}));
    // All of five seconds, whenever the broker was away.
    assert!(count(&report, "produced") > 500, "{report}");
    assert_eq!(report["unanswered"], 0);
    assert_eq!(groups(&broker), Vec::<String>::new());
}

#[test]
fn a_ramp_measures_each_of_its_rates() {
    let broker = Broker::start("ramp");
    let ramp = ["produce", "--ramp", "100..300", "--steps", "3", "--connections", "2"];
    let report = measured(&broker, &ramp);
    let steps = report["steps"].as_array().expect("steps");
    let asked: Vec<_> =
        steps.iter().map(|step| step["asked_requests_per_second"].as_f64()).collect();
    assert_eq!(asked, [Some(100.0), Some(200.0), Some(300.0)]);
    assert!(steps.iter().all(|step| count(step, "produced") > 0), "{report}");
    assert_eq!(topics(&broker), Vec::<String>::new());
}

#[test]
fn a_rate_is_kept_and_not_passed() {
    let broker = Broker::start("rate");
    let rate = ["produce", "--connections", "2", "--rate", "200", "--batch-bytes", "1"];
    let report = measured(&broker, &rate);
    let got = count(&report, "produced");
    assert!((1..=201).contains(&got), "{got}");
}

#[test]
fn what_was_filled_is_read_with_good_checksums() {
    let broker = Broker::start("fetch");
    let fetch = ["fetch", "--fill", "1MiB", "--partitions", "3", "--consumers", "2", "--check"];
    let report = measured(&broker, &fetch);
    assert!(count(&report, "fetched") > 0, "{report}");
    assert_eq!(report["faults"], 0);
    assert_eq!(topics(&broker), Vec::<String>::new());
}

#[test]
fn slow_consumers_read_no_faster_than_they_are_told() {
    let broker = Broker::start("slow");
    let fetch = ["fetch", "--fill", "4MiB", "--partitions", "2", "--consumers", "2"];
    let slow = ["--consumer-rate", "500kB", "--fetch-bytes", "64KiB"];
    let report = measured(&broker, &[&fetch[..], &slow].concat());
    assert!(count(&report, "fetched") > 0, "{report}");
    let seconds = report["seconds"].as_f64().expect("a time");
    let bytes = report["fetched"]["bytes"].as_f64().expect("a size");
    // Each consumer rests behind an answer, so that its last may come a portion too early.
    assert!(bytes <= 2.0 * (500e3 * seconds + 2.0 * 65536.0), "{bytes} in {seconds} s");
}

#[test]
fn a_topic_that_is_there_is_read_once_and_stays() {
    let broker = Broker::start("once");
    let produce = ["produce", "--connections", "2", "--partitions", "3", "--rate", "200", "--keep"];
    let produced = measured(&broker, &produce);
    let topic = topics(&broker).remove(0);
    let address = broker.address().to_string();
    let records = |consumers: &str| {
        let fetch = ["fetch", "--from-start", "--topic", &topic, "--consumers", consumers];
        // It would take an hour if it did not end when everything is read.
        let common = ["--broker", &address, "--seconds", "60m", "--core", "0,0", "--json"];
        let output = load([&fetch[..], &common].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["warm_up_seconds"], 0.0);
        assert!(!report["warnings"].to_string().contains("everything was read"), "{report}");
        report["fetched"]["records"].as_u64().expect("a count")
    };
    let read = records("1");
    assert!(read >= produced["produced"]["records"].as_u64().expect("a count"));
    assert_eq!(records("3"), read);
    assert_eq!(topics(&broker), std::slice::from_ref(&topic));
}

#[test]
fn what_could_not_be_read_in_time_is_said() {
    let broker = Broker::start("cut");
    let fetch = ["fetch", "--from-start", "--fill", "4MiB", "--consumers", "1"];
    let slow = ["--consumer-rate", "100kB", "--fetch-bytes", "64KiB"];
    let report = measured(&broker, &[&fetch[..], &slow].concat());
    assert!(report["warnings"].to_string().contains("everything was read"), "{report}");
}

#[test]
fn the_way_from_end_to_end_is_timed() {
    let broker = Broker::start("mixed");
    let mixed = ["mixed", "--rate", "100", "--connections", "2", "--partitions", "2", "--check"];
    let report = measured(&broker, &mixed);
    assert!(report["end_to_end"]["count"].as_u64().expect("a count") > 0, "{report}");
    assert_eq!(report["faults"], 0);
}

#[test]
fn what_is_stored_is_read_beside_those_who_produce() {
    let broker = Broker::start("replay");
    let mixed = ["mixed", "--rate", "100", "--connections", "2", "--partitions", "2"];
    let report = measured(&broker, &[&mixed[..], &["--replay", "1MiB", "--check"]].concat());
    assert!(count(&report, "produced") > 0 && count(&report, "fetched") > 0, "{report}");
    // More than all that is produced meanwhile: it begins anew when it is read.
    assert!(report["fetched"]["bytes"].as_u64().expect("a size") > 4 << 20, "{report}");
    assert_eq!(report["end_to_end"]["count"], 0, "{report}");
    assert_eq!(report["faults"], 0);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_made() {
    for (arguments, expected) in [
        (&["produce", "--connections", "0"][..], 2),
        (&["produce", "--rate", "0"], 2),
        (&["produce", "--seconds", "0"], 2),
        (&["produce", "--partitions", "0"], 2),
        (&["produce", "--config", "retention"], 2),
        (&["produce", "--idempotent", "--in-flight", "6"], 2),
        (&["produce", "--idempotent", "--acks", "1"], 2),
        (&["produce", "--ramp", "10MB..5k"], 2),
        (&["produce", "--ramp", "1k..5k", "--steps", "0"], 2),
        (&["produce", "--ramp", "1k..5k", "--knee", "p99=1ms"], 2),
        (&["produce", "--steps", "3"], 2),
        (&["produce", "--churn", "0"], 2),
        (&["produce", "--group-churn", "0"], 2),
        (&["produce", "--churn", "10MB"], 2),
        (&["produce", "--keys", "0"], 2),
        (&["produce", "--key-distribution", "zipf"], 2),
        (&["produce", "--keys", "10", "--key-distribution", "normal"], 2),
        (&["produce", "--idempotent", "--reconnect"], 2),
        (&["ask", "--in-flight", "0"], 2),
        (&["fetch", "--consumers", "0"], 2),
        (&["fetch", "--consumer-rate", "0MB"], 2),
        (&["fetch", "--consumer-rate", "5k"], 2),
        (&["fetch", "--groups", "0"], 2),
        (&["fetch", "--groups", "1", "--from-start"], 2),
        (&["fetch", "--commit-interval", "1s"], 2),
        (&["mixed", "--groups", "1", "--heartbeat-interval", "0s"], 2),
        (&["mixed", "--groups", "20000", "--consumers", "20000"], 2),
        (&["mixed", "--replay", "1GiB", "--topic", "there"], 2),
        (&["mixed", "--replay", "much"], 2),
        (&["produce", "--broker", "127.0.0.1:1"], 3),
        (&["produce", "--broker", "no-such-host.invalid:9092"], 3),
    ] {
        let output = load(arguments.to_vec());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {said}");
        assert!(!said.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
}
