//! DescribeTopicPartitions, page by page.

use crate::client::Client;
use crate::site::with_each_shard_count;
use millstream_wire::message::k75_describe_topic_partitions::{Cursor, TopicRequest};
use millstream_wire::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, ErrorCode};

type Topic = (String, ErrorCode, Vec<i32>);
type Page = (Vec<Topic>, Option<(String, i32)>);

fn page(client: &mut Client, topics: &[&str], limit: i32, cursor: Option<(&str, i32)>) -> Page {
    let request = DescribeTopicPartitionsRequest {
        topics: topics.iter().map(|name| TopicRequest { name }).collect(),
        response_partition_limit: limit,
        cursor: cursor.map(|(topic_name, partition_index)| Cursor { topic_name, partition_index }),
    };
    let answer = client.ask(0, &request);
    let response: DescribeTopicPartitionsResponse<'_> = answer.read();
    let topics = response.topics.iter().map(|topic| {
        let name = topic.name.expect("has a name").to_owned();
        let partitions = topic.partitions.iter();
        (name, topic.error_code, partitions.map(|partition| partition.partition_index).collect())
    });
    let cursor = response.next_cursor.as_ref();
    let cursor = cursor.map(|cursor| (cursor.topic_name.to_owned(), cursor.partition_index));
    (topics.collect(), cursor)
}

fn whole(name: &str, indexes: std::ops::Range<i32>) -> Topic {
    (name.to_owned(), ErrorCode::NONE, indexes.collect())
}

fn names_and_indexes((name, _, indexes): &Topic) -> Vec<(String, i32)> {
    indexes.iter().map(|index| (name.clone(), *index)).collect()
}

#[test]
fn pages_give_each_partition_once() {
    with_each_shard_count("pages", |site| {
        let mut client = site.client();
        client.create("b", 3, &[]);
        client.create("a", 2, &[]);
        client.create("c", 5, &[]);
        let all = [whole("a", 0..2), whole("b", 0..3), whole("c", 0..5)];
        assert_eq!(page(&mut client, &[], 2000, None), (all.to_vec(), None));
        assert_eq!(page(&mut client, &["c", "a", "b", "a"], i32::MAX, None), (all.to_vec(), None));
        for limit in [i32::MIN, 0, 1, 2, 3, 4, 9, 10] {
            for topics in [&[][..], &["a", "b", "c"]] {
                let mut found = Vec::new();
                let mut cursor: Option<(String, i32)> = None;
                loop {
                    let from = cursor.as_ref().map(|(name, index)| (name.as_str(), *index));
                    let (topics, next) = page(&mut client, topics, limit, from);
                    let indexes = topics.iter().flat_map(names_and_indexes);
                    let before = found.len();
                    found.extend(indexes);
                    let size = usize::try_from(limit).unwrap_or(0).max(1);
                    assert!((1..=size).contains(&(found.len() - before)), "limit {limit}");
                    match next {
                        Some(next) => cursor = Some(next),
                        None => break,
                    }
                }
                let expected = all.iter().flat_map(|(name, _, indexes)| {
                    indexes.iter().map(move |index| (name.clone(), *index))
                });
                assert!(found.iter().cloned().eq(expected), "limit {limit}: {found:?}");
            }
        }
    });
}

#[test]
fn a_page_begins_at_its_cursor() {
    with_each_shard_count("cursors", |site| {
        let mut client = site.client();
        client.create("a", 2, &[]);
        client.create("c", 5, &[]);
        let got = page(&mut client, &[], 2, Some(("c", 1)));
        assert_eq!(got, (vec![whole("c", 1..3)], Some(("c".to_owned(), 3))));
        // The topic of the cursor is gone.
        let got = page(&mut client, &[], 9, Some(("b", 1)));
        assert_eq!(got, (vec![whole("c", 0..5)], None));
        let got = page(&mut client, &[], 9, Some(("c", i32::MAX)));
        assert_eq!(got.1, None);
        assert!(got.0.iter().all(|(_, _, indexes)| indexes.is_empty()));
        assert_eq!(page(&mut client, &[], 9, Some(("d", 0))), (Vec::new(), None));
        let (refused, _) = page(&mut client, &["a"], 9, Some(("a", -1)));
        assert_eq!(refused[0].1, ErrorCode::INVALID_REQUEST);
        let (unknown, _) = page(&mut client, &["nobody", "a", "not a name"], 9, None);
        let errors: Vec<_> =
            unknown.iter().map(|(name, error, _)| (name.as_str(), *error)).collect();
        let expected = [
            ("a", ErrorCode::NONE),
            ("nobody", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            ("not a name", ErrorCode::INVALID_TOPIC_EXCEPTION),
        ];
        assert_eq!(errors, expected);
    });
}
