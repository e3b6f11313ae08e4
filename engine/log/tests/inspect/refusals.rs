//! What is not a data directory, or is in use.

use crate::folder::Folder;
use millstream_log::inspect::{self, FindingKind, Severity};
use millstream_log::{Log, LogError};
use std::fs;

#[test]
fn a_directory_in_use_is_not_checked() {
    let folder = Folder::new("in-use");
    let log = Log::open(folder.path()).expect("opens");
    let refused = inspect::check(folder.path());
    assert!(matches!(refused, Err(LogError::InUse { .. })), "{refused:?}");
    let partition = log.partition("goes on").expect("the refusal harms nobody");
    partition.append("still").wait().expect("is appended");
    drop((log, partition));
    assert!(inspect::check(folder.path()).expect("looks").is_sound());
    drop(Log::open(folder.path()).expect("the check holds nothing any more"));
}

#[test]
fn what_is_no_data_directory_is_refused() {
    let folder = Folder::new("not-a-log");
    let refused = || match inspect::check(folder.path()) {
        Err(LogError::NotALog { reason, .. }) => reason,
        other => panic!("not a log: {other:?}"),
    };
    assert_eq!(refused(), "there is no such directory");
    fs::create_dir(folder.path()).expect("is made");
    assert_eq!(refused(), "it holds no log");
    fs::write(folder.file("letter.txt"), "dear").expect("is written");
    assert_eq!(refused(), "it holds no log");
    assert_eq!(folder.files().len(), 1, "nothing was made there");
}

#[test]
fn a_directory_whose_making_was_interrupted_is_no_damage() {
    let folder = Folder::new("interrupted");
    fs::create_dir(folder.path()).expect("is made");
    fs::write(folder.file("creating"), "").expect("is written");
    fs::create_dir(folder.file("shard-0")).expect("is made");
    let report = inspect::check(folder.path()).expect("looks");
    assert!(report.is_sound(), "{report}");
    let [finding] = &report.findings[..] else { panic!("{report}") };
    assert_eq!((finding.severity, &finding.kind), (Severity::Note, &FindingKind::Interrupted));
    drop(Log::open(folder.path()).expect("makes it"));
    assert!(inspect::check(folder.path()).expect("looks").findings.is_empty());
}

#[test]
fn a_copy_without_a_lock_file_is_checked() {
    let folder = Folder::filled("no-lock", 3);
    fs::remove_file(folder.file("lock")).expect("is removed");
    assert!(inspect::check(folder.path()).expect("looks").findings.is_empty());
    assert!(!folder.file("lock").exists(), "and gets none");
}
