//! Producing and fetching take no allocation per record: as many for a thousand records as for one.

#![forbid(unsafe_code)]

#[path = "harness/mod.rs"]
mod harness;

use harness::{Broker, Client};
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{FetchRequest, FetchResponse};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests that are counted, and before them as many that are not.
const REQUEST_COUNT: usize = 200;
const MANY: usize = 1000;
/// Bytes of the values of a batch, whatever the number of records: both kinds come and go in as
/// many pieces.
const VALUES_BYTES: usize = 100_000;

/// A batch of so many records.
fn batch(record_count: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let value = vec![9; VALUES_BYTES / record_count];
    for _ in 0..record_count {
        builder.append(Timestamp::new(7), None, Some(&value), &[]).expect("fits");
    }
    builder.finish().expect("fits").to_vec()
}

fn fetch(client: &mut Client, topic: &str, fetch_offset: usize) {
    let partition = FetchPartition {
        partition: 0,
        current_leader_epoch: -1,
        fetch_offset: i64::try_from(fetch_offset).expect("small"),
        partition_max_bytes: 1,
        ..FetchPartition::default()
    };
    let topic = FetchTopic { topic, partitions: vec![partition], ..FetchTopic::default() };
    let request = FetchRequest {
        max_bytes: i32::MAX,
        min_bytes: 1,
        max_wait_ms: 1000,
        topics: vec![topic],
        session_epoch: -1,
        ..FetchRequest::default()
    };
    let response: FetchResponse<'_> = client.ask(&request, 12);
    let records = response.responses[0].partitions[0].records.borrowed().expect("records");
    assert!(records.len() >= VALUES_BYTES, "{} bytes", records.len());
}

/// What each call took of the allocator, on average over many, in this process: client and broker.
fn allocations(mut call: impl FnMut(usize)) -> usize {
    (0..REQUEST_COUNT).for_each(&mut call);
    let region = Region::new(ALLOCATOR);
    (REQUEST_COUNT..2 * REQUEST_COUNT).for_each(&mut call);
    let change = region.change();
    (change.allocations + change.reallocations) / REQUEST_COUNT
}

/// One test, since it counts for the whole process.
#[test]
fn a_thousand_records_take_as_many_allocations_as_one() {
    let broker = Broker::start_with("allocations", 1, &[]);
    let mut client = Client::of(&broker);
    let [(one_produced, one_fetched), (many_produced, many_fetched)] = [1, MANY].map(|count| {
        let (topic, batch) = (format!("records-{count}"), batch(count));
        client.create(&topic, 1);
        let produced = allocations(|_| {
            client.produce(&topic, &batch);
        });
        let fetched = allocations(|index| fetch(&mut client, &topic, index * count));
        (produced, fetched)
    });
    // Pieces come as the kernel has them, and the background has its own; a thousand would show.
    let margin = MANY / 20;
    assert!(many_produced <= one_produced + margin, "produce {one_produced} → {many_produced}");
    assert!(many_fetched <= one_fetched + margin, "fetch {one_fetched} → {many_fetched}");
    println!("produce {one_produced} → {many_produced}, fetch {one_fetched} → {many_fetched}");
}
