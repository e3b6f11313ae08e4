//! A node on a disk that becomes full: whoever asks for something to be kept is refused at once,
//! what frees the disk is done, and everything goes on when there is room.

use crate::fuzzing::{ask, exchange, frame, frames, node_options};
use crate::node::Single;
use bytes::Bytes;
use millstream_base::{ShardId, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions};
use millstream_io::sim::{Disk, World, WorldOptions};
use millstream_io::{Io, Priority, Task};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::message::k19_create_topics::CreatableTopic;
use millstream_wire::message::k21_delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use millstream_wire::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteRecordsRequest, DeleteRecordsResponse,
    ErrorCode, ProduceRequest, ProduceResponse, Records, decode_response,
};
use std::net::SocketAddr;
use std::time::Duration;

/// What the disk still takes when all begin.
const LEFT_BYTES: u64 = 24 << 20;
const BATCH_BYTES: usize = 64 << 10;
/// More under way than the journal has room for, so that some wait for it when the disk is full:
/// each client sends so many requests at once, to a partition of its own.
const CLIENT_COUNT: usize = 32;
const UNDER_WAY_COUNT: usize = 60;
/// In some of them a command waits when the disk becomes full.
const SEED_COUNT: u64 = 6;

#[test]
fn who_asks_a_full_disk_is_refused_and_deleting_is_done() {
    for seed in 0..SEED_COUNT {
        let options = WorldOptions {
            buffers_bytes_max: 512 << 20,
            disk_latency_min: Duration::from_millis(5),
            disk_latency_max: Duration::from_millis(40),
            ..WorldOptions::default()
        };
        let mut world = World::new(seed, options);
        let node = world.node("broker");
        let disk = world.disk(node);
        let talk = world.start(node, ShardId::new(0), |io| talk(io, disk));
        world.run(&talk).expect("nobody waits for ever");
    }
}

async fn talk(io: Io, disk: Disk) {
    let settings = [("connections.max.idle.ms", 600_000)];
    let node = Single::start(io.clone(), node_options(&settings)).await.expect("an empty disk");
    let address = node.address();
    assert_eq!(create(&io, address, "t").await, ErrorCode::NONE);
    assert!(!node.report().is_disk_full);
    disk.set_capacity_bytes(disk.used_bytes() + LEFT_BYTES);

    let refused = |until: fn(Io, SocketAddr, usize) -> Asking| {
        let io = io.clone();
        move |client| io.spawn(Priority::Foreground, until(io.clone(), address, client))
    };
    let producing: Vec<Task<()>> = (0..CLIENT_COUNT)
        .map(refused(|io, address, client| Box::pin(fill(io, address, client))))
        .collect();
    let creating: Vec<Task<()>> = (0..16)
        .map(refused(|io, address, client| Box::pin(create_many(io, address, client))))
        .collect();
    for task in producing.into_iter().chain(creating) {
        task.await;
    }
    assert!(node.report().is_disk_full);
    assert_eq!(delete(&io, address).await, ErrorCode::NONE);

    disk.set_capacity_bytes(u64::MAX);
    let mut waits = 0;
    while produce(&io, address, 0, 1).await != [ErrorCode::NONE] {
        io.sleep(Duration::from_secs(1)).await;
        waits += 1;
        assert!(waits < 100, "there is room again");
    }
    assert!(!node.report().is_disk_full);
    assert_eq!(create(&io, address, "afterwards").await, ErrorCode::NONE);
    node.stop().await.expect("ends well");
}

type Asking = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Appends until that is refused.
async fn fill(io: Io, address: SocketAddr, client: usize) {
    loop {
        let answers = produce(&io, address, client, UNDER_WAY_COUNT).await;
        assert_eq!(answers.len(), UNDER_WAY_COUNT, "each has an answer");
        if let Some(refused) = answers.into_iter().find(|code| *code != ErrorCode::NONE) {
            return assert_eq!(refused, ErrorCode::KAFKA_STORAGE_ERROR);
        }
    }
}

/// Makes topics until that is refused.
async fn create_many(io: Io, address: SocketAddr, client: usize) {
    for number in 0.. {
        match create(&io, address, &format!("t-{client}-{number}")).await {
            ErrorCode::NONE => {}
            refused => return assert_eq!(refused, ErrorCode::KAFKA_STORAGE_ERROR),
        }
    }
}

async fn create(io: &Io, address: SocketAddr, name: &str) -> ErrorCode {
    let topic = CreatableTopic {
        name,
        num_partitions: if name == "t" { partition(CLIENT_COUNT) } else { 1 },
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let create = CreateTopicsRequest {
        topics: vec![topic],
        timeout_ms: 600_000,
        ..CreateTopicsRequest::default()
    };
    let answer = ask(io, address, &create, 7).await;
    let (_, response): (_, CreateTopicsResponse<'_>) = decode_response(&answer, 7).expect("sound");
    response.topics[0].error_code
}

fn partition(client: usize) -> i32 {
    i32::try_from(client).expect("a few")
}

/// Sends so many at once, and gives what became of each.
async fn produce(io: &Io, address: SocketAddr, client: usize, count: usize) -> Vec<ErrorCode> {
    let batch = batch();
    let records = Records::Borrowed(&batch);
    let topic = TopicProduceData {
        name: "t",
        partition_data: vec![PartitionProduceData { index: partition(client), records }],
        ..TopicProduceData::default()
    };
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 600_000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    };
    let requests = Bytes::from(frame(&request, 9).repeat(count));
    let answers = frames(exchange(io, address, requests).await);
    let code = |answer: &Bytes| {
        let (_, response): (_, ProduceResponse<'_>) = decode_response(answer, 9).expect("sound");
        response.responses[0].partition_responses[0].error_code
    };
    answers.iter().map(code).collect()
}

fn batch() -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(1), None, Some(&[7; BATCH_BYTES]), &[]).expect("fits");
    Bytes::copy_from_slice(builder.finish().expect("fits"))
}

async fn delete(io: &Io, address: SocketAddr) -> ErrorCode {
    let partition = DeleteRecordsPartition { partition_index: 0, offset: -1 };
    let topic = DeleteRecordsTopic { name: "t", partitions: vec![partition] };
    let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 600_000 };
    let answer = ask(io, address, &request, 2).await;
    let (_, response): (_, DeleteRecordsResponse<'_>) = decode_response(&answer, 2).expect("sound");
    response.topics[0].partitions[0].error_code
}
