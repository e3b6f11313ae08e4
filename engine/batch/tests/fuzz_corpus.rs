//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_batch::fuzzing;
use millstream_corpus::inputs;

#[test]
fn batch_check_holds_on_its_corpus() {
    inputs("batch_check").iter().for_each(|input| fuzzing::batch_check(input));
}

#[test]
fn codecs_hold_on_their_corpus() {
    inputs("codecs").iter().for_each(|input| fuzzing::codecs(input));
}
