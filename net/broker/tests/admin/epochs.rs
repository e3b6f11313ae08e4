//! OffsetForLeaderEpoch, and the producers that partitions remember.

use crate::client::Client;
use crate::site::{batch, batch_of, with_each_shard_count};
use millstream_base::{ProducerEpoch, ProducerId, Sequence};
use millstream_batch::Producer;
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::message::k23_offset_for_leader_epoch::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use millstream_wire::message::k61_describe_producers::{ProducerState, TopicRequest};
use millstream_wire::{
    DescribeProducersRequest, DescribeProducersResponse, ErrorCode, FetchRequest, FetchResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};

/// The error, the epoch, and where it ended.
type End = (ErrorCode, i32, i64);

fn ends(client: &mut Client, version: i16, asked: &[(i32, i32, i32)]) -> Vec<End> {
    let partition = |(partition, current_leader_epoch, leader_epoch): &(i32, i32, i32)| {
        OffsetForLeaderPartition {
            partition: *partition,
            current_leader_epoch: *current_leader_epoch,
            leader_epoch: *leader_epoch,
        }
    };
    let partitions = asked.iter().map(partition).collect();
    let topics = vec![OffsetForLeaderTopic { topic: "orders", partitions }];
    let request = OffsetForLeaderEpochRequest { replica_id: -1, topics };
    let answer = client.ask(version, &request);
    let response: OffsetForLeaderEpochResponse<'_> = answer.read();
    assert_eq!(response.topics[0].topic, "orders");
    let ends = response.topics[0].partitions.iter();
    ends.map(|end| (end.error_code, end.leader_epoch, end.end_offset)).collect()
}

#[test]
fn each_start_ends_an_epoch() {
    with_each_shard_count("epochs", |site| {
        let mut client = site.client();
        client.create("orders", 2, &[]);
        client.produce("orders", 1, &batch(&[1; 3]));
        let mut client = site.restart();
        client.produce("orders", 1, &batch(&[1; 4]));
        let none = ErrorCode::NONE;
        for version in 2..=4 {
            let asked = [
                (1, -1, 0),
                (1, 1, 1),
                (1, -1, 2),
                (1, 0, 0),
                (1, 2, 0),
                (1, -1, -1),
                (1, i32::MAX, i32::MIN),
                (2, -1, 0),
                (-1, -1, 0),
            ];
            let unknown = (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
            let expected = [
                (none, 0, 3),
                (none, 1, 7),
                (none, -1, -1),
                (ErrorCode::FENCED_LEADER_EPOCH, -1, -1),
                (ErrorCode::UNKNOWN_LEADER_EPOCH, -1, -1),
                (none, -1, -1),
                (ErrorCode::UNKNOWN_LEADER_EPOCH, -1, -1),
                unknown,
                unknown,
            ];
            assert_eq!(ends(&mut client, version, &asked), expected, "version {version}");
        }
        assert_eq!(ends(&mut client, 4, &[]), []);
        let mut client = site.restart();
        assert_eq!(ends(&mut client, 4, &[(1, 2, 1), (1, 2, 0)]), [(none, 1, 7), (none, 0, 3)]);
    });
}

#[test]
fn a_reader_is_told_where_its_log_parts_from_this_one() {
    with_each_shard_count("parting", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        client.produce("orders", 0, &batch(&[1; 3]));
        let mut client = site.restart();
        client.produce("orders", 0, &batch(&[1; 4]));
        let mut fetch = |last_fetched_epoch, fetch_offset| {
            let partition = FetchPartition {
                current_leader_epoch: -1,
                last_fetched_epoch,
                fetch_offset,
                partition_max_bytes: 1 << 20,
                ..FetchPartition::default()
            };
            let partitions = vec![partition];
            let topics = vec![FetchTopic { topic: "orders", partitions, ..Default::default() }];
            let request = FetchRequest {
                topics,
                max_bytes: 1 << 20,
                // Whoever must cut its log is told at once.
                max_wait_ms: i32::MAX,
                min_bytes: 1,
                session_epoch: -1,
                ..FetchRequest::default()
            };
            let answer = client.ask(12, &request);
            let response: FetchResponse<'_> = answer.read();
            let data = &response.responses[0].partitions[0];
            let parting = (data.diverging_epoch.epoch, data.diverging_epoch.end_offset);
            let has_records = data.records.borrowed().is_some_and(|records| !records.is_empty());
            (data.error_code, parting, has_records)
        };
        let none = ErrorCode::NONE;
        assert_eq!(fetch(-1, 0), (none, (-1, -1), true));
        assert_eq!(fetch(0, 3), (none, (-1, -1), true), "epoch 0 ends at 3");
        assert_eq!(fetch(0, 5), (none, (0, 3), false), "nothing of epoch 0 is behind 3");
        assert_eq!(fetch(1, 5), (none, (-1, -1), true));
        assert_eq!(fetch(9, 5), (ErrorCode::OFFSET_OUT_OF_RANGE, (-1, -1), false));
    });
}

fn producers(client: &mut Client, index: i32) -> Vec<ProducerState> {
    let topics = vec![TopicRequest { name: "orders", partition_indexes: vec![index] }];
    let answer = client.ask(0, &DescribeProducersRequest { topics });
    let mut response: DescribeProducersResponse<'_> = answer.read();
    response.topics.remove(0).partitions.remove(0).active_producers
}

#[test]
fn a_partition_remembers_its_producers() {
    with_each_shard_count("remembered", |site| {
        let mut client = site.client();
        client.create("orders", 2, &[]);
        let by = |id, epoch, sequence| Producer {
            id: ProducerId::new(id),
            epoch: ProducerEpoch::new(epoch),
            base_sequence: Sequence::new(sequence),
        };
        client.produce("orders", 0, &batch_of(Some(by(70, 0, 0)), &[1000, 2000]));
        client.produce("orders", 0, &batch_of(Some(by(70, 0, 2)), &[1500, 1600, 1700]));
        client.produce("orders", 0, &batch_of(Some(by(8, 3, 0)), &[5000]));
        client.produce("orders", 0, &batch(&[9000]));
        let state = |producer_id, producer_epoch, last_sequence, last_timestamp| ProducerState {
            producer_id,
            producer_epoch,
            last_sequence,
            last_timestamp,
            coordinator_epoch: -1,
            current_txn_start_offset: -1,
        };
        let expected = [state(8, 3, 0, 5000), state(70, 0, 4, 1700)];
        for _ in 0..2 {
            assert_eq!(producers(&mut client, 0), expected);
            assert_eq!(producers(&mut client, 1), []);
            client = site.restart();
        }
    });
}
