//! `kill -9` on a process that appends: whatever it reported before it died is there, and nothing
//! is there twice or out of order (F1, on the real ring).
//!
//! This program is its own child: called with a folder it appends for ever and prints what is
//! acknowledged; called without, it kills such children and looks at what they left.
#![forbid(unsafe_code)]

use millstream_base::Random;
use millstream_log::{EngineOptions, Log, LogOptions, Offset, Partition, PartitionOptions};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const ROUNDS: usize = 8;
/// Writers that wait for each record, and those that have many under way.
const WAITING: usize = 3;
const WRITERS: usize = 5;
/// The mark by which the child knows that it is one.
const CHILD: &str = "--appends-until-killed";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, mark, folder] if mark == CHILD => append_for_ever(Path::new(folder)),
        _ => kill_and_look(),
    }
    println!("what was acknowledged before {ROUNDS} kills is there");
    ExitCode::SUCCESS
}

fn open(folder: &Path) -> Log {
    let mut engine = EngineOptions::default();
    engine.journal_bytes_max = 64 << 20;
    engine.tail_bytes_max = 8 << 20;
    Log::open_with(folder, LogOptions::default().engine(engine)).expect("opens")
}

/// Two partitions, so that frames hold both; short segments, so that there are many.
fn partitions(log: &Log) -> [Partition; 2] {
    let options = PartitionOptions::default().segment_bytes(1 << 20);
    ["left", "right"].map(|name| log.partition_with(name, options).expect("is there or made"))
}

/// What a record says: who wrote it, and its number in the order of that writer.
type Mark = (usize, u64);

fn find_marks(partition: &Partition) -> Vec<(Offset, Mark)> {
    let records = partition.replay(Offset::ZERO).map(|record| record.expect("is read"));
    let marks = records.map(|record| {
        let value = record.value.expect("has a value");
        let (mark, filling) = value.split_first_chunk::<9>().expect("begins with its mark");
        assert!(filling.iter().all(|byte| *byte == mark[0]), "whole to its last byte");
        let number = u64::from_le_bytes(*mark[1..].first_chunk().expect("8 bytes"));
        (record.offset, (usize::from(mark[0]), number))
    });
    marks.collect()
}

fn append_for_ever(folder: &Path) {
    let log = open(folder);
    let partitions = partitions(&log);
    let mut next = [0; WRITERS];
    for partition in &partitions {
        for (_, (writer, number)) in find_marks(partition) {
            next[writer] = number + 1;
        }
    }
    std::thread::scope(|scope| {
        for (writer, first) in next.into_iter().enumerate() {
            let partition = &partitions[writer % 2];
            scope.spawn(move || write(writer, first, partition));
        }
    });
}

/// One writer. Some have enough under way for whole ticks to go straight to segments.
fn write(writer: usize, first: u64, partition: &Partition) {
    let mut random = Random::new(first << 3 | writer as u64);
    let (depth, value_bytes_max) = if writer < WAITING { (1, 3_000) } else { (24, 40_000) };
    for number in (first..).step_by(depth) {
        let pending: Vec<_> = (number..number + depth as u64)
            .map(|number| {
                let mark = u8::try_from(writer).expect("few writers");
                let mut value = vec![mark; 9 + below(&mut random, value_bytes_max)];
                value[1..9].copy_from_slice(&number.to_le_bytes());
                (number, partition.append(value))
            })
            .collect();
        for (number, pending) in pending {
            let offset = pending.wait().expect("is appended");
            // One write, so that the lines of two writers never mix.
            let line = format!("{writer} {number} {offset}\n");
            std::io::stdout().lock().write_all(line.as_bytes()).expect("somebody listens");
        }
    }
}

fn below(random: &mut Random, limit: u64) -> usize {
    usize::try_from(random.below(limit)).expect("small")
}

fn kill_and_look() {
    let folder = std::env::temp_dir().join(format!("millstream-killed-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    let mut acknowledged: BTreeMap<Mark, Offset> = BTreeMap::new();
    let mut random = Random::new(9);
    for round in 0..ROUNDS {
        // In the first two rounds as good as at once: while the log is made, and while it opens.
        let lines_min = if round < 2 { round } else { 1 + below(&mut random, 1500) };
        let before_count = acknowledged.len();
        acknowledged.extend(run_child(&folder, lines_min));
        assert!(acknowledged.len() >= before_count + lines_min, "numbers are never used twice");
        if round % 3 == 2 {
            // Otherwise the next child recovers what two have left.
            look(&folder, &acknowledged);
        }
    }
    look(&folder, &acknowledged);
    std::fs::remove_dir_all(&folder).expect("is removed");
}

/// Kills a child once it has printed so many lines, and gives all that it printed.
fn run_child(folder: &Path, lines_min: usize) -> Vec<(Mark, Offset)> {
    let program = std::env::current_exe().expect("has a path");
    let mut command = Command::new(program);
    command.arg(CHILD).arg(folder).stdout(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("is piped"));
    let mut printed = Vec::new();
    let mut is_killed = false;
    loop {
        if printed.len() >= lines_min && !is_killed {
            child.kill().expect("SIGKILL is sent");
            is_killed = true;
        }
        let mut line = String::new();
        lines.read_line(&mut line).expect("is text");
        // The last line may be cut off; then nobody has read it as an acknowledgement.
        let Some(line) = line.strip_suffix('\n') else { break };
        let numbers: Vec<i64> =
            line.split(' ').map(|number| number.parse().expect("numbers")).collect();
        let [writer, number, offset] = numbers[..] else { panic!("three numbers: {line}") };
        let writer = usize::try_from(writer).expect("not negative");
        let mark = (writer, number.cast_unsigned());
        printed.push((mark, Offset::new(offset)));
    }
    let status = child.wait().expect("ends");
    assert!(is_killed && !status.success(), "it ended by the kill and not before: {status}");
    printed
}

fn look(folder: &Path, acknowledged: &BTreeMap<Mark, Offset>) {
    let log = open(folder);
    let mut found: BTreeMap<Mark, Offset> = BTreeMap::new();
    let mut next = [0; WRITERS];
    for partition in &partitions(&log) {
        for (index, (offset, (writer, number))) in find_marks(partition).into_iter().enumerate() {
            assert_eq!(offset, Offset::new(index as i64), "offsets have no gap");
            assert_eq!(number, next[writer], "each writer's records in order, none twice");
            next[writer] += 1;
            found.insert((writer, number), offset);
        }
    }
    for (mark, offset) in acknowledged {
        assert_eq!(found.get(mark), Some(offset), "{mark:?} was acknowledged");
    }
}
