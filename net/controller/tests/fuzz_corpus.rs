//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.
#![forbid(unsafe_code)]

use millstream_controller::fuzzing;
use millstream_corpus::inputs;

#[test]
fn metadata_holds_on_its_corpus() {
    inputs("metadata").iter().for_each(|input| fuzzing::metadata(input));
}

#[test]
fn properties_holds_on_its_corpus() {
    inputs("properties").iter().for_each(|input| fuzzing::properties(input));
}
