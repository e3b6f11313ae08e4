//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.
#![forbid(unsafe_code)]

use millstream_replica::fuzzing;
use std::fs;
use std::path::PathBuf;

/// Kept small, so that each test run replays all of it.
const FILE_COUNT_MAX: usize = 200;
const CORPUS_BYTES_MAX: usize = 1 << 20;

#[test]
fn snapshot_holds_on_its_corpus() {
    corpus("snapshot").iter().for_each(|input| fuzzing::snapshot(input));
}

#[test]
fn producers_holds_on_its_corpus() {
    corpus("producers").iter().for_each(|input| fuzzing::producers(input));
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(&folder).expect("the corpus is part of the repository");
    let inputs = files
        .map(|file| fs::read(file.expect("readable").path()).expect("readable"))
        .collect::<Vec<_>>();
    assert!((1..FILE_COUNT_MAX).contains(&inputs.len()), "{} files", inputs.len());
    let corpus_bytes = inputs.iter().map(Vec::len).sum::<usize>();
    assert!(corpus_bytes < CORPUS_BYTES_MAX, "{corpus_bytes} bytes");
    inputs
}
