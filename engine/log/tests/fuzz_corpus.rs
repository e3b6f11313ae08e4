//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_log::fuzzing;
use std::fs;
use std::path::PathBuf;

/// Kept small, so that each test run replays all of it.
const FILE_COUNT_MAX: usize = 200;
const CORPUS_BYTES_MAX: usize = 1 << 20;

#[test]
fn journal_holds_on_its_corpus() {
    corpus("journal").iter().for_each(|input| fuzzing::journal(input));
}

#[test]
fn index_holds_on_its_corpus() {
    corpus("index").iter().for_each(|input| fuzzing::index(input));
}

#[test]
fn checkpoint_holds_on_its_corpus() {
    corpus("checkpoint").iter().for_each(|input| fuzzing::checkpoint(input));
}

#[test]
fn all_targets_hold_on_the_golden_files() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for file in fs::read_dir(folder).expect("golden files are part of the repository") {
        let bytes = fs::read(file.expect("readable").path()).expect("readable");
        fuzzing::journal(&bytes);
        fuzzing::index(&bytes);
        fuzzing::checkpoint(&bytes);
    }
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
