//! Whole frames: what their length, their header, and the table of APIs let through.

use millstream_wire::message::k00_produce::{
    PartitionProduceData, ProduceRequest, TopicProduceData,
};
use millstream_wire::{
    ApiKey, ApiVersionsResponse, Encoder, ErrorCode, HeartbeatResponse, MetadataRequest, Records,
    Request, RequestHeader, RequestPrefix, Response, WireError, decode_prefix, decode_request,
    decode_request_within, decode_response, encode_any_response, encode_request, encode_response,
    frame_bytes,
};

fn header<'a>(key: ApiKey, request_api_version: i16) -> RequestHeader<'a> {
    let request_api_key = key.code();
    RequestHeader { request_api_key, request_api_version, correlation_id: 7, client_id: Some("c") }
}

#[test]
fn a_length_must_be_within_the_limit() {
    assert_eq!(frame_bytes(0_i32.to_be_bytes(), 100), Ok(0));
    assert_eq!(frame_bytes(100_i32.to_be_bytes(), 100), Ok(100));
    for got in [101, i32::MAX, -1, i32::MIN] {
        let refused = WireError::FrameLength { got: got.into(), expected_max: 100 };
        assert_eq!(frame_bytes(got.to_be_bytes(), 100), Err(refused));
    }
    // What a browser sends: `GET ` is a length of more than a gigabyte.
    assert!(frame_bytes(*b"GET ", 100 << 20).is_err());
}

#[test]
fn a_frame_says_its_own_length() {
    let mut encoder = Encoder::new();
    let request = MetadataRequest::default();
    for version in 0..=13 {
        encoder.clear();
        encode_request(&mut encoder, &header(ApiKey::Metadata, version), &request).expect("sound");
        let (length, frame) = encoder.bytes().split_first_chunk().expect("a length");
        assert_eq!(frame_bytes(*length, 1000), Ok(frame.len()));
        let (decoded_header, decoded) = decode_request(frame).expect("sound");
        assert_eq!(decoded_header, header(ApiKey::Metadata, version));
        assert_eq!(decoded, Request::Metadata(request.clone()));
    }
}

#[test]
fn what_no_api_has_is_refused() {
    for got in [-1, 4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82, 87, 95, i16::MAX] {
        let frame = [got.to_be_bytes(), [0, 0], [0, 0], [0, 7], [0xff, 0xff]].concat();
        assert_eq!(decode_request(&frame), Err(WireError::UnknownApi { got }));
    }
}

#[test]
fn a_version_that_is_not_there_is_refused_and_can_be_answered() {
    for key in ApiKey::ALL {
        let versions = key.versions();
        for got in [versions.min - 1, versions.max + 1, i16::MIN, i16::MAX] {
            let (key, code) = (*key, key.code());
            let frame = [code.to_be_bytes(), got.to_be_bytes(), [0, 0], [0, 7]].concat();
            let (expected_min, expected_max) = (versions.min, versions.max);
            let message = key.name();
            let refused =
                WireError::UnsupportedVersion { message, got, expected_min, expected_max };
            assert_eq!(decode_request(&frame), Err(refused));
            let prefix = RequestPrefix { api_key: code, api_version: got, correlation_id: 7 };
            assert_eq!(decode_prefix(&frame), Ok(prefix));
        }
    }
}

#[test]
fn the_oldest_produce_is_only_advertised() {
    assert_eq!(ApiKey::Produce.versions_advertised().min, 0);
    assert_eq!(ApiKey::Produce.versions().min, 3);
    for key in ApiKey::ALL.iter().filter(|key| **key != ApiKey::Produce) {
        assert_eq!(key.versions_advertised(), key.versions());
    }
}

#[test]
fn the_answer_to_api_versions_has_the_oldest_header() {
    let response = ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION,
        ..ApiVersionsResponse::default()
    };
    let mut encoder = Encoder::new();
    encode_response(&mut encoder, 7, 3, &response).expect("sound");
    // Length, correlation id, error, no APIs, no throttling, no tags; none between id and error.
    let expected = [&[0, 0, 0, 12, 0, 0, 0, 7, 0, 35][..], &[1, 0, 0, 0, 0, 0]].concat();
    assert_eq!(encoder.bytes(), expected);

    encoder.clear();
    encode_response(&mut encoder, 7, 4, &HeartbeatResponse::default()).expect("sound");
    let expected = [&[0, 0, 0, 12, 0, 0, 0, 7, 0][..], &[0, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(encoder.bytes(), expected);
}

#[test]
fn a_response_of_any_api_is_that_of_its_own() {
    for version in 0..=4 {
        let own = HeartbeatResponse {
            error_code: ErrorCode::ILLEGAL_GENERATION,
            ..HeartbeatResponse::default()
        };
        let (mut typed, mut any) = (Encoder::new(), Encoder::new());
        encode_response(&mut typed, 7, version, &own).expect("sound");
        encode_any_response(&mut any, 7, version, &Response::Heartbeat(own.clone()))
            .expect("sound");
        assert_eq!(typed.bytes(), any.bytes());
        let decoded = decode_response::<HeartbeatResponse>(&any.bytes()[4..], version);
        assert_eq!(decoded.map(|(header, own)| (header.correlation_id, own)), Ok((7, own)));
    }
}

/// librdkafka counts an array with four bytes where one is due, and sends the other three too.
#[test]
fn bytes_behind_a_request_are_left() {
    let mut encoder = Encoder::new();
    let request = MetadataRequest {
        topics: None,
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    };
    encode_request(&mut encoder, &header(ApiKey::Metadata, 13), &request).expect("sound");
    let frame = [&encoder.bytes()[4..], &[1, 0, 0]].concat();
    let (_, decoded) = decode_request(&frame).expect("what is behind it is left");
    assert_eq!(decoded, Request::Metadata(request));
}

#[test]
fn a_stricter_budget_is_kept() {
    // DeleteGroups of version 0 with 100 groups named "".
    let mut frame = vec![0, 42, 0, 0, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 100];
    frame.resize(frame.len() + 200, 0);
    assert!(decode_request(&frame).is_ok());
    let field = "DeleteGroupsRequest.groups_names";
    let refused = WireError::Memory { field, position: 14, expected_bytes: 1600, left_bytes: 1599 };
    assert_eq!(decode_request_within(&frame, 1599), Err(refused));
    assert!(decode_request_within(&frame, 1600).is_ok());
}

#[test]
fn a_field_that_the_version_lacks_is_refused_unless_ignorable() {
    let mut encoder = Encoder::new();
    let named = TopicProduceData { name: "t", ..TopicProduceData::default() };
    let mut request = ProduceRequest { topic_data: vec![named], ..ProduceRequest::default() };
    encode_request(&mut encoder, &header(ApiKey::Produce, 13), &request).expect("ignorable");

    let request_13 = encoder.bytes().to_vec();
    request.topic_data[0].name = "";
    encoder.clear();
    encode_request(&mut encoder, &header(ApiKey::Produce, 13), &request).expect("sound");
    assert_eq!(encoder.bytes(), request_13);

    let heartbeat = millstream_wire::HeartbeatRequest {
        group_instance_id: Some("static"),
        ..millstream_wire::HeartbeatRequest::default()
    };
    encoder.clear();
    let field = "HeartbeatRequest.group_instance_id";
    let refused = Err(WireError::Absent { field, version: 2 });
    assert_eq!(encode_request(&mut encoder, &header(ApiKey::Heartbeat, 2), &heartbeat), refused);
    assert_eq!(encoder.bytes(), []);
    encode_request(&mut encoder, &header(ApiKey::Heartbeat, 3), &heartbeat).expect("sound");
}

#[test]
fn what_is_too_long_or_null_is_not_written() {
    let mut encoder = Encoder::new();
    let long = "x".repeat(0x8000);
    let heartbeat = millstream_wire::HeartbeatRequest {
        group_id: &long,
        ..millstream_wire::HeartbeatRequest::default()
    };
    for version in 0..=4 {
        let field = "HeartbeatRequest.group_id";
        let refused = Err(WireError::TooLong { field, got: 0x8000, expected_max: 0x7fff });
        let header = header(ApiKey::Heartbeat, version);
        assert_eq!(encode_request(&mut encoder, &header, &heartbeat), refused);
    }
    let metadata = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let refused = encode_request(&mut encoder, &header(ApiKey::Metadata, 0), &metadata);
    assert!(matches!(refused, Err(WireError::Null { field: "MetadataRequest.topics", .. })));

    let partition =
        PartitionProduceData { index: 0, records: Records::Elsewhere { bytes: 1 << 31 } };
    let topic = TopicProduceData { partition_data: vec![partition], ..Default::default() };
    let produce = ProduceRequest { topic_data: vec![topic], ..ProduceRequest::default() };
    let refused = encode_request(&mut encoder, &header(ApiKey::Produce, 9), &produce);
    assert!(matches!(refused, Err(WireError::TooLong { .. })), "{refused:?}");
    assert_eq!((encoder.bytes(), encoder.total_bytes()), (&[][..], 0));
}

#[test]
fn a_frame_of_gaps_is_counted_to_the_last_byte() {
    let most = usize::try_from(i32::MAX).expect("64 bits");
    let partition =
        |bytes| PartitionProduceData { index: 0, records: Records::Elsewhere { bytes } };
    let topic = TopicProduceData {
        partition_data: vec![partition(most / 2), partition(most / 2)],
        ..TopicProduceData::default()
    };
    let produce = ProduceRequest { topic_data: vec![topic], ..ProduceRequest::default() };
    let mut encoder = Encoder::new();
    // Each is permitted, both are more than a frame can say.
    let refused = encode_request(&mut encoder, &header(ApiKey::Produce, 3), &produce);
    assert!(matches!(refused, Err(WireError::TooLong { .. })), "{refused:?}");
    assert!(encoder.gaps().is_empty() && encoder.total_bytes() == 0);
}

#[test]
fn a_response_of_another_version_is_refused() {
    let refused = decode_response::<HeartbeatResponse>(&[0, 0, 0, 7, 0, 0], 5).map(drop);
    assert!(matches!(refused, Err(WireError::UnsupportedVersion { got: 5, .. })), "{refused:?}");
}
