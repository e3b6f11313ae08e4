//! Each kind of damage is named with its place.

use crate::folder::{Folder, SECRET, fill, fill_with_runs, flip, short_segments};
use millstream_base::{Offset, PartitionId};
use millstream_log::checkpoint::CheckpointFault;
use millstream_log::inspect::{self, Finding, FindingKind, Report, Severity};
use millstream_log::journal::plan::Verdict;
use millstream_log::{Log, LogError};
use std::fs;
use std::path::{Path, PathBuf};

const SEGMENT: &str = "shard-0/segments/0000000000000000/00000000000000000000.log";
const INDEX: &str = "shard-0/segments/0000000000000000/00000000000000000000.index";
const CHUNK: &str = "shard-0/journal/00000000.chunk";
const PARTITION: PartitionId = PartitionId::new(0);

fn check(folder: &Folder) -> Report {
    inspect::check(folder.path()).expect("looks")
}

/// The one finding there is.
fn only(report: &Report) -> &Finding {
    let [finding] = &report.findings[..] else { panic!("one finding: {report}") };
    finding
}

/// The one finding there is of this severity and above; it is at this file.
fn only_at(folder: &Folder, severity: Severity, name: &str) -> FindingKind {
    let mut report = check(folder);
    report.findings.retain(|finding| finding.severity >= severity);
    let finding = only(&report);
    assert_eq!((finding.severity, finding.path.as_path()), (severity, &*folder.file(name)));
    assert_eq!(report.is_sound(), severity < Severity::Error);
    let text = report.to_string();
    assert!(text.contains(finding.kind.advice()) && text.contains(name), "{text}");
    finding.kind.clone()
}

#[test]
fn every_flipped_byte_of_a_segment_is_found_with_its_offsets() {
    let folder = Folder::filled("segment-rot", 30);
    let path = folder.file(SEGMENT);
    let used = usize::try_from(check(&folder).shards[0].counts.batch_bytes).expect("short");
    for position in (0..used).step_by(used / 12) {
        flip(&path, position);
        let kind = only_at(&folder, Severity::Error, SEGMENT);
        let FindingKind::Stretch { partition, first_offset, next_offset, .. } = kind else {
            panic!("byte {position}: {kind:?}")
        };
        assert_eq!((partition, first_offset), (PARTITION, Offset::ZERO));
        assert_eq!(next_offset, Offset::new(300));
        flip(&path, position);
    }
    assert!(check(&folder).findings.is_empty());
}

#[test]
fn only_the_damaged_stretch_of_many_is_named() {
    let folder = Folder::new("one-of-many");
    let log = Log::open(folder.path()).expect("opens");
    let partition = log.partition("many").expect("is made");
    let append = |_| partition.append(SECRET.repeat(1000));
    let pending: Vec<_> = (0..100).map(append).collect();
    pending.into_iter().for_each(|pending| assert!(pending.wait().is_ok()));
    drop((log, partition));
    let whole = check(&folder);
    assert!(whole.findings.is_empty() && whole.shards[0].counts.stretch_count > 10, "{whole}");
    // Where runs begin, another segment may have begun.
    let length = |path: &PathBuf| fs::metadata(path).expect("is there").len();
    let logs = folder.files().into_iter().filter(|path| path.extension() == Some("log".as_ref()));
    let largest = logs.max_by_key(length).expect("a segment");
    // Within a record, and not in the room behind a run.
    let bytes = fs::read(&largest).expect("is read");
    let middle = bytes.len() / 2;
    let mut records = bytes[middle..].windows(SECRET.len());
    let within = records.position(|it| it == SECRET.as_bytes()).expect("a record");
    let place = middle + within;
    flip(&largest, place);
    let name = largest.strip_prefix(folder.path()).expect("in it").to_str().expect("letters");
    let kind = only_at(&folder, Severity::Error, name);
    let FindingKind::Stretch { first_offset, next_offset, position, .. } = kind else {
        panic!("{kind:?}")
    };
    let place = place as u64;
    assert!(position.get() <= place && place < position.get() + (128 << 10));
    assert!(next_offset.get() - first_offset.get() < 10, "the others are right");
}

#[test]
fn a_damaged_or_missing_index_is_a_note_since_it_is_made_again() {
    let folder = Folder::filled("index", 30);
    flip(&folder.file(INDEX), 70);
    let report = check(&folder);
    assert!(report.is_sound(), "{report}");
    let kinds: Vec<_> = report.findings.iter().map(|finding| &finding.kind).collect();
    let [FindingKind::Index { block: 0, .. }, FindingKind::IndexIncomplete { next_offset }] =
        kinds[..]
    else {
        panic!("{report}")
    };
    assert_eq!(*next_offset, Offset::ZERO);
    assert_eq!(report.shards[0].counts.record_count, 300, "read by a walk");
    fs::remove_file(folder.file(INDEX)).expect("is removed");
    let kind = only_at(&folder, Severity::Note, INDEX);
    assert_eq!(kind, FindingKind::IndexIncomplete { next_offset: Offset::ZERO });
    flip(&folder.file(SEGMENT), 5000);
    let report = check(&folder);
    assert!(!report.is_sound(), "without an index rot is still seen: {report}");
}

#[test]
fn a_missing_and_a_shortened_segment_are_named() {
    let folder = Folder::filled("shortened", 30);
    let whole = fs::read(folder.file(SEGMENT)).expect("is read");
    fs::write(folder.file(SEGMENT), &whole[..4096]).expect("is written");
    let report = check(&folder);
    let kinds: Vec<_> = report.findings.iter().map(|finding| &finding.kind).collect();
    let [FindingKind::Short { expected_bytes, got_bytes: 4096 }, FindingKind::Stretch { .. }] =
        kinds[..]
    else {
        panic!("{report}")
    };
    assert!(*expected_bytes > 4096);
    fs::remove_file(folder.file(SEGMENT)).expect("is removed");
    assert_eq!(only_at(&folder, Severity::Error, SEGMENT), FindingKind::Missing);
}

#[test]
fn one_rotten_checkpoint_is_a_warning_and_two_are_an_error() {
    let folder = Folder::filled("checkpoints", 3);
    let report = check(&folder);
    let newest = report.shards[0].generation.expect("there is one") % 2;
    let names =
        [format!("shard-0/checkpoint-{newest}"), format!("shard-0/checkpoint-{}", 1 - newest)];
    flip(&folder.file(&names[1]), 50);
    let kind = only_at(&folder, Severity::Warning, &names[1]);
    assert!(matches!(kind, FindingKind::Checkpoint(_)), "{kind:?}");
    flip(&folder.file(&names[0]), 20);
    let report = check(&folder);
    assert!(!report.is_sound() && report.findings.len() == 2, "{report}");
    assert!(matches!(Log::open(folder.path()), Err(LogError::Checkpoint { .. })), "as it says");
    flip(&folder.file(&names[1]), 50);
    let report = check(&folder);
    assert!(report.is_sound(), "the journal is kept from the older one on: {report}");
    fs::remove_file(folder.file(&names[0])).expect("is removed");
    let kind = only_at(&folder, Severity::Warning, &names[0]);
    assert_eq!(kind, FindingKind::Checkpoint(CheckpointFault::Blank));
    drop(Log::open(folder.path()).expect("opens from the older one"));
    assert!(check(&folder).findings.is_empty(), "both are there again");
}

#[test]
fn a_checkpoint_of_another_log_is_told_from_ones_own() {
    let folder = Folder::filled("own", 3);
    let other = Folder::filled("other", 3);
    let name =
        format!("shard-0/checkpoint-{}", check(&other).shards[0].generation.expect("one") % 2);
    fs::copy(other.file(&name), folder.file(&name)).expect("is copied");
    let report = check(&folder);
    let is_named = report
        .findings
        .iter()
        .any(|finding| finding.kind == FindingKind::Foreign && finding.path == folder.file(&name));
    assert!(is_named && !report.is_sound(), "{report}");
}

#[test]
fn the_identity_is_missing_rotten_or_newer() {
    let folder = Folder::filled("identity", 3);
    let path = folder.file("identity");
    flip(&path, 20);
    let kind = only_at(&folder, Severity::Error, "identity");
    assert!(matches!(kind, FindingKind::Identity(_)), "{kind:?}");
    flip(&path, 20);
    let mut newer = fs::read(&path).expect("is read");
    newer[8] = 9;
    let sum = millstream_base::crc::crc32c(&newer[..4092]);
    newer[4092..].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, newer).expect("is written");
    assert_eq!(only_at(&folder, Severity::Error, "identity"), FindingKind::Newer { version: 9 });
    fs::remove_file(&path).expect("is removed");
    assert_eq!(only_at(&folder, Severity::Error, "identity"), FindingKind::Missing);
    let report = check(&folder);
    assert_eq!(report.shards[0].counts.record_count, 30, "the rest is checked all the same");
}

/// Where each frame of the chunk begins, by what the dump says.
fn frames(chunk: &Path) -> Vec<usize> {
    let mut text = Vec::new();
    inspect::dump(chunk, &mut text).expect("dumps");
    let text = String::from_utf8(text).expect("is text");
    let starts = text.lines().filter(|line| line.contains(" frame "));
    starts
        .map(|line| {
            let position = line.strip_prefix("at ").and_then(|rest| rest.split(' ').next());
            position.expect("begins with its place").parse().expect("a number")
        })
        .collect()
}

#[test]
fn a_rotten_frame_is_lost_and_a_torn_last_one_was_never_acknowledged() {
    let folder = Folder::died("frames", |log| {
        fill(&log.partition("frames").expect("is made"), 12);
    });
    let report = check(&folder);
    assert!(report.findings.is_empty(), "{report}");
    let replayed = report.shards[0].journal.expect("there is one").replayed_count;
    let chunk = folder.file(CHUNK);
    let frames = frames(&chunk);
    let (last, middle) = (frames[frames.len() - 1], frames[frames.len() - 5]);
    flip(&chunk, last + 200);
    let report = check(&folder);
    let journal = report.shards[0].journal.expect("there is one");
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!((journal.verdict, journal.replayed_count), (Verdict::TornPayload, replayed - 1));
    flip(&chunk, last + 200);
    flip(&chunk, middle + 200);
    let report = check(&folder);
    assert!(!report.is_sound());
    let kinds: Vec<_> = report.findings.iter().map(|finding| &finding.kind).collect();
    let [
        FindingKind::FramesLost { first_sequence, last_sequence, verdict },
        FindingKind::Gap { .. },
    ] = kinds[..]
    else {
        panic!("{report}")
    };
    assert_eq!((first_sequence, *verdict), (last_sequence, Verdict::RotPayload));
    assert_eq!(report.shards[0].journal.expect("there is one").lost_count, 1);
}

#[test]
fn damage_that_the_log_has_met_is_told_as_known() {
    let folder = Folder::filled("known", 30);
    flip(&folder.file(SEGMENT), 5000);
    let log = Log::open(folder.path()).expect("opens");
    let partition = log.partition("filled").expect("is there");
    let read = partition.read(Offset::ZERO, 1).wait();
    assert!(matches!(read, Err(LogError::Quarantined { .. })), "{read:?}");
    log.close().expect("closes");
    let kind = only_at(&folder, Severity::Error, "shard-0/segments/0000000000000000");
    let expected = FindingKind::Quarantined {
        partition: PARTITION,
        first_offset: Offset::ZERO,
        next_offset: Offset::new(300),
    };
    assert_eq!(kind, expected);
}

#[test]
fn a_run_of_a_dead_process_is_compared_with_its_segment() {
    let folder = Folder::died("run-rot", |log| {
        fill_with_runs(&log.partition_with("runs", short_segments()).expect("is made"), 1);
        fill(&log.partition("others").expect("is made"), 3);
    });
    let whole = check(&folder);
    assert!(whole.findings.is_empty(), "{whole}");
    assert!(whole.shards[0].journal.expect("there is one").run_count > 0, "{whole}");
    let run = folder.files().into_iter().rfind(|path| {
        path.extension().is_some_and(|extension| extension == "log")
            && path.to_string_lossy().contains("0000000000000000/")
    });
    flip(&run.expect("there is one"), 4000);
    let report = check(&folder);
    assert!(!report.is_sound(), "{report}");
    let is_run = |finding: &Finding| matches!(finding.kind, FindingKind::Stretch { .. });
    assert_eq!(report.findings.iter().filter(|finding| is_run(finding)).count(), 1, "{report}");
}

#[test]
fn files_that_nobody_speaks_of_are_notes() {
    let folder = Folder::filled("orphans", 3);
    let names = [
        "letter.txt",
        "shard-0/checkpoint-2",
        "shard-0/journal/notes",
        "shard-0/segments/0000000000000000/00000000000000000009.log",
        "shard-0/segments/0000000000000000/00000000000000000000.log.bak",
        "shard-0/segments/letter",
        "shard-0/spare/letter",
    ];
    for name in names {
        fs::write(folder.file(name), "dear").expect("is written");
    }
    for name in ["shard-1", "shard-0/segments/00000000000000ff"] {
        fs::create_dir(folder.file(name)).expect("is made");
    }
    let report = check(&folder);
    assert!(report.is_sound(), "{report}");
    assert!(report.findings.iter().all(|finding| {
        (finding.severity, &finding.kind) == (Severity::Note, &FindingKind::Orphan)
    }));
    assert_eq!(report.findings.len(), names.len() + 2, "{report}");
}

#[test]
fn missing_directories_are_named() {
    for name in ["shard-0", "shard-0/journal", "shard-0/segments", "shard-0/spare"] {
        let folder = Folder::filled("missing", 3);
        fs::remove_dir_all(folder.file(name)).expect("is removed");
        let report = check(&folder);
        assert!(!report.is_sound(), "{name}: {report}");
        let is_named = |finding: &Finding| {
            finding.kind == FindingKind::Missing && finding.path.starts_with(folder.file(name))
        };
        assert!(report.findings.iter().any(is_named), "{name}: {report}");
    }
}
