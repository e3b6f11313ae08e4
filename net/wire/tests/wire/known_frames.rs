//! Frames written by hand from the protocol's description, byte by byte.

use millstream_base::Uuid;
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k75_describe_topic_partitions::Cursor;
use millstream_wire::{
    ApiVersionsRequest, Decoder, DescribeTopicPartitionsRequest, Encoder, FetchRequest, Message,
    MetadataRequest, ProduceRequest, Records, Request, RequestHeader, WireError, decode_request,
    encode_request,
};

fn header(request_api_key: i16, request_api_version: i16) -> RequestHeader<'static> {
    RequestHeader { request_api_key, request_api_version, correlation_id: 1, client_id: Some("me") }
}

/// Joins parts, each a field or a few.
fn frame(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn api_versions_3() {
    let bytes = frame(&[
        &[0, 18, 0, 3, 0, 0, 0, 1],
        // The client id has the old form, and then come the tags of the header.
        &[0, 2, b'm', b'e', 0],
        &[5, b'k', b'c', b'a', b't', 4, b'1', b'.', b'0'],
        &[0],
    ]);
    let request = ApiVersionsRequest {
        client_software_name: "kcat",
        client_software_version: "1.0",
        ..ApiVersionsRequest::default()
    };
    assert_eq!(decode_request(&bytes), Ok((header(18, 3), Request::ApiVersions(request.clone()))));
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header(18, 3), &request).expect("sound");
    assert_eq!(encoder.bytes()[4..], bytes);
}

#[test]
fn metadata_0_and_1_and_9() {
    let topic = MetadataRequestTopic { name: Some("t"), ..MetadataRequestTopic::default() };
    let named = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    let all = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let none = MetadataRequest { topics: Some(vec![]), ..MetadataRequest::default() };
    let begin = |version| [0, 3, 0, version, 0, 0, 0, 1, 0, 2, b'm', b'e'];
    for (version, request, body) in [
        (0, &named, &[0, 0, 0, 1, 0, 1, b't'][..]),
        (0, &none, &[0, 0, 0, 0]),
        (1, &none, &[0, 0, 0, 0]),
        (1, &all, &[0xff, 0xff, 0xff, 0xff]),
        (4, &all, &[0xff, 0xff, 0xff, 0xff, 1]),
        (9, &all, &[0, 0, 1, 0, 0, 0]),
        (9, &named, &[0, 2, 2, b't', 0, 1, 0, 0, 0]),
    ] {
        let bytes = frame(&[&begin(version), body]);
        let header = header(3, i16::from(version));
        assert_eq!(
            decode_request(&bytes),
            Ok((header.clone(), Request::Metadata(request.clone())))
        );
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request).expect("sound");
        assert_eq!(encoder.bytes()[4..], bytes);
    }
}

#[test]
fn produce_3() {
    let bytes = frame(&[
        &[0, 0, 0, 3, 0, 0, 0, 1, 0, 2, b'm', b'e'],
        // No transaction, acks -1, 1 s.
        &[0xff, 0xff, 0xff, 0xff, 0, 0, 3, 0xe8],
        &[0, 0, 0, 1, 0, 1, b't'],
        &[0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 3, 1, 2, 3],
    ]);
    let (_, request) = decode_request(&bytes).expect("sound");
    let Request::Produce(request) = request else { panic!("{request:?}") };
    let ProduceRequest { transactional_id, acks, timeout_ms, topic_data } = &request;
    assert_eq!((*transactional_id, *acks, *timeout_ms), (None, -1, 1000));
    assert_eq!(topic_data[0].name, "t");
    let partition = &topic_data[0].partition_data[0];
    assert_eq!((partition.index, partition.records), (5, Records::Borrowed(&[1, 2, 3])));
    // Borrowed from the frame, not copied.
    let records = partition.records.borrowed().expect("not null");
    assert_eq!(records.as_ptr(), bytes[bytes.len() - 3..].as_ptr());
}

#[test]
fn fetch_17() {
    let bytes = frame(&[
        &[0, 1, 0, 17, 0, 0, 0, 1, 0, 2, b'm', b'e', 0],
        // 500 ms, at least 1 byte, at most 1 MiB, read_committed, a new session.
        &[0, 0, 1, 0xf4, 0, 0, 0, 1, 0, 0x10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        &[2],
        &[9; 16],
        &[2, 0, 0, 0, 3],
        // Epoch 4, offset 10, last epoch -1, no log start, 64 KiB, no tags.
        &[0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 10, 0xff, 0xff, 0xff, 0xff],
        &[0xff; 8],
        &[0, 1, 0, 0, 0],
        // End of the topic; nothing forgotten, a rack.
        &[0, 1, 3, b'r', b'1'],
        // Tags: a cluster id, and one of a broker that we do not know.
        &[2, 0, 3, 2, b'c', b'd', 77, 1, 0],
    ]);
    // The cluster id has a length of its own within its size: 2 bytes, "c" and one too many.
    assert!(decode_request(&bytes).is_err());
    let bytes = [&bytes[..bytes.len() - 9], &[2, 0, 3, 3, b'c', b'd', 77, 1, 0]].concat();
    let (_, request) = decode_request(&bytes).expect("sound");
    let partition = FetchPartition {
        partition: 3,
        current_leader_epoch: 4,
        fetch_offset: 10,
        partition_max_bytes: 65_536,
        ..FetchPartition::default()
    };
    let topic = FetchTopic {
        topic_id: Uuid::from_bytes([9; 16]),
        partitions: vec![partition],
        ..FetchTopic::default()
    };
    let expected = FetchRequest {
        cluster_id: Some("cd"),
        max_wait_ms: 500,
        min_bytes: 1,
        max_bytes: 1 << 20,
        isolation_level: 1,
        session_epoch: 0,
        topics: vec![topic],
        rack_id: "r1",
        ..FetchRequest::default()
    };
    assert_eq!(request, Request::Fetch(expected));
}

#[test]
fn a_struct_is_there_unless_its_marker_is_negative() {
    // DescribeTopicPartitions: no topics, a limit of 9, the marker, perhaps a cursor, no tags.
    let cursor = Cursor { topic_name: "t", partition_index: 5 };
    let there = [&[1, 0, 0, 0, 9, 1][..], &[2, b't', 0, 0, 0, 5, 0], &[0]].concat();
    let null = [1, 0, 0, 0, 9, 0xff, 0];
    let read = |bytes: &[u8]| {
        let mut decoder = Decoder::new(bytes);
        let request = DescribeTopicPartitionsRequest::read(&mut decoder, 0)?;
        decoder.finish("request")?;
        let mut encoder = Encoder::new();
        request.write(&mut encoder, 0)?;
        Ok::<_, WireError>((request.cursor == Some(cursor.clone()), encoder.into_parts().0))
    };
    assert_eq!(read(&there), Ok((true, there.clone())));
    assert_eq!(read(&null), Ok((false, null.to_vec())));
    for marker in [0, 2, 127] {
        let mut bytes = there.clone();
        bytes[5] = marker;
        assert_eq!(read(&bytes), Ok((true, there.clone())));
    }
    assert_eq!(read(&[1, 0, 0, 0, 9, 0x80, 0]), Ok((false, null.to_vec())));
}
