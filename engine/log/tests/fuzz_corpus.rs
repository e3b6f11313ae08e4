//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_corpus::inputs;
use millstream_log::fuzzing;
use std::fs;
use std::path::PathBuf;

#[test]
fn journal_holds_on_its_corpus() {
    inputs("journal").iter().for_each(|input| fuzzing::journal(input));
}

#[test]
fn index_holds_on_its_corpus() {
    inputs("index").iter().for_each(|input| fuzzing::index(input));
}

#[test]
fn checkpoint_holds_on_its_corpus() {
    inputs("checkpoint").iter().for_each(|input| fuzzing::checkpoint(input));
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
