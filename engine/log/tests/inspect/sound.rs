//! Directories with nothing wrong.

use crate::folder::{Folder, count, fill, fill_with_runs, short_segments};
use millstream_log::inspect::{self, Depth, Progress};
use millstream_log::journal::plan::Verdict;
use millstream_log::{Log, LogOptions, Offset};
use std::fs;

#[test]
fn a_log_just_made_is_sound_and_empty() {
    let folder = Folder::new("empty");
    drop(Log::open(folder.path()).expect("opens"));
    let report = inspect::check(folder.path()).expect("looks");
    assert!(report.is_sound() && report.findings.is_empty(), "{report}");
    assert_eq!(report.shards.len(), 1);
    assert_eq!(report.shards[0].counts, inspect::Counts::default());
    let journal = report.shards[0].journal.expect("there is one");
    assert_eq!((journal.replayed_count, journal.verdict), (0, Verdict::CleanEnd));
}

/// Everything that a log can go through.
fn live(log: &Log) -> u64 {
    let long = log.partition_with("long", short_segments()).expect("is made");
    fill(&long, 300);
    fill_with_runs(&long, 2);
    fill(&long, 20);
    fill_with_runs(&long, 1);
    let cut = log.partition_with("cut", short_segments()).expect("is made");
    fill(&cut, 300);
    cut.trim(Offset::new(1234)).wait().expect("is trimmed");
    assert_eq!(cut.truncate(Offset::new(2501)).wait().expect("is cut"), Offset::new(2500));
    fill(&cut, 5);
    let gone = log.partition_with("gone", short_segments()).expect("is made");
    fill_with_runs(&gone, 1);
    gone.delete().wait().expect("is deleted");
    log.partition("empty").expect("is made");
    [(&long, Offset::ZERO), (&cut, Offset::new(1234))].iter().map(|(p, from)| count(p, *from)).sum()
}

#[test]
fn a_log_that_has_lived_is_sound_when_it_was_closed() {
    let folder = Folder::new("lived");
    let log = Log::open(folder.path()).expect("opens");
    let record_count = live(&log);
    log.close().expect("closes");
    let mut last = Progress::default();
    let report = inspect::check_with(folder.path(), Depth::Records, |progress| {
        assert!(
            progress.done_bytes >= last.done_bytes && progress.done_bytes <= progress.total_bytes
        );
        last = progress;
    });
    let report = report.expect("looks");
    assert!(report.is_sound() && report.findings.is_empty(), "{report}");
    assert!(last.done_bytes > 1 << 20, "progress was told");
    let counts = report.shards[0].counts;
    assert_eq!(counts.partition_count, 3);
    assert!(counts.segment_count > 4);
    // Trimming leaves what shares a segment or batch with the first record that is left.
    assert!((record_count..record_count + 2000).contains(&counts.record_count), "{report}");
}

#[test]
fn a_log_whose_process_died_is_sound_and_says_what_will_be_replayed() {
    let mut record_count = 0;
    let folder = Folder::died("died", |log| record_count = live(log));
    let report = inspect::check(folder.path()).expect("looks");
    assert!(report.is_sound(), "{report}");
    let journal = report.shards[0].journal.expect("there is one");
    assert!(
        journal.replayed_count > 0 && journal.batch_count > 0 && journal.run_count > 0,
        "{report}"
    );
    assert_eq!(journal.lost_count, 0);
    let log = Log::open(folder.path()).expect("opens");
    let partitions = log.partitions().expect("lists");
    let counts = partitions.iter().map(|info| {
        let partition = log.find(info.name.as_str()).expect("answers").expect("is there");
        count(&partition, info.watermarks.start)
    });
    assert_eq!(counts.sum::<u64>(), record_count, "as sound as it was said to be");
    drop(log);
    let report = inspect::check(folder.path()).expect("looks");
    assert!(report.is_sound(), "{report}");
}

#[test]
fn every_shard_is_looked_at() {
    let folder = Folder::new("shards");
    let log = Log::open_with(folder.path(), LogOptions::default().shard_count(3)).expect("opens");
    for number in 0..12 {
        fill(&log.partition(&number.to_string()).expect("is made"), 1);
    }
    drop(log);
    let report = inspect::check(folder.path()).expect("looks");
    assert!(report.findings.is_empty(), "{report}");
    let counts: Vec<_> = report.shards.iter().map(|shard| shard.counts.partition_count).collect();
    assert_eq!((counts.len(), counts.iter().sum::<u64>()), (3, 12));
    let records = report.shards.iter().map(|shard| shard.counts.record_count);
    assert_eq!(records.sum::<u64>(), 120);
}

#[test]
fn a_check_changes_nothing() {
    let folder = Folder::died("untouched", |log| {
        live(log);
    });
    let see = || -> Vec<_> {
        let files = folder.files().into_iter();
        files
            .map(|path| {
                let metadata = fs::metadata(&path).expect("is there");
                let bytes = fs::read(&path).expect("is read");
                (
                    path,
                    metadata.modified().expect("has a time"),
                    millstream_base::crc::crc32c(&bytes),
                )
            })
            .collect()
    };
    let before = see();
    inspect::check_with(folder.path(), Depth::Records, |_| {}).expect("looks");
    assert_eq!(see(), before);
}
