//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use millstream_corpus::inputs;
use millstream_wire::{ApiKey, decode_request, fuzzing};

#[test]
fn requests_hold_on_their_corpus() {
    let inputs = inputs("wire_request");
    inputs.iter().for_each(|input| fuzzing::request(input));
    let sound = inputs.iter().filter_map(|input| decode_request(input).ok());
    let keys = sound.map(|(_, request)| request.key()).collect::<BTreeSet<_>>();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ApiKey::ALL, "each API has a sound request");
}

#[test]
fn responses_hold_on_their_corpus() {
    inputs("wire_response").iter().for_each(|input| fuzzing::response(input));
}

#[test]
fn records_hold_on_their_corpus() {
    inputs("wire_record").iter().for_each(|input| fuzzing::record(input));
}
