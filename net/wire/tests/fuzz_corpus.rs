//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use millstream_wire::{ApiKey, decode_request, fuzzing};

/// Kept small, so that each test run replays all of it.
const FILE_COUNT_MAX: usize = 200;
const CORPUS_BYTES_MAX: usize = 1 << 20;

#[test]
fn requests_hold_on_their_corpus() {
    let inputs = corpus("wire_request");
    inputs.iter().for_each(|input| fuzzing::request(input));
    let sound = inputs.iter().filter_map(|input| decode_request(input).ok());
    let keys = sound.map(|(_, request)| request.key()).collect::<BTreeSet<_>>();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ApiKey::ALL, "each API has a sound request");
}

#[test]
fn responses_hold_on_their_corpus() {
    corpus("wire_response").iter().for_each(|input| fuzzing::response(input));
}

#[test]
fn records_hold_on_their_corpus() {
    corpus("wire_record").iter().for_each(|input| fuzzing::record(input));
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
