//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.
#![forbid(unsafe_code)]

use millstream_corpus::inputs;
use millstream_replica::fuzzing;

#[test]
fn snapshot_holds_on_its_corpus() {
    inputs("snapshot").iter().for_each(|input| fuzzing::snapshot(input));
}

#[test]
fn producers_holds_on_its_corpus() {
    inputs("producers").iter().for_each(|input| fuzzing::producers(input));
}
