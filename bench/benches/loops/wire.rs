//! Messages: what each Produce and each Fetch costs to read and to answer.

use crate::stopwatch::time;
use millstream_base::Uuid;
use millstream_wire::message::k00_produce::{
    PartitionProduceData, PartitionProduceResponse, TopicProduceData, TopicProduceResponse,
};
use millstream_wire::message::k01_fetch::{
    FetchPartition, FetchTopic, FetchableTopicResponse, PartitionData,
};
use millstream_wire::{
    Encoder, FetchRequest, FetchResponse, ProduceRequest, ProduceResponse, Records, RequestHeader,
    RequestMessage, ResponseMessage, decode_request, encode_request, encode_response,
};
use std::hint::black_box;
use std::time::Duration;

const PRODUCE_VERSION: i16 = 13;
const FETCH_VERSION: i16 = 18;
const BATCH_BYTES: usize = 16 << 10;
const MANY: i32 = 64;
const TOPIC_ID: Uuid = Uuid::from_bytes([7; 16]);

pub(crate) fn read_small_produce(times: u64) -> Duration {
    read(&produce(1), times)
}

pub(crate) fn read_large_produce(times: u64) -> Duration {
    read(&produce(MANY), times)
}

pub(crate) fn read_fetch(times: u64) -> Duration {
    let partition = |partition| FetchPartition {
        partition,
        fetch_offset: 1000,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    };
    let partitions = (0..MANY).map(partition).collect();
    let topic = FetchTopic { topic_id: TOPIC_ID, partitions, ..FetchTopic::default() };
    read(&frame(FETCH_VERSION, &FetchRequest { topics: vec![topic], ..Default::default() }), times)
}

pub(crate) fn write_produced(times: u64) -> Duration {
    let partition =
        PartitionProduceResponse { index: 3, base_offset: 1 << 40, ..Default::default() };
    let topic = TopicProduceResponse {
        topic_id: TOPIC_ID,
        partition_responses: vec![partition],
        ..TopicProduceResponse::default()
    };
    let response = ProduceResponse { responses: vec![topic], ..ProduceResponse::default() };
    write(PRODUCE_VERSION, &response, times)
}

pub(crate) fn write_fetched(times: u64) -> Duration {
    let partition = |partition_index| PartitionData {
        partition_index,
        high_watermark: 1000,
        aborted_transactions: None,
        records: Records::Elsewhere { bytes: BATCH_BYTES },
        ..PartitionData::default()
    };
    let partitions = (0..MANY).map(partition).collect();
    let topic = FetchableTopicResponse { topic_id: TOPIC_ID, partitions, ..Default::default() };
    let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };
    write(FETCH_VERSION, &response, times)
}

fn produce(partition_count: i32) -> Vec<u8> {
    let batch = vec![7; BATCH_BYTES];
    let partition = |index| PartitionProduceData { index, records: Records::Borrowed(&batch) };
    let partition_data = (0..partition_count).map(partition).collect();
    let topic = TopicProduceData { topic_id: TOPIC_ID, partition_data, ..Default::default() };
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    };
    frame(PRODUCE_VERSION, &request)
}

/// A request's frame without its length.
fn frame<'a, R: RequestMessage<'a>>(version: i16, request: &R) -> Vec<u8> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id: 7,
        client_id: Some("a-client"),
    };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header, request).expect("sound");
    encoder.into_parts().0.split_off(4)
}

fn read(frame: &[u8], times: u64) -> Duration {
    time(|| {
        for _ in 0..times {
            black_box(decode_request(black_box(frame)).expect("sound"));
        }
    })
}

fn write<'a, R: ResponseMessage<'a>>(version: i16, response: &R, times: u64) -> Duration {
    let mut encoder = Encoder::new();
    time(|| {
        for _ in 0..times {
            encoder.clear();
            encode_response(&mut encoder, 7, version, black_box(response)).expect("sound");
            black_box(encoder.total_bytes());
        }
    })
}
