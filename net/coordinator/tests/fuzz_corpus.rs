//! The fuzz corpus, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_coordinator::fuzzing;
use millstream_corpus::inputs;

#[test]
fn group_records_hold_on_their_corpus() {
    inputs("group_records").iter().for_each(|input| fuzzing::group_records(input));
}
