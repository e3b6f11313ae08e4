//! `verify` against a broker that keeps its word, one that goes away for a while, and liars.
#![forbid(unsafe_code)]

mod broker;
mod liar;

use broker::{Broker, Folder, verify};
use liar::{Liar, Lie};
use serde_json::Value;
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
    for more in [&["--record-bytes", "16"][..], &["--idempotent", "--producers", "20"]] {
        let (broker, folder) = (Broker::start("sound"), Folder::new("sound"));
        let (code, report) = run(&broker.address(), &folder, more);
        assert_eq!((code, &report["is_sound"]), (Some(0), &Value::Bool(true)), "{report}");
        assert!(count(&report, "acknowledged") > 0);
        assert_eq!(count(&report, "acknowledged"), count(&report, "read"));
    }
}

#[test]
fn a_restart_in_between_costs_nothing() {
    for more in [&[][..], &["--idempotent"]] {
        let (mut broker, folder) = (Broker::start("restart"), Folder::new("restart"));
        let address = broker.address();
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
    let lies = [(Lie::Swallow, "lost"), (Lie::Double, "doubled"), (Lie::Flip, "corrupt")];
    for (lie, finding) in lies {
        let folder = Folder::new(finding);
        let liar = Liar::bind(lie);
        let broker = Broker::start_behind(finding, liar.port());
        let address = liar.serve(broker.address());
        let (code, report) = run(&address, &folder, &["--producers", "1", "--partitions", "1"]);
        assert_eq!(code, Some(5), "{report}");
        assert!(count(&report, finding) > 0, "{report}");
        let told = report["findings"].as_array().expect("findings");
        assert!(told.iter().any(|told| told.to_string().contains(finding)), "{report}");
    }
}

#[test]
fn what_cannot_be_run_is_said() {
    let folder = Folder::new("refused");
    let journal = folder.path("journal");
    let nobody = "127.0.0.1:1";
    let cases: [(&[&str], i32, &str); 4] = [
        (&["run", "--broker", nobody, "--journal", &journal], 3, nobody),
        (&["run", "--broker", nobody, "--journal", "/nowhere/at/all"], 4, "/nowhere/at/all"),
        (&["run", "--record-bytes", "3", "--journal", &journal], 2, "--record-bytes 3"),
        (&["check", "--journal", "/nowhere/at/all"], 4, "/nowhere/at/all"),
    ];
    for (arguments, code, words) in cases {
        let output = verify(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{said}");
    }
}
