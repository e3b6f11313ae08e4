//! A consumer that comes late reads every batch from segments, once and in order, whatever it asks
//! for at once, and whoever reads beside it.

use crate::harness::{Broker, Client};
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions, HeaderView};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{ErrorCode, FetchRequest, FetchResponse};

const TOPIC: &str = "old";
/// Together more than the shards keep in memory.
const BATCH_COUNT: i64 = 400;
const VALUE_BYTES: usize = 250_000;

fn fill(client: &mut Client) {
    client.create(TOPIC, 1);
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(7), None, Some(&[9; VALUE_BYTES]), &[]).expect("fits");
    let batch = builder.finish().expect("fits").to_vec();
    for offset in 0..BATCH_COUNT {
        assert_eq!(client.produce(TOPIC, &batch), offset);
    }
}

/// Where the next fetch goes on.
fn fetch(client: &mut Client, fetch_offset: i64, bytes_max: i32) -> i64 {
    let partition = FetchPartition {
        partition: 0,
        current_leader_epoch: -1,
        fetch_offset,
        partition_max_bytes: bytes_max,
        ..FetchPartition::default()
    };
    let topic = FetchTopic { topic: TOPIC, partitions: vec![partition], ..FetchTopic::default() };
    let request = FetchRequest {
        max_bytes: i32::MAX,
        min_bytes: 1,
        topics: vec![topic],
        session_epoch: -1,
        ..FetchRequest::default()
    };
    let response: FetchResponse<'_> = client.ask(&request, 12);
    let partition = &response.responses[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::NONE);
    let mut rest = partition.records.borrowed().expect("records");
    let mut offset = fetch_offset;
    while !rest.is_empty() {
        let header = HeaderView::new(rest).expect("whole batches");
        assert_eq!(header.base_offset().get(), offset, "no batch twice, none left out");
        rest = &rest[header.batch_bytes().expect("whole batches")..];
        offset += 1;
    }
    offset
}

#[test]
fn a_late_consumer_gets_every_batch_once_and_in_order() {
    let mut broker = Broker::start_with("old-batches", 2, &[("message.max.bytes", "1048588")]);
    fill(&mut Client::of(&broker));
    let mut readers = [1 << 20, 300_000, 1].map(|bytes_max| (Client::of(&broker), 0, bytes_max));
    while readers.iter().any(|(_, offset, _)| *offset < BATCH_COUNT) {
        for (client, offset, bytes_max) in &mut readers {
            if *offset < BATCH_COUNT {
                *offset = fetch(client, *offset, *bytes_max);
            }
        }
    }
    broker.restart();
    let mut jumping = Client::of(&broker);
    for offset in [300, 10, 11, 12, 200, 13, 14, 399] {
        assert!(fetch(&mut jumping, offset, 1 << 20) > offset);
    }
}
