//! What is written is read, and nothing else is believed.

use super::*;

/// A file that goes with its test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("verify-{name}-{}", std::process::id()));
        drop(std::fs::remove_file(&path));
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn run() -> Run {
    Run {
        topic: String::from("t"),
        seed: u64::MAX,
        value_bytes: 100,
        partition_count: 2,
        stream_count: 3,
        is_idempotent: true,
    }
}

fn entries() -> [Entry; 2] {
    let batch = Batch { stream: 2, first: 1 << 40, count: 100 };
    [Entry::Acknowledged { batch, offset: 17, is_repeated: true }, Entry::Unanswered { batch }]
}

fn written(scratch: &Scratch) {
    let journal = Journal::create(&scratch.0, &run()).expect("a new file");
    entries().iter().for_each(|entry| journal.note(*entry).expect("written"));
}

/// All entries, and whether the end is torn.
fn read(path: &Path) -> Result<(Run, Vec<Entry>, bool), Failure> {
    let mut kept = Kept::open(path)?;
    let mut entries = Vec::new();
    while let Some(entry) = kept.next()? {
        entries.push(entry);
    }
    Ok((kept.run, entries, kept.is_torn))
}

#[test]
fn what_was_written_is_read_and_no_journal_is_written_over() {
    let scratch = Scratch::new("whole");
    written(&scratch);
    assert_eq!(read(&scratch.0).expect("whole"), (run(), entries().to_vec(), false));
    assert!(Journal::create(&scratch.0, &run()).is_err());
}

#[test]
fn a_torn_end_is_said_and_damage_before_it_is_refused() {
    let scratch = Scratch::new("torn");
    written(&scratch);
    let bytes = std::fs::read(&scratch.0).expect("there");
    std::fs::write(&scratch.0, &bytes[..bytes.len() - 3]).expect("cut");
    let (_, left, is_torn) = read(&scratch.0).expect("torn");
    assert_eq!((left.len(), is_torn), (1, true));
    let mut damaged = bytes.clone();
    let at = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 14;
    damaged[at] ^= 1;
    std::fs::write(&scratch.0, &damaged).expect("damaged");
    assert!(read(&scratch.0).is_err());
}

#[test]
fn what_no_run_writes_is_refused_although_its_checksum_is_right() {
    let scratch = Scratch::new("impossible");
    let titles = [
        "t 1 23 2 3 true",
        "t 1 99999999999 2 3 true",
        "t 1 100 0 3 true",
        "t 1 100 4 3 true",
        "t 1 100 2 4294967296 true",
        "t 1 100 2 3 perhaps",
        "t",
    ];
    let sealed = |text: &str| format!("{text} {:08x}\n", crc32c(text.as_bytes()));
    for title in titles {
        std::fs::write(&scratch.0, sealed(&format!("{TITLE} {title}"))).expect("written");
        assert!(Kept::open(&scratch.0).is_err(), "{title}");
    }
    let title = sealed(&run().line());
    let lines = ["acknowledged 3 0 1 0 true", "unanswered 0 18446744073709551615 1", "lost 1 0 1"];
    for line in lines {
        std::fs::write(&scratch.0, format!("{title}{}", sealed(line))).expect("written");
        assert!(read(&scratch.0).is_err(), "{line}");
    }
}

#[test]
fn a_great_number_of_streams_takes_no_memory() {
    let scratch = Scratch::new("streams");
    let run = Run { stream_count: u32::MAX, ..run() };
    drop(Journal::create(&scratch.0, &run).expect("a new file"));
    let mut kept = Kept::open(&scratch.0).expect("whole");
    let judge = crate::verify::judge::Judge::read(&mut kept).expect("read");
    assert_eq!(judge.stream_count(), 0);
}
