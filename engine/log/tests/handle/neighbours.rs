//! Logs beside each other, and one directory for two.

use crate::scratch::{Scratch, texts};
use millstream_log::{Log, LogError, LogOptions, Offset};
use std::fs;

#[test]
fn two_logs_of_one_process_know_nothing_of_each_other() {
    let (left, right) = (Scratch::new("left"), Scratch::new("right"));
    let logs = [&left, &right].map(|scratch| Log::open(scratch.path()).expect("opens"));
    let partitions = logs.each_ref().map(|log| log.partition("same name").expect("is made"));
    for number in 0..50 {
        for (partition, side) in partitions.iter().zip(["left", "right"]) {
            let offset = partition.append(format!("{side} {number}")).wait().expect("is appended");
            assert_eq!(offset, Offset::new(number));
        }
    }
    logs[0].close().expect("closes");
    partitions[1].append("right goes on").wait().expect("is appended");
    assert_eq!(texts(&partitions[1], Offset::new(49))[0].1, "right 49");
    assert_eq!(partitions[1].info().expect("answers").watermarks.stable, Offset::new(51));
}

#[test]
fn a_directory_is_opened_once_at_a_time() {
    let scratch = Scratch::new("twice");
    let log = Log::open(scratch.path()).expect("opens");
    let second = Log::open(scratch.path());
    let Err(LogError::InUse { directory }) = second else { panic!("in use: {second:?}") };
    assert_eq!(directory, scratch.path());
    let partition = log.partition("goes on").expect("the refusal harms nobody");
    partition.append("still").wait().expect("is appended");
}

#[test]
fn an_opening_that_fails_at_a_later_shard_holds_nothing() {
    let scratch = Scratch::new("late-failure");
    let options = || LogOptions::default().shard_count(2);
    drop(Log::open_with(scratch.path(), options()).expect("is made"));
    let hidden = scratch.path().join("hidden");
    fs::rename(scratch.path().join("shard-1"), &hidden).expect("is renamed");
    for _ in 0..4 {
        let failed = Log::open_with(scratch.path(), options());
        assert!(
            matches!(failed, Err(LogError::NotALog { .. } | LogError::Io(_))),
            "neither in use nor open: {failed:?}"
        );
    }
    fs::rename(&hidden, scratch.path().join("shard-1")).expect("is renamed back");
    Log::open_with(scratch.path(), options()).expect("opens");
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let scratch = Scratch::new("foreign");
    fs::create_dir(scratch.path()).expect("is made");
    fs::write(scratch.path().join("letter.txt"), "dear").expect("is written");
    let refused = Log::open(scratch.path());
    assert!(matches!(refused, Err(LogError::NotALog { .. })), "{refused:?}");
    let mut names: Vec<_> = fs::read_dir(scratch.path()).expect("is there").collect();
    names.retain(|entry| entry.as_ref().expect("is there").file_name() != "lock");
    assert_eq!(names.len(), 1, "only the letter, and perhaps a lock");
}

#[test]
fn a_marker_left_from_the_making_never_lets_a_log_be_made_anew() {
    let scratch = Scratch::new("marker");
    let log = Log::open(scratch.path()).expect("is made");
    log.partition("kept").expect("is made").append("kept").wait().expect("is appended");
    drop(log);
    // As if the last step of the making had been lost with the power.
    fs::write(scratch.path().join("creating"), "").expect("is written");
    drop(Log::open(scratch.path()).expect("opens"));
    fs::remove_file(scratch.path().join("identity")).expect("is removed");
    let refused = Log::open(scratch.path());
    assert!(matches!(refused, Err(LogError::NotALog { .. })), "{refused:?}");
}
