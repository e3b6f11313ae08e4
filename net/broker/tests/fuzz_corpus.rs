//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_broker::fuzzing;
use std::fs;
use std::path::PathBuf;

/// Kept small, so that each test run replays all of it.
const FILE_COUNT_MAX: usize = 200;
const CORPUS_BYTES_MAX: usize = 1 << 20;

#[test]
fn connections_hold_on_their_corpus() {
    corpus("connection").iter().for_each(|input| fuzzing::connection(input));
}

#[test]
fn connections_hold_on_one_request_of_each_api() {
    for request in corpus("wire_request") {
        let length = u32::try_from(request.len()).expect("small").to_be_bytes();
        fuzzing::connection(&[&[1][..], &length, &request].concat());
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
