//! Commands whose records are large, or larger than the metadata log takes.

use crate::client::Client;
use crate::site::Site;
use millstream_wire::message::k19_create_topics::{CreatableTopic, CreatableTopicConfig};
use millstream_wire::{
    CreateTopicsRequest, CreateTopicsResponse, ErrorCode, MetadataRequest, MetadataResponse,
};

/// Makes topics with two configurations of nearly 32 KiB each; gives their errors.
fn create_large(client: &mut Client, prefix: &str, count: usize) -> Vec<ErrorCode> {
    let value = vec!["0:1"; 32_700 / 4].join(",");
    let names: Vec<String> = (0..count).map(|index| format!("{prefix}-{index}")).collect();
    let config = |name| CreatableTopicConfig { name, value: Some(&value) };
    let topic = |name| CreatableTopic {
        name,
        num_partitions: 1,
        replication_factor: 1,
        configs: vec![
            config("leader.replication.throttled.replicas"),
            config("follower.replication.throttled.replicas"),
        ],
        ..CreatableTopic::default()
    };
    let topics = names.iter().map(|name| topic(name)).collect();
    let request = CreateTopicsRequest { topics, timeout_ms: 60_000, validate_only: false };
    let answer = client.ask(7, &request);
    let response: CreateTopicsResponse<'_> = answer.read();
    response.topics.iter().map(|topic| topic.error_code).collect()
}

fn names(client: &mut Client) -> Vec<String> {
    let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let answer = client.ask(9, &request);
    let response: MetadataResponse<'_> = answer.read();
    response.topics.iter().filter_map(|topic| topic.name.map(str::to_owned)).collect()
}

#[test]
fn a_command_that_the_log_does_not_take_leaves_nothing_behind() {
    let mut site = Site::new("large-commands", 1);
    let mut client = site.client();
    let errors = create_large(&mut client, "large", 60);
    assert!(errors.iter().all(|error| *error == ErrorCode::NONE), "{errors:?}");
    let errors = create_large(&mut client, "too-large", 1100);
    assert!(errors.iter().all(|error| *error != ErrorCode::NONE), "nothing of it was made");
    assert_eq!(names(&mut client).len(), 60, "nobody sees what is not in the log");
    client.create("after", 1, &[]);
    client = site.restart();
    let names = names(&mut client);
    assert_eq!(names.len(), 61);
    assert!(names.contains(&String::from("after")), "the log is sound, and goes on");
}
