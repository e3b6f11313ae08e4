//! The fuzz corpora, replayed on stable: what the fuzzer once found, and every path it knows.

#![forbid(unsafe_code)]

use millstream_broker::fuzzing;
use millstream_corpus::inputs;

#[test]
fn connections_hold_on_their_corpus() {
    inputs("connection").iter().for_each(|input| fuzzing::connection(input));
}

#[test]
fn connections_hold_on_one_request_of_each_api() {
    for request in inputs("wire_request") {
        let length = u32::try_from(request.len()).expect("small").to_be_bytes();
        fuzzing::connection(&[&[1][..], &length, &request].concat());
    }
}
