//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.
#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

/// Kept small, so that each test run replays all of it.
const FILE_COUNT_MAX: usize = 200;
const CORPUS_BYTES_MAX: usize = 1 << 20;

/// All inputs of a target of `fuzz/`.
///
/// # Panics
/// If there are none, or more than a test run should replay.
#[must_use]
pub fn inputs(target: &str) -> Vec<Vec<u8>> {
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
