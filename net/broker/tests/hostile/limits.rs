//! How much may be held, for how long, and by how many; and that others do not notice.

use crate::peer::{Peer, Server};
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::message::k19_create_topics::CreatableTopic;
use millstream_wire::{
    CreateTopicsRequest, CreateTopicsResponse, ErrorCode, FetchRequest, FetchResponse,
    ProduceRequest, ProduceResponse, Records,
};

const MIB: u64 = 1 << 20;

fn create_topic(server: &Server, name: &str, partition_count: i32) {
    let topic = CreatableTopic {
        name,
        num_partitions: partition_count,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request = CreateTopicsRequest {
        topics: vec![topic],
        timeout_ms: 30_000,
        ..CreateTopicsRequest::default()
    };
    let (answer, version) = server.connect().ask(&request, 5).expect("an answer");
    let response: CreateTopicsResponse<'_> =
        millstream_wire::decode_response(&answer, version).expect("is understood").1;
    assert_eq!(response.topics[0].error_code, ErrorCode::NONE);
}

/// A batch of one record of so many bytes.
fn batch(value_bytes: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let value = vec![7; value_bytes];
    builder.append(Timestamp::new(1), None, Some(&value), &[]).expect("fits");
    builder.finish().expect("has a record").to_vec()
}

fn produce<'a>(name: &'a str, index: i32, batch: &'a [u8]) -> ProduceRequest<'a> {
    let data = PartitionProduceData { index, records: Records::Borrowed(batch) };
    let topic =
        TopicProduceData { name, partition_data: vec![data], ..TopicProduceData::default() };
    ProduceRequest { acks: 1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }
}

/// The error of the only partition.
fn produced(answer: &[u8]) -> ErrorCode {
    let response: ProduceResponse<'_> =
        millstream_wire::decode_response(answer, 9).expect("is understood").1;
    response.responses[0].partition_responses[0].error_code
}

/// As much of all partitions as there is.
fn fetch(topic: &str, partition_count: i32, bytes_max: i32) -> FetchRequest<'_> {
    let partition = |partition| FetchPartition {
        partition,
        fetch_offset: 0,
        current_leader_epoch: -1,
        partition_max_bytes: bytes_max,
        ..FetchPartition::default()
    };
    let partitions = (0..partition_count).map(partition).collect();
    let topic = FetchTopic { topic, partitions, ..FetchTopic::default() };
    FetchRequest {
        max_wait_ms: 100,
        min_bytes: 0,
        max_bytes: bytes_max,
        topics: vec![topic],
        session_epoch: -1,
        ..FetchRequest::default()
    }
}

/// Bytes of records in an answer.
fn fetched(answer: &[u8]) -> usize {
    let response: FetchResponse<'_> =
        millstream_wire::decode_response(answer, 11).expect("is understood").1;
    let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    partitions.map(|partition| partition.records.borrowed().map_or(0, <[u8]>::len)).sum()
}

/// Writes a record and reads it: somebody whom nothing disturbs.
fn assert_works(server: &Server, topic: &str) {
    let mut peer = server.connect();
    let batch = batch(100);
    let answer = peer.ask(&produce(topic, 0, &batch), 9).expect("an answer").0;
    assert_eq!(produced(&answer), ErrorCode::NONE);
    // Where memory is short an answer may have no records; the next one will.
    let mut fetched_bytes = 0;
    while fetched_bytes == 0 {
        fetched_bytes = fetched(&peer.ask(&fetch(topic, 1, 1000), 11).expect("an answer").0);
    }
}

#[test]
fn a_request_that_does_not_come_is_given_up_and_its_memory_freed() {
    let server = Server::start_with(&[("connections.max.idle.ms", "500")]);
    let mut peers: Vec<Peer> = (0..20).map(|_| server.connect()).collect();
    for peer in &mut peers {
        peer.write(&500_000_i32.to_be_bytes());
        peer.write(&[0; 100_000]);
    }
    for peer in &mut peers {
        assert!(peer.is_closed());
    }
    server.wait_until("connections_given_up_total", |count| count == 20);
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
    server.assert_serves();
}

#[test]
fn a_silent_connection_is_closed_when_it_is_idle_for_too_long() {
    let server = Server::start_with(&[("connections.max.idle.ms", "300")]);
    assert!(server.connect().is_closed());
    server.wait_until("connections", |count| count == 0);
    assert_eq!(server.number("connections_given_up_total"), 0);
}

#[test]
fn a_peer_that_takes_no_answers_is_ended_and_its_memory_freed() {
    let server = Server::start_with(&[("connections.max.idle.ms", "1000")]);
    create_topic(&server, "a", 1);
    let batch = batch(900_000);
    for _ in 0..10 {
        let answer = server.connect().ask(&produce("a", 0, &batch), 9).expect("an answer").0;
        assert_eq!(produced(&answer), ErrorCode::NONE);
    }
    let mut peer = server.connect();
    // Until the server has closed the connection; before that it stops reading, and this waits.
    while peer.tell(&fetch("a", 1, 10_000_000), 11) {}
    server.wait_until("connections", |count| count == 0);
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
    assert!(server.number("connections_held_up_total") > 0, "it was not read any more");
    server.assert_serves();
}

#[test]
fn answers_that_nobody_takes_stay_within_the_budget_and_disturb_nobody() {
    const BUDGET: u64 = 64 * MIB;
    let server = Server::start_with(&[("queued.max.request.bytes", &BUDGET.to_string())]);
    create_topic(&server, "a", 1);
    create_topic(&server, "b", 1);
    let batch = batch(900_000);
    for _ in 0..20 {
        let answer = server.connect().ask(&produce("a", 0, &batch), 9).expect("an answer").0;
        assert_eq!(produced(&answer), ErrorCode::NONE);
    }
    let mut peers: Vec<Peer> = (0..30).map(|_| server.connect()).collect();
    let mut held_bytes_max = 0;
    for _ in 0..20 {
        for peer in &mut peers {
            assert!(peer.tell(&fetch("a", 1, i32::MAX), 11));
        }
        held_bytes_max = held_bytes_max.max(server.number("request_memory_bytes"));
        assert_works(&server, "b");
    }
    assert!(held_bytes_max <= BUDGET + 2 * MIB, "{held_bytes_max} bytes");
    assert!(held_bytes_max > BUDGET / 4, "the server was put to the test: {held_bytes_max} bytes");
    // Whoever reads at last gets its answers, all of them whole.
    for peer in &mut peers {
        for _ in 0..20 {
            fetched(&peer.read_frame().expect("an answer"));
        }
    }
    drop(peers);
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
    assert_eq!(server.number("connections_shed_total"), 0);
}

#[test]
fn a_fetch_of_everything_of_very_many_partitions_is_bounded() {
    const PARTITION_COUNT: i32 = 2000;
    let server = Server::start_with(&[("fetch.max.bytes", "2000000")]);
    create_topic(&server, "a", PARTITION_COUNT);
    let batch = batch(100_000);
    let mut peer = server.connect();
    for index in 0..50 {
        let answer = peer.ask(&produce("a", index * 40, &batch), 9).expect("an answer").0;
        assert_eq!(produced(&answer), ErrorCode::NONE);
    }
    let answer = peer.ask(&fetch("a", PARTITION_COUNT, i32::MAX), 11).expect("an answer").0;
    let fetched_bytes = fetched(&answer);
    assert!((1_000_000..=2_000_000).contains(&fetched_bytes), "{fetched_bytes} bytes");
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
}

#[test]
fn large_requests_of_many_all_come_through_a_small_budget() {
    const BUDGET: u64 = 4 * MIB;
    let server = Server::start_with(&[("queued.max.request.bytes", &BUDGET.to_string())]);
    create_topic(&server, "a", 4);
    create_topic(&server, "b", 1);
    let batch = batch(900_000);
    let mut peers: Vec<Peer> = (0..40).map(|_| server.connect()).collect();
    std::thread::scope(|scope| {
        for (index, peer) in (0..).zip(&mut peers) {
            let batch = &batch;
            let work = move || {
                for _ in 0..3 {
                    let request = produce("a", index % 4, batch);
                    let answer = peer.ask(&request, 9).expect("an answer").0;
                    assert_eq!(produced(&answer), ErrorCode::NONE);
                }
            };
            let thread = std::thread::Builder::new().spawn_scoped(scope, work);
            drop(thread.expect("a thread"));
        }
        for _ in 0..20 {
            let held_bytes = server.number("request_memory_bytes");
            // A request of any size on each shard, and a small part of each.
            assert!(held_bytes <= BUDGET + 4 * MIB, "{held_bytes} bytes");
            assert_works(&server, "b");
        }
    });
    drop(peers);
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
    assert_eq!(server.number("connections_shed_total"), 0);
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once_and_counted() {
    let server = Server::start_with(&[("max.connections", "3")]);
    let mut seated: Vec<Peer> = (0..3).map(|_| server.connect()).collect();
    for peer in &mut seated {
        assert!(peer.is_served());
    }
    for _ in 0..10 {
        assert!(server.connect().is_closed());
    }
    assert_eq!(server.number("connections_turned_away_total"), 10);
    for peer in &mut seated {
        assert!(peer.is_served(), "others do not notice");
    }
    drop(seated.pop());
    server.wait_until("connections", |count| count == 2);
    while !server.connect().is_served() {}
}

#[test]
fn connections_of_one_address_beyond_its_limit_are_closed() {
    let server = Server::start_with(&[("max.connections.per.ip", "2")]);
    let mut seated = [server.connect(), server.connect()];
    assert!(seated.iter_mut().all(Peer::is_served));
    assert!(server.connect().is_closed() && server.connect().is_closed());
    assert_eq!(server.number("connections_turned_away_total"), 2);
    drop(seated);
    server.wait_until("connections", |count| count == 0);
    // It may be a moment longer until the address is free on the shard that counts it.
    while !server.connect().is_served() {}
}

#[test]
fn a_flood_of_connections_with_a_few_bytes_each_holds_little() {
    let server = Server::start();
    let mut peers: Vec<Peer> = (0..400).map(|_| server.connect()).collect();
    for (index, peer) in peers.iter_mut().enumerate() {
        // Lengths that promise the most, and hardly anything behind.
        peer.write(&1_000_000_i32.to_be_bytes());
        peer.write(&vec![0; index % 50]);
    }
    server.assert_serves();
    server.wait_until("connections", |count| count >= 400);
    assert!(server.number("request_memory_bytes") < 400 * 50);
    drop(peers);
    server.wait_until("connections", |count| count == 0);
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
}
