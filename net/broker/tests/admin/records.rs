//! DeleteRecords and DescribeLogDirs.

use crate::client::Client;
use crate::site::{batch, with_each_shard_count};
use crate::times::offset;
use millstream_wire::message::k21_delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use millstream_wire::message::k35_describe_log_dirs::DescribableLogDirTopic;
use millstream_wire::{
    DeleteRecordsRequest, DeleteRecordsResponse, DescribeLogDirsRequest, DescribeLogDirsResponse,
    ErrorCode,
};

pub(crate) fn delete(
    client: &mut Client,
    version: i16,
    topic: &str,
    asked: &[(i32, i64)],
) -> Vec<(i64, ErrorCode)> {
    let partition = |(partition_index, offset): &(i32, i64)| DeleteRecordsPartition {
        partition_index: *partition_index,
        offset: *offset,
    };
    let partitions = asked.iter().map(partition).collect();
    let topics = vec![DeleteRecordsTopic { name: topic, partitions }];
    let answer = client.ask(version, &DeleteRecordsRequest { topics, timeout_ms: 1000 });
    let response: DeleteRecordsResponse<'_> = answer.read();
    assert_eq!((response.topics.len(), response.topics[0].name), (1, topic));
    let partitions = &response.topics[0].partitions;
    let indexes = partitions.iter().map(|partition| partition.partition_index);
    assert!(indexes.eq(asked.iter().map(|(index, _)| *index)), "{partitions:?}");
    partitions.iter().map(|partition| (partition.low_watermark, partition.error_code)).collect()
}

#[test]
fn a_log_s_beginning_moves_and_stays_moved() {
    with_each_shard_count("delete-records", |site| {
        let mut client = site.client();
        client.create("orders", 2, &[]);
        client.produce("orders", 0, &batch(&[1; 10]));
        for (version, until) in [(0, 3), (1, 5), (2, 6)] {
            let got = delete(&mut client, version, "orders", &[(0, until)]);
            assert_eq!(got, [(until, ErrorCode::NONE)]);
            assert_eq!(offset(&mut client, 1, "orders", -2).0, until);
        }
        let mut client = site.restart();
        assert_eq!(offset(&mut client, 1, "orders", -2).0, 6);
        let none = ErrorCode::NONE;
        let beyond = (-1, ErrorCode::OFFSET_OUT_OF_RANGE);
        let unknown = (-1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let got = delete(
            &mut client,
            2,
            "orders",
            &[(0, 2), (0, 11), (0, i64::MAX), (0, -2), (0, i64::MIN), (1, -1), (2, 0), (-1, 0)],
        );
        assert_eq!(got, [(6, none), beyond, beyond, beyond, beyond, (0, none), unknown, unknown]);
        assert_eq!(delete(&mut client, 2, "nobody", &[(0, 0)]), [unknown]);
        assert_eq!(delete(&mut client, 2, "orders", &[(0, -1)]), [(10, none)]);
        assert!(delete(&mut client, 0, "orders", &[]).is_empty());
        assert_eq!(client.produce("orders", 0, &batch(&[1])), 10, "offsets go on");
        let empty = client.ask(1, &DeleteRecordsRequest::default());
        assert!(empty.read::<DeleteRecordsResponse<'_>>().topics.is_empty());
    });
}

/// What was acknowledged can be deleted, also where that came before it was stable.
#[test]
fn a_relaxed_log_loses_what_it_has_just_acknowledged() {
    with_each_shard_count("delete-relaxed", |site| {
        let mut client = site.client();
        client.create("fast", 1, &[("flush.messages", "1000000"), ("flush.ms", "3600000")]);
        for round in 1..50 {
            client.produce("fast", 0, &batch(&[1; 10]));
            let until = if round % 2 == 0 { -1 } else { round * 10 };
            let got = delete(&mut client, 2, "fast", &[(0, until)]);
            assert_eq!(got, [(round * 10, ErrorCode::NONE)]);
        }
    });
}

#[test]
fn a_log_that_is_only_compacted_keeps_its_beginning() {
    with_each_shard_count("delete-compacted", |site| {
        let mut client = site.client();
        client.create("keys", 1, &[("cleanup.policy", "compact")]);
        client.create("both", 1, &[("cleanup.policy", "compact,delete")]);
        for topic in ["keys", "both"] {
            client.produce(topic, 0, &batch(&[1; 10]));
        }
        let refused = [(-1, ErrorCode::POLICY_VIOLATION)];
        assert_eq!(delete(&mut client, 2, "keys", &[(0, -1)]), refused);
        assert_eq!(offset(&mut client, 1, "keys", -2).0, 0);
        assert_eq!(delete(&mut client, 2, "both", &[(0, -1)]), [(10, ErrorCode::NONE)]);
    });
}

#[test]
fn partitions_of_all_shards_lie_in_one_directory() {
    with_each_shard_count("log-dirs", |site| {
        let mut client = site.client();
        client.create("orders", 5, &[]);
        client.create("others", 1, &[]);
        for index in 0..5 {
            client.produce("orders", index, &batch(&[1; 10]));
        }
        // On their way to segment files, and then in them.
        let is_told = |client: &mut Client| {
            let answer = client.ask(5, &DescribeLogDirsRequest { topics: None });
            let response: DescribeLogDirsResponse<'_> = answer.read();
            let topics = response.results[0].topics.iter();
            let mut orders = topics.filter(|topic| topic.name == "orders");
            let orders = orders.next().expect("it is there");
            let volume = &response.results[0];
            assert!(volume.usable_bytes > 0 && volume.usable_bytes <= volume.total_bytes);
            orders.partitions.iter().all(|partition| partition.partition_size >= 1000)
        };
        assert!(is_told(&mut client));
        let mut client = site.restart();
        let data = site.0.data().to_str().expect("text").to_owned();
        for version in 1..=5 {
            let some = |topic, partitions| DescribableLogDirTopic { topic, partitions };
            let some = vec![
                some("orders", vec![4, 0, 0, 9, -1, i32::MAX]),
                some("nobody", vec![0]),
                some("others", Vec::new()),
            ];
            let asked = [(None, 6), (Some(some), 2), (Some(Vec::new()), 0)];
            for (topics, expected) in asked {
                let answer = client.ask(version, &DescribeLogDirsRequest { topics });
                let response: DescribeLogDirsResponse<'_> = answer.read();
                assert_eq!(response.error_code, ErrorCode::NONE);
                let [directory] = &response.results[..] else { panic!("{response:?}") };
                assert_eq!(directory.log_dir, data);
                let partitions = directory.topics.iter().flat_map(|topic| &topic.partitions);
                assert_eq!(partitions.count(), expected, "version {version}");
                let orders = directory.topics.iter().find(|topic| topic.name == "orders");
                let sizes = orders.into_iter().flat_map(|topic| &topic.partitions);
                for partition in sizes {
                    assert!(partition.partition_size >= 1000, "{partition:?}");
                    assert!(!partition.is_future_key && partition.offset_lag == 0);
                }
            }
        }
    });
}

#[test]
fn a_long_list_is_answered_in_its_order() {
    with_each_shard_count("delete-many", |site| {
        let mut client = site.client();
        client.create("orders", 7, &[]);
        for index in 0..7 {
            client.produce("orders", index, &batch(&[1; 3]));
        }
        // Every eighth is of a partition that is not there.
        let asked: Vec<(i32, i64)> = (0..20_000).map(|number| (number % 8, 2)).collect();
        let got = delete(&mut client, 2, "orders", &asked);
        for ((index, _), got) in asked.iter().zip(got) {
            let unknown = (-1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            assert_eq!(got, if *index == 7 { unknown } else { (2, ErrorCode::NONE) });
        }
    });
}
