//! The program under test, and what it leaves at a broker.

use crate::harness::ask;
use millstream_batch::{CheckOptions, DecompressLimit, HeaderView, Origin, Record, Scratch, check};
use millstream_site::Broker;
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{
    FetchRequest, FetchResponse, ListGroupsRequest, ListGroupsResponse, MetadataRequest,
    MetadataResponse, decode_response,
};
use std::process::{Child, Command, Output, Stdio};

/// The topics that a broker has.
pub(crate) fn topics(broker: &Broker) -> Vec<String> {
    const VERSION: i16 = 9;
    let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let frame = ask(broker.address(), &request, VERSION);
    let (_, response) = decode_response::<MetadataResponse<'_>>(&frame, VERSION).expect("Metadata");
    response.topics.iter().filter_map(|topic| topic.name.map(str::to_owned)).collect()
}

/// The groups that a broker keeps.
pub(crate) fn groups(broker: &Broker) -> Vec<String> {
    const VERSION: i16 = 4;
    let frame = ask(broker.address(), &ListGroupsRequest::default(), VERSION);
    let (_, response) =
        decode_response::<ListGroupsResponse<'_>>(&frame, VERSION).expect("ListGroups");
    response.groups.iter().map(|group| group.group_id.to_owned()).collect()
}

/// The keys of the records at the beginning of a partition.
pub(crate) fn keys(broker: &Broker, topic: &str, partition: i32) -> Vec<Vec<u8>> {
    const VERSION: i16 = 12;
    let partition_max_bytes = 1 << 20;
    let partition = FetchPartition { partition, partition_max_bytes, ..Default::default() };
    let topic = FetchTopic { topic, partitions: vec![partition], ..FetchTopic::default() };
    let max_bytes = partition_max_bytes;
    let request = FetchRequest { max_bytes, topics: vec![topic], ..FetchRequest::default() };
    let frame = ask(broker.address(), &request, VERSION);
    let (_, response) = decode_response::<FetchResponse<'_>>(&frame, VERSION).expect("Fetch");
    let answer = &response.responses[0].partitions[0];
    assert!(answer.error_code.is_none(), "{}", answer.error_code);
    let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Log };
    let mut rest = answer.records.borrowed().unwrap_or_default();
    let mut keys = Vec::new();
    while let Ok(bytes) = HeaderView::new(rest).and_then(|header| header.batch_bytes()) {
        let Some((batch, behind)) = rest.split_at_checked(bytes) else { break };
        let batch = check(batch, options).expect("a good batch");
        let mut scratch = Scratch::new();
        let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("records");
        let key = |record: Record<'_>| record.key().expect("each has one").to_vec();
        keys.extend(records.map(|record| key(record.expect("a good record"))));
        rest = behind;
    }
    keys
}

/// Starts `millstream-bench load`.
pub(crate) fn begin(arguments: Vec<&str>) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    program.arg("load").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("the program starts")
}

/// Runs `millstream-bench load`.
pub(crate) fn load(arguments: Vec<&str>) -> Output {
    begin(arguments).wait_with_output().expect("the program runs")
}
