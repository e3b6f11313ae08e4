//! `verify` against a broker that keeps its word, one that goes away for a while, and liars.
#![forbid(unsafe_code)]

#[path = "../harness/mod.rs"]
mod harness;
mod liar;
mod program;

use liar::{Liar, Lie};
use millstream_site::Broker;
use program::{Folder, begin, delete_topic, interrupt, verify, verify_with_small_files};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn report(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {said}"))
}

/// Runs for a short while; gives the exit code and the report.
fn run(address: &str, folder: &Folder, more: &[&str]) -> (Option<i32>, Value) {
    let journal = folder.path("journal");
    let common = ["run", "--broker", address, "--seconds", "1", "--json", "--journal", &journal];
    let output = verify(&[&common[..], more].concat());
    (output.status.code(), report(&output))
}

fn count(report: &Value, what: &str) -> u64 {
    report[what].as_u64().unwrap_or_else(|| panic!("{what} is no count in {report}"))
}

#[test]
fn a_broker_that_keeps_its_word_is_sound() {
    for more in [&["--record-bytes", "24"][..], &["--idempotent", "--producers", "20"]] {
        let (broker, folder) = (Broker::start("sound"), Folder::new("sound"));
        let (code, report) = run(&broker.address().to_string(), &folder, more);
        assert_eq!((code, &report["is_sound"]), (Some(0), &Value::Bool(true)), "{report}");
        assert!(count(&report, "acknowledged") > 0);
        assert_eq!(count(&report, "acknowledged"), count(&report, "read"));
    }
}

#[test]
fn a_restart_in_between_costs_nothing() {
    for more in [&[][..], &["--idempotent"]] {
        let (mut broker, folder) = (Broker::start("restart"), Folder::new("restart"));
        let address = broker.address().to_string();
        let journal = folder.path("journal");
        let (code, report) = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&address, &folder, &[&["--keep"], more].concat()));
            folder.wait_for_lines(&journal, 20);
            broker.restart();
            running.join().expect("it ends")
        });
        assert_eq!(code, Some(0), "{report}");
        assert!(count(&report, "acknowledged") > 0, "{report}");
        // What was kept can be judged again, after another restart.
        broker.restart();
        let output = verify(&["check", "--broker", &address, "--json", "--journal", &journal]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

#[test]
fn liars_are_found_out() {
    let lies = [
        (Lie::Swallow, "lost"),
        (Lie::Double, "doubled"),
        (Lie::Delay, "reordered"),
        (Lie::Flip, "corrupt"),
    ];
    for (lie, finding) in lies {
        let folder = Folder::new(finding);
        let liar = Liar::bind(lie);
        let broker = Broker::start_behind(finding, liar.port());
        let address = liar.serve(broker.address().to_string());
        let (code, report) = run(&address, &folder, &["--producers", "1", "--partitions", "1"]);
        assert_eq!(code, Some(5), "{report}");
        assert!(count(&report, finding) > 0, "{report}");
        let told = report["findings"].as_array().expect("findings");
        assert!(told.iter().any(|told| told.to_string().contains(finding)), "{report}");
        // Topic and journal are left to whoever looks into it, and say the same again.
        let journal = folder.path("journal");
        let output = verify(&["check", "--broker", &address, "--journal", &journal]);
        assert_eq!(output.status.code(), Some(5), "{output:?}");
    }
}

#[test]
fn nothing_stays_of_a_sound_run_or_one_that_did_not_begin() {
    let (mut broker, folder) = (Broker::start("tidy"), Folder::new("tidy"));
    let (address, journal) = (broker.address().to_string(), folder.path("journal"));
    let (code, report) = run(&address, &folder, &["--idempotent"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(!Path::new(&journal).exists());
    // The name can be used again, and the topic has gone: what is kept of it finds nothing.
    let (code, kept) = run(&address, &folder, &["--keep"]);
    assert_eq!(code, Some(0), "{kept}");
    assert_ne!(kept["topic"], report["topic"]);
    let (code, refused) = (verify(&["run", "--broker", &address, "--journal", &journal]), 4);
    assert_eq!(code.status.code(), Some(refused), "{code:?}");
    let text = std::fs::read_to_string(&journal).expect("kept");
    assert!(text.contains(kept["topic"].as_str().expect("a name")), "still that of the first run");
    drop(std::fs::remove_file(&journal));
    let output =
        verify(&["run", "--broker", &address, "--replication", "9", "--journal", &journal]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!Path::new(&journal).exists());
    broker.restart();
    let output = verify(&["run", "--broker", "127.0.0.1:1", "--journal", &journal]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(!Path::new(&journal).exists());
}

#[test]
fn a_broker_that_stays_away_ends_the_run_and_what_it_acknowledged_can_be_checked() {
    let (mut broker, folder) = (Broker::start("away"), Folder::new("away"));
    let (address, journal) = (broker.address().to_string(), folder.path("journal"));
    let output = std::thread::scope(|scope| {
        let more = ["--broker", &address, "--seconds", "60", "--patience", "300ms"];
        let arguments = [&["run", "--json", "--journal", &journal][..], &more].concat();
        let running = scope.spawn(move || verify(&arguments));
        folder.wait_for_lines(&journal, 20);
        broker.stop();
        running.join().expect("it ends")
    });
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(report(&output)["is_whole"], false);
    broker.restart();
    let output = verify(&["check", "--broker", &address, "--json", "--journal", &journal]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(count(&report(&output), "acknowledged") > 0);
}

#[test]
fn what_cannot_be_run_is_said() {
    let (broker, folder) = (Broker::start("refused"), Folder::new("refused"));
    let address = broker.address().to_string();
    let journal = folder.path("journal");
    let nobody = "127.0.0.1:1";
    let cases: [(&[&str], i32, &str); 5] = [
        (&["run", "--broker", nobody, "--journal", &journal], 3, nobody),
        (&["run", "--broker", &address, "--journal", "/nowhere/at/all"], 4, "/nowhere/at/all"),
        (&["run", "--acks", "0", "--journal", &journal], 2, "acknowledges nothing"),
        (&["run", "--record-bytes", "3", "--journal", &journal], 2, "--record-bytes is from 24"),
        (&["check", "--journal", "/nowhere/at/all"], 4, "/nowhere/at/all"),
    ];
    for (arguments, code, words) in cases {
        let output = verify(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{said}");
    }
}

/// Whoever interrupts has what was acknowledged until then verified all the same.
#[test]
fn an_interrupted_run_is_judged_and_leaves_nothing() {
    let (broker, folder) = (Broker::start("interrupted"), Folder::new("interrupted"));
    let (address, journal) = (broker.address().to_string(), folder.path("journal"));
    let arguments =
        ["run", "--broker", &address, "--seconds", "600", "--json", "--journal", &journal];
    let running = begin(&arguments);
    folder.wait_for_lines(&journal, 20);
    interrupt(&running);
    let output = running.wait_with_output().expect("it ends");
    let report = report(&output);
    assert_eq!(output.status.code(), Some(130), "{report}");
    assert_eq!((&report["is_sound"], &report["is_whole"]), (&true.into(), &true.into()));
    assert!(count(&report, "acknowledged") > 0, "{report}");
    assert!(!Path::new(&journal).exists());
}

/// A topic that somebody deletes takes what was acknowledged along, and that is lost.
#[test]
fn a_deleted_topic_is_a_loss() {
    let (broker, folder) = (Broker::start("topicless"), Folder::new("topicless"));
    let (address, journal) = (broker.address().to_string(), folder.path("journal"));
    let (code, kept) = run(&address, &folder, &["--keep"]);
    assert_eq!(code, Some(0), "{kept}");
    delete_topic(&address, kept["topic"].as_str().expect("a name"));
    let output = verify(&[
        "check",
        "--broker",
        &address,
        "--json",
        "--journal",
        &journal,
        "--patience",
        "1s",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(5), "{report}");
    assert_eq!(count(&report, "lost"), count(&report, "acknowledged"), "{report}");
    assert!(said.contains("is not there"), "{said}");
}

/// Where the journal can grow no more, the run ends with a sentence, and what it holds is sound.
#[test]
fn a_journal_that_is_full_ends_the_run() {
    let (broker, folder) = (Broker::start("full"), Folder::new("full"));
    let (address, journal) = (broker.address().to_string(), folder.path("journal"));
    let arguments =
        ["run", "--broker", &address, "--seconds", "600", "--json", "--journal", &journal];
    let output = verify_with_small_files(&arguments);
    let report = report(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{report} {said}");
    assert!(said.contains(&journal), "{said}");
}
