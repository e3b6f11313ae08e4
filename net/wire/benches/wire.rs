//! What it costs to read requests and to write responses, beside the crate `kafka-protocol`.
//!
//! `cargo bench -p millstream-wire --bench wire`

#![forbid(unsafe_code)]

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use criterion::{Criterion, Throughput};
use kafka_protocol::messages::{
    FetchResponse as TheirFetchResponse, ProduceRequest as TheirProduce,
};
use kafka_protocol::protocol::{Decodable, Encodable};
use millstream_base::Uuid;
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::message::k01_fetch::{FetchableTopicResponse, PartitionData};
use millstream_wire::{
    Decoder, Encoder, FetchResponse, Message, ProduceRequest, Records, encode_response,
};

const BATCH_BYTES: usize = 16 << 10;
const PRODUCE_VERSION: i16 = 9;
const FETCH_VERSION: i16 = 16;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    read_produce(&mut criterion);
    write_fetch(&mut criterion);
    criterion.final_summary();
}

fn produce_body(partition_count: i32, batch: &[u8]) -> Vec<u8> {
    let partition = |index| PartitionProduceData { index, records: Records::Borrowed(batch) };
    let partition_data = (0..partition_count).map(partition).collect();
    let topic = TopicProduceData { name: "a-topic", partition_data, ..Default::default() };
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic],
        ..Default::default()
    };
    let mut encoder = Encoder::new();
    request.write(&mut encoder, PRODUCE_VERSION).expect("sound");
    encoder.into_parts().0
}

fn fetch_response<'a>(partition_count: i32, records: Records<'a>) -> FetchResponse<'a> {
    let partition = |partition_index| PartitionData {
        partition_index,
        high_watermark: 1000,
        aborted_transactions: None,
        records,
        ..PartitionData::default()
    };
    let partitions = (0..partition_count).map(partition).collect();
    let topic_id = Uuid::from_bytes([7; 16]);
    let topic = FetchableTopicResponse { topic_id, partitions, ..Default::default() };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

fn read_produce(criterion: &mut Criterion) {
    let batch = [7; BATCH_BYTES];
    for partition_count in [1_i32, 64] {
        let body = produce_body(partition_count, &batch);
        let mut group = criterion.benchmark_group(format!("read produce, {partition_count}"));
        group.throughput(Throughput::Elements(partition_count.unsigned_abs().into()));
        group.bench_function("ours", |bencher| {
            bencher.iter(|| {
                let mut decoder = Decoder::new(black_box(&body));
                ProduceRequest::read(&mut decoder, PRODUCE_VERSION).expect("sound").acks
            });
        });
        let shared = Bytes::from(body.clone());
        group.bench_function("kafka-protocol", |bencher| {
            bencher.iter(|| {
                let mut input = black_box(&shared).clone();
                TheirProduce::decode(&mut input, PRODUCE_VERSION).expect("sound").acks
            });
        });
    }
}

fn write_fetch(criterion: &mut Criterion) {
    let batch = [7; BATCH_BYTES];
    for partition_count in [1_i32, 64] {
        let mut group = criterion.benchmark_group(format!("write fetch, {partition_count}"));
        group.throughput(Throughput::Elements(partition_count.unsigned_abs().into()));
        let ours = fetch_response(partition_count, Records::Elsewhere { bytes: BATCH_BYTES });
        let mut encoder = Encoder::new();
        group.bench_function("ours, gathered", |bencher| {
            bencher.iter(|| {
                encoder.clear();
                encode_response(&mut encoder, 7, FETCH_VERSION, black_box(&ours)).expect("sound");
                encoder.total_bytes()
            });
        });
        let ours = fetch_response(partition_count, Records::Borrowed(&batch));
        group.bench_function("ours, copied", |bencher| {
            bencher.iter(|| {
                encoder.clear();
                encode_response(&mut encoder, 7, FETCH_VERSION, black_box(&ours)).expect("sound");
                encoder.total_bytes()
            });
        });
        let mut body = Encoder::new();
        ours.write(&mut body, FETCH_VERSION).expect("sound");
        let mut input = Bytes::from(body.into_parts().0);
        let theirs = TheirFetchResponse::decode(&mut input, FETCH_VERSION).expect("sound");
        let mut output = BytesMut::new();
        group.bench_function("kafka-protocol", |bencher| {
            bencher.iter(|| {
                output.clear();
                black_box(&theirs).encode(&mut output, FETCH_VERSION).expect("sound");
                output.len()
            });
        });
    }
}
