//! Every file of a data directory as text, and never what a client sent.

use crate::folder::{Folder, SECRET, fill, fill_with_runs, flip, short_segments};
use millstream_log::{LogError, inspect};
use std::fs;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

fn dump(path: &Path) -> String {
    let mut text = Vec::new();
    inspect::dump(path, &mut text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8(text).expect("is text")
}

fn golden(name: &str) -> String {
    dump(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name))
}

#[test]
fn the_golden_files_read_as_they_were_written() {
    let identity = golden("identity-1");
    assert!(identity.starts_with("identity version 1 log "), "{identity}");
    assert_eq!(identity.lines().count(), 1);
    let checkpoint = golden("checkpoint-1");
    assert!(checkpoint.starts_with("checkpoint "), "{checkpoint}");
    assert!(checkpoint.contains("\njournal from frame "), "{checkpoint}");
    assert!(checkpoint.contains("\npartition ") && checkpoint.contains("\n  segment "));
    let index = golden("segment-1.index");
    let expected = "partition 3 segment 5000 entries 2\n  offsets 5000..5006 at 0 bytes ";
    assert!(index.contains(expected), "{index}");
    let segment = golden("segment-1.log");
    let expected = "at 0 batch offsets 5000..5003 records 3 bytes ";
    assert!(segment.starts_with(expected), "{segment}");
    assert_eq!(segment.lines().count(), 3, "{segment}");
    let chunk = golden("journal-1.chunk");
    assert!(chunk.starts_with("at 0 frame 40 log "), "{chunk}");
    assert!(chunk.contains("\n  partition 3 batch offsets 10000..10003 records 3 "), "{chunk}");
    assert!(chunk.contains("\n  partition 3 run offsets 10003..10803 in segment 5000 at 40960 "));
    assert!(chunk.contains(" frame 42 ") && chunk.contains("DAMAGED"), "the torn one: {chunk}");
    // The golden file has no name of a chunk, so only the place within it is compared.
    assert!(!chunk.contains("MISPLACED"), "{chunk}");
}

#[test]
fn every_file_of_a_directory_is_dumped_and_no_payload_is_shown() {
    let folder = Folder::died("dumps", |log| {
        let partition = log.partition_with("dumped", short_segments()).expect("is made");
        fill(&partition, 100);
        fill_with_runs(&partition, 2);
        fill(&partition, 100);
    });
    drop(millstream_log::Log::open(folder.path()).expect("opens, settles and closes"));
    let mut line_count = 0;
    for path in folder.files() {
        if path.ends_with("lock") {
            continue;
        }
        let text = dump(&path);
        assert!(!text.contains(SECRET) && !text.contains("secret"), "{}", path.display());
        assert!(!text.contains("DAMAGED") && !text.contains("MISPLACED"), "{}", path.display());
        line_count += text.lines().count();
    }
    assert!(line_count > 400, "batches, stretches, entries: {line_count}");
}

#[test]
fn damage_is_a_line_like_any_other() {
    let folder = Folder::filled("dump-damage", 3);
    for (name, position, expected) in [
        ("identity", 20, "CRC-32C"),
        ("shard-0/checkpoint-0", 20, "CRC-32C"),
        ("shard-0/segments/0000000000000000/00000000000000000000.index", 70, "CRC-32C"),
        ("shard-0/segments/0000000000000000/00000000000000000000.log", 100, "DAMAGED"),
        ("shard-0/journal/00000000.chunk", 150, "DAMAGED"),
    ] {
        flip(&folder.file(name), position);
        let text = dump(&folder.file(name));
        assert!(text.contains(expected), "{name}: {text}");
    }
    let moved = folder.file("00000007.chunk");
    fs::copy(folder.file("shard-0/journal/00000000.chunk"), &moved).expect("is copied");
    assert!(dump(&moved).contains("MISPLACED: meant for chunk 00000000 at "));
}

#[test]
fn other_files_are_refused() {
    let folder = Folder::new("dump-other");
    fs::create_dir(folder.path()).expect("is made");
    let path = folder.file("letter.txt");
    let refused = |path: &Path| match inspect::dump(path, &mut Vec::new()) {
        Err(LogError::NotALog { reason, .. }) => reason,
        other => panic!("refused: {other:?}"),
    };
    assert_eq!(refused(&path), "there is no such file");
    fs::write(&path, "dear friend, this is a letter and no log at all; it is long enough")
        .expect("is written");
    assert_eq!(refused(&path), "it is no file of a data directory");
    for name in ["identity", "checkpoint-0", "00000000.chunk", "0.index", "0.log"] {
        let path = folder.file(name);
        fs::copy(folder.file("letter.txt"), &path).expect("is copied");
        let text = dump(&path);
        assert!(!text.is_empty() && !text.contains("dear"), "{name}: {text}");
        fs::write(&path, "").expect("is emptied");
        assert!(!dump(&path).contains("dear"), "{name}");
    }
}

/// Takes some bytes, and then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(Error::from(ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn an_output_that_is_full_ends_the_dump_with_its_error() {
    let folder = Folder::died("dump-full", |log| {
        fill(&log.partition("long").expect("is made"), 3000);
    });
    let chunk = folder.file("shard-0/journal/00000000.chunk");
    let refused = inspect::dump(&chunk, &mut Full(20_000));
    let Err(LogError::Output(error)) = refused else { panic!("full: {refused:?}") };
    assert_eq!(error.kind(), ErrorKind::StorageFull);
}
