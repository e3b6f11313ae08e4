//! Bytes that are no requests, or not whole ones.

use crate::REQUEST_BYTES_MAX;
use crate::peer::{Peer, Server};
use millstream_base::Random;
use millstream_wire::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, ErrorCode, MetadataRequest, MetadataResponse,
};

fn length(bytes: i32) -> [u8; 4] {
    bytes.to_be_bytes()
}

/// A frame with a header of version 1: key, version, correlation id, no client id.
fn frame(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    content.extend(key.to_be_bytes());
    content.extend(version.to_be_bytes());
    content.extend(7_i32.to_be_bytes());
    content.extend((-1_i16).to_be_bytes());
    content.extend(body);
    let mut frame = length(i32::try_from(content.len()).expect("small")).to_vec();
    frame.extend(content);
    frame
}

#[test]
fn a_length_that_nothing_can_follow_closes_the_connection() {
    let server = Server::start();
    let over = i32::try_from(REQUEST_BYTES_MAX + 1).expect("small");
    for bytes in [0, -1, i32::MIN, i32::MAX, over] {
        let mut peer = server.connect();
        peer.write(&length(bytes));
        assert!(peer.is_closed(), "a length of {bytes}");
    }
    server.assert_serves();
}

#[test]
fn other_protocols_and_noise_close_the_connection() {
    let server = Server::start();
    let mut random = Random::new(5);
    let mut noise = vec![0; 5000];
    random.fill(&mut noise);
    // A length that is taken for one.
    noise[..4].copy_from_slice(&length(4996));
    let tls: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for bytes in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), &noise, tls] {
        let mut peer = server.connect();
        peer.write(bytes);
        peer.end();
        assert!(peer.is_closed());
    }
    server.assert_serves();
}

#[test]
fn who_ends_its_direction_at_once_still_gets_its_answer() {
    let server = Server::start();
    for _ in 0..500 {
        let mut peer = server.connect();
        assert!(peer.tell(&ApiVersionsRequest::default(), 0));
        peer.end();
        assert!(peer.read_frame().is_some(), "what was asked before the end is answered");
        assert!(peer.is_closed());
    }
}

#[test]
fn unknown_apis_and_versions_close_the_connection() {
    let server = Server::start();
    for (key, version) in [(-1, 0), (i16::MAX, 0), (1000, 3), (3, -1), (3, 99), (0, i16::MIN)] {
        let mut peer = server.connect();
        peer.write(&frame(key, version, &[]));
        assert!(peer.is_closed(), "key {key}, version {version}");
    }
    server.assert_serves();
}

#[test]
fn an_api_versions_of_the_future_is_answered_in_version_0() {
    let server = Server::start();
    let mut peer = server.connect();
    peer.write(&frame(ApiKey::ApiVersions.code(), 99, b"whatever comes then"));
    let answer = peer.read_frame().expect("an answer");
    let response: ApiVersionsResponse<'_> =
        millstream_wire::decode_response(&answer, 0).expect("version 0").1;
    assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
    let own = response.api_keys.iter().find(|row| row.api_key == ApiKey::ApiVersions.code());
    assert!(own.is_some_and(|row| row.max_version >= 4), "it says what to ask with");
    // And the connection goes on.
    assert_eq!(peer.ask(&ApiVersionsRequest::default(), 0).expect("answers").1, 0);
}

#[test]
fn a_header_alone_and_random_bodies_of_every_api_do_no_harm() {
    let server = Server::start();
    let mut random = Random::new(11);
    for key in ApiKey::ALL {
        for version in 0..=14 {
            let mut peer = server.connect();
            let mut body = vec![0; usize::try_from(random.below(80)).expect("small")];
            random.fill(&mut body);
            if version % 3 == 0 {
                body.clear();
            }
            peer.write(&frame(key.code(), version, &body));
            peer.end();
            // An answer or none, and then the end; never silence.
            while peer.read_frame().is_some() {}
        }
    }
    server.assert_serves();
}

#[test]
fn a_request_that_comes_byte_by_byte_is_answered() {
    let server = Server::start();
    let mut peer = server.connect();
    for byte in frame(ApiKey::Metadata.code(), 1, &(-1_i32).to_be_bytes()) {
        peer.write(&[byte]);
    }
    let answer = peer.read_frame().expect("an answer");
    let response: MetadataResponse<'_> =
        millstream_wire::decode_response(&answer, 1).expect("version 1").1;
    assert_eq!(response.brokers.len(), 1);
}

#[test]
fn a_request_that_ends_in_the_middle_ends_the_connection() {
    let server = Server::start();
    let whole = frame(ApiKey::Metadata.code(), 1, &(-1_i32).to_be_bytes());
    for count in 1..whole.len() {
        let mut peer = server.connect();
        peer.write(&whole[..count]);
        peer.end();
        assert!(peer.is_closed(), "{count} of {} bytes", whole.len());
    }
    server.assert_serves();
}

#[test]
fn counts_that_lie_close_the_connection_and_take_no_memory() {
    let server = Server::start();
    for count in [i32::MAX, 1 << 30, -2, i32::MIN] {
        let mut peer = server.connect();
        peer.write(&frame(ApiKey::Metadata.code(), 1, &count.to_be_bytes()));
        assert!(peer.is_closed(), "{count} topics");
    }
    server.assert_serves();
}

#[test]
fn a_hundred_thousand_requests_that_nobody_reads_the_answers_of_are_answered_in_order() {
    const COUNT: i32 = 100_000;
    let server = Server::start();
    let mut peer = server.connect();
    let writer = peer.second();
    let writing = std::thread::Builder::new().spawn(move || {
        let mut writer: Peer = writer;
        for number in 0..COUNT {
            let mut request = frame(ApiKey::ApiVersions.code(), 0, &[]);
            request[8..12].copy_from_slice(&number.to_be_bytes());
            writer.write(&request);
        }
    });
    let writing = writing.expect("a thread");
    for number in 0..COUNT {
        let answer = peer.read_frame().expect("an answer");
        assert_eq!(answer[..4], number.to_be_bytes(), "in the order of the requests");
    }
    writing.join().expect("all was written");
    server.assert_serves();
}

#[test]
fn topic_names_that_are_none_are_refused_and_make_nothing() {
    let server = Server::start();
    let long = "x".repeat(250);
    for name in ["..", ".", "", "a/b", "a\0b", "t\u{f6}pic", &long] {
        let mut peer = server.connect();
        let topic = millstream_wire::message::k03_metadata::MetadataRequestTopic {
            name: Some(name),
            ..Default::default()
        };
        let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
        let frame = peer.ask(&request, 9).expect("an answer").0;
        let response: MetadataResponse<'_> =
            millstream_wire::decode_response(&frame, 9).expect("version 9").1;
        assert_eq!(response.topics[0].error_code, ErrorCode::INVALID_TOPIC_EXCEPTION, "{name:?}");
    }
    server.assert_serves();
}

#[test]
fn a_topic_that_is_asked_for_a_thousand_times_is_answered_once() {
    let server = Server::start();
    let mut peer = server.connect();
    let topic = millstream_wire::message::k03_metadata::MetadataRequestTopic {
        name: Some("orders"),
        ..Default::default()
    };
    let request = MetadataRequest { topics: Some(vec![topic; 1000]), ..MetadataRequest::default() };
    let frame = peer.ask(&request, 9).expect("an answer").0;
    let response: MetadataResponse<'_> =
        millstream_wire::decode_response(&frame, 9).expect("version 9").1;
    assert_eq!(response.topics.len(), 1);
    assert_eq!(response.topics[0].error_code, ErrorCode::NONE);
}
