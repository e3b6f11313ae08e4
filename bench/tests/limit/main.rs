//! `millstream-bench limit serve`, from outside.
#![forbid(unsafe_code)]

mod site;

use millstream_batch::{CheckOptions, Origin, split_first};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::message::k03_metadata::MetadataRequestTopic;
use millstream_wire::message::k19_create_topics::CreatableTopic;
use millstream_wire::{
    ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    FetchRequest, FetchResponse, MetadataRequest, MetadataResponse, ProduceResponse,
};
use site::{Folder, PRODUCE_VERSION, Served, TOPIC, frame, produce, program, read};

/// Sizes at which a request ends within a receive buffer, at its edge, and beyond a block.
const SIZES: [usize; 6] = [1, 100, 4096, 16 << 10, 100_000, 1 << 20];

fn produces(more: &[&str], name: &str) {
    let folder = Folder::new(name);
    let served = Served::start(&folder, more);
    let mut clients: Vec<_> = (0..4).map(|_| served.connect()).collect();
    for (round, size) in SIZES.iter().cycle().take(30).enumerate() {
        let id = i32::try_from(round).expect("few rounds");
        for client in &mut clients {
            client.send(&produce(id, 3, *size));
            client.send(&produce(id + 1000, id, *size));
        }
        for client in &mut clients {
            for (expected_id, expected_index) in [(id, 3), (id + 1000, id)] {
                let answer = client.receive();
                let (got_id, response): (_, ProduceResponse<'_>) = read(&answer, PRODUCE_VERSION);
                let partition = &response.responses[0].partition_responses[0];
                let got = (got_id, partition.index, partition.error_code.0);
                assert_eq!(got, (expected_id, expected_index, 0));
            }
        }
    }
    assert_eq!(folder.entry_count(), 1, "its files are in a folder of their own");
    assert_eq!(served.end("TERM"), Some(0));
    assert_eq!(folder.entry_count(), 0, "nothing is left behind");
}

#[test]
fn what_is_produced_is_answered_in_order() {
    produces(&[], "produce");
}

#[test]
fn a_second_write_and_no_durability_answer_the_same() {
    produces(&["--second-write"], "second");
    produces(&["--relaxed"], "relaxed");
}

#[test]
fn a_load_finds_what_it_needs_to_begin() {
    let folder = Folder::new("begin");
    let served = Served::start(&folder, &[]);
    let mut client = served.connect();
    client.send(&frame(7, 3, &ApiVersionsRequest::default()));
    let answer = client.receive();
    let (id, versions): (_, ApiVersionsResponse<'_>) = read(&answer, 3);
    assert_eq!((id, versions.api_keys.len()), (7, 7));

    let topic = CreatableTopic { name: TOPIC, num_partitions: 5, ..CreatableTopic::default() };
    let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
    client.send(&frame(8, 7, &request));
    let answer = client.receive();
    let (_, created): (_, CreateTopicsResponse<'_>) = read(&answer, 7);
    let topic_id = created.topics[0].topic_id;

    let asked = MetadataRequestTopic { name: Some(TOPIC), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![asked]), ..MetadataRequest::default() };
    client.send(&frame(9, 12, &request));
    let answer = client.receive();
    let (_, metadata): (_, MetadataResponse<'_>) = read(&answer, 12);
    assert_eq!(metadata.topics[0].partitions.len(), 5);
    assert_eq!(metadata.topics[0].topic_id, topic_id);
    assert_eq!(served.end("INT"), Some(0));
    assert_eq!(folder.entry_count(), 0);
}

#[test]
fn a_fetch_gets_whole_batches_from_where_it_stands() {
    let folder = Folder::new("fetch");
    let served = Served::start(&folder, &[]);
    let mut client = served.connect();
    let mut next_offset = 0;
    for round in 0..50 {
        let partition = FetchPartition {
            partition: 2,
            fetch_offset: next_offset,
            partition_max_bytes: 1 << 20,
            ..FetchPartition::default()
        };
        let topic =
            FetchTopic { topic: TOPIC, partitions: vec![partition], ..FetchTopic::default() };
        let request = FetchRequest { topics: vec![topic], ..FetchRequest::default() };
        client.send(&frame(round, 12, &request));
        let answer = client.receive();
        let (id, response): (_, FetchResponse<'_>) = read(&answer, 12);
        assert_eq!(id, round);
        let mut rest = response.responses[0].partitions[0].records.borrowed().expect("records");
        assert!(!rest.is_empty() && rest.len() <= 1 << 20, "{} bytes", rest.len());
        while !rest.is_empty() {
            let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Log };
            let split = split_first(rest, options).expect("sound batches");
            let (batch, behind) = split.expect("not empty");
            let base_offset = batch.base_offset().get();
            assert!(base_offset == next_offset || base_offset == 0, "all is one round");
            next_offset = batch.next_offset().get();
            rest = behind;
        }
    }
    assert_eq!(served.end("TERM"), Some(0));
}

#[test]
fn what_is_not_served_ends_its_connection_and_no_other() {
    let folder = Folder::new("hostile");
    let served = Served::start(&folder, &[]);
    let mut good = served.connect();
    let hostile: [&[u8]; 5] = [
        b"\xff\xff\xff\xff\x00\x00",
        b"\x7f\xff\xff\xff\x00\x00",
        b"\x00\x00\x00\x02\x00\x00",
        b"\x00\x00\x00\x0c\x00\x0b\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00",
        b"GET / HTTP/1.1\r\n\r\n",
    ];
    for bytes in hostile {
        let mut bad = served.connect();
        bad.send(bytes);
        assert_eq!(bad.receive(), [], "{bytes:?}");
    }
    good.send(&produce(1, 0, 100));
    assert!(!good.receive().is_empty());
    assert_eq!(served.end("TERM"), Some(0));
}

#[test]
fn a_directory_that_cannot_be_used_is_said() {
    let output = program()
        .args(["limit", "serve", "--listen", "127.0.0.1:0", "--dir", "/nowhere/at/all"])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("/nowhere/at/all cannot be used"), "{said}");
}
