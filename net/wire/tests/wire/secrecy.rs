//! What a message carries for others reaches neither a `Debug` nor an error.

use millstream_wire::codec::Blob;
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{
    Decoder, Encoder, ProduceRequest, Records, SaslAuthenticateRequest, decode_request,
};

#[test]
fn passwords_are_shown_by_their_size() {
    let request = SaslAuthenticateRequest { auth_bytes: Blob(b"hunter2") };
    let shown = format!("{request:?}");
    assert!(shown.contains("Blob(7 bytes)") && !shown.contains("104"), "{shown}");
}

#[test]
fn records_are_shown_by_their_size() {
    let records = Records::Borrowed(&[104; 9]);
    let topic = TopicProduceData {
        partition_data: vec![PartitionProduceData { index: 0, records }],
        ..TopicProduceData::default()
    };
    let request = ProduceRequest { topic_data: vec![topic], ..ProduceRequest::default() };
    let shown = format!("{request:?}");
    assert!(shown.contains("Borrowed(9 bytes)") && !shown.contains("104"), "{shown}");
}

#[test]
fn neither_cursor_shows_its_bytes() {
    let decoder = Decoder::new(&[104; 5]);
    assert_eq!(format!("{decoder:?}"), "Decoder(frame at 0, 5 bytes left)");
    let encoder = Encoder::onto(vec![104; 5]);
    assert_eq!(format!("{encoder:?}"), "Encoder(5 bytes, gaps [])");
}

#[test]
fn an_error_names_the_field_and_not_its_content() {
    // SaslHandshake with a mechanism that is not UTF-8.
    let frame = [0, 17, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 2, 104, 0xff];
    let refused = decode_request(&frame).expect_err("not text");
    assert_eq!(refused.to_string(), "SaslHandshakeRequest.mechanism: not UTF-8 at 13");
    assert!(!format!("{refused:?}").contains("104"));
}
