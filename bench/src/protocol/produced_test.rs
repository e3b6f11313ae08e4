//! Answers out of a template are those that are encoded.

use super::*;
use millstream_base::Uuid;
use millstream_wire::decode_response;

const VERSIONS: std::ops::RangeInclusive<i16> = 3..=13;

fn request(version: i16, id: i32, acks: i16, partitions: &[(i32, usize)]) -> Vec<u8> {
    let records = vec![7; 1 << 16];
    let partition = |(index, bytes): &(i32, usize)| PartitionProduceData {
        index: *index,
        records: Records::Borrowed(&records[..*bytes]),
    };
    let topic = TopicProduceData {
        name: "a-topic",
        topic_id: Uuid::from_bytes([9; 16]),
        partition_data: partitions.iter().map(partition).collect(),
    };
    let request = ProduceRequest {
        acks,
        timeout_ms: 1000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    };
    let header = RequestHeader {
        request_api_key: ApiKey::Produce.code(),
        request_api_version: version,
        correlation_id: id,
        client_id: Some("test"),
    };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header, &request).expect("sound");
    encoder.into_parts().0[LENGTH_BYTES..].to_vec()
}

/// Id and partitions of an answer, whose other fields say that all went well.
fn read(version: i16, answer: &[u8]) -> (i32, Vec<i32>) {
    let (header, response): (_, ProduceResponse<'_>) =
        decode_response(&answer[LENGTH_BYTES..], version).expect("sound");
    let [topic] = &*response.responses else { panic!("one topic") };
    let index = |partition: &PartitionProduceResponse<'_>| {
        assert_eq!((partition.error_code.0, partition.base_offset), (0, 0));
        partition.index
    };
    (header.correlation_id, topic.partition_responses.iter().map(index).collect())
}

fn answer(answers: &mut ProduceAnswers, frame: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    answers.answer(frame, &mut answer).expect("sound");
    answer
}

#[test]
fn a_template_serves_other_ids_partitions_and_sizes() {
    for version in VERSIONS {
        let mut answers = ProduceAnswers::default();
        for (id, index, bytes) in [(1, 0, 100), (2, 5, 17_000), (-3, 300, 1), (4, 5, 130)] {
            let frame = request(version, id, -1, &[(index, bytes)]);
            let answer = answer(&mut answers, &frame);
            assert_eq!(read(version, &answer), (id, vec![index]), "version {version}");
            let template = answers.last.as_ref().expect("one partition makes one");
            assert!(template.answer(&frame, &mut Vec::new()), "version {version}");
        }
    }
}

#[test]
fn several_partitions_are_answered_without_a_template() {
    let mut answers = ProduceAnswers::default();
    let one = request(9, 1, -1, &[(4, 10)]);
    assert_eq!(read(9, &answer(&mut answers, &one)), (1, vec![4]));
    let two = request(9, 2, -1, &[(4, 10), (6, 20)]);
    assert_eq!(read(9, &answer(&mut answers, &two)), (2, vec![4, 6]));
    assert!(answers.last.is_none());
}

#[test]
fn without_acks_no_answer_is_owed() {
    let mut answers = ProduceAnswers::default();
    for id in 1..4 {
        assert!(answer(&mut answers, &request(9, id, 0, &[(1, 10)])).is_empty());
    }
    assert!(answers.last.is_some());
}

#[test]
fn what_is_no_produce_is_an_error() {
    let mut answers = ProduceAnswers::default();
    assert!(answers.answer(&[0, 0, 0, 9, 0], &mut Vec::new()).is_err());
}
