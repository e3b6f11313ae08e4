//! The log of groups is kept short, and nothing that holds is lost by it.

use crate::harness::{Broker, Client};
use crate::member::{AT_ONCE, Member, commit, commit_of, committed, create, find};
use millstream_wire::message::k02_list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use millstream_wire::{
    DeleteGroupsRequest, DescribeGroupsRequest, ErrorCode, ListOffsetsRequest, OffsetCommitRequest,
};

const EARLIEST: i64 = -2;
/// Commits until the log must have been compacted, at the latest: some 4 MiB are enough.
const COMMITS_MAX: i64 = 2000;

/// Where the log of groups begins.
fn beginning(client: &mut Client) -> i64 {
    let partition = ListOffsetsPartition { timestamp: EARLIEST, ..Default::default() };
    let topic = ListOffsetsTopic { name: "__consumer_offsets", partitions: vec![partition] };
    let request = ListOffsetsRequest { topics: vec![topic], ..ListOffsetsRequest::default() };
    let listed = client.ask(&request, 7);
    let partition = &listed.topics[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::NONE);
    partition.offset
}

/// Commits with a long note, so that few are needed.
fn commit_much(client: &mut Client, offset: i64, note: &'static str) {
    let mut topic = commit_of("t", 0, offset);
    topic.partitions[0].committed_metadata = Some(note);
    let request = OffsetCommitRequest {
        group_id: "busy",
        topics: vec![topic],
        ..OffsetCommitRequest::default()
    };
    let committed = client.ask(&request, 9);
    assert_eq!(committed.topics[0].partitions[0].error_code, ErrorCode::NONE);
}

#[test]
fn a_log_of_groups_begins_anew_and_keeps_what_holds() {
    begin_anew_and_keep("group-compaction", &[]);
}

/// Commits are acknowledged before they are stable there: those too are in what is written anew.
#[test]
fn a_relaxed_log_of_groups_keeps_what_holds() {
    let relaxed =
        [("log.flush.interval.messages", "1000000"), ("log.flush.interval.ms", "3600000")];
    begin_anew_and_keep("group-compaction-relaxed", &relaxed);
}

fn begin_anew_and_keep(name: &str, settings: &[(&str, &str)]) {
    let one_partition = ("offsets.topic.num.partitions", "1");
    let notes = ("offset.metadata.max.bytes", "30000");
    let settings = [&[AT_ONCE, one_partition, notes], settings].concat();
    let mut broker = Broker::start_with(name, 2, &settings);
    let mut client = Client::of(&broker);
    create(&mut client, "t");
    find(&mut client, "g");
    commit(&mut client, "quiet", "t", 11);
    commit(&mut client, "gone", "t", 12);
    let delete = DeleteGroupsRequest { groups_names: vec!["gone"] };
    assert_eq!(client.ask(&delete, 2).results[0].error_code, ErrorCode::NONE);
    let mut member = Member::new(&broker, "g");
    member.join_alone();
    assert_eq!(member.commit(13), ErrorCode::NONE);
    let note: &'static str = "n".repeat(30_000).leak();
    let mut offset = 0;
    for round in 1..=2 {
        let begun = beginning(&mut client);
        while beginning(&mut client) == begun {
            offset += 1;
            assert!(offset < round * COMMITS_MAX, "the log only grows");
            commit_much(&mut client, offset, note);
        }
        broker.restart();
        client = Client::of(&broker);
        member.client = Client::of(&broker);
        while member.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
        assert!(beginning(&mut client) > begun);
        assert_eq!(member.heartbeat(), ErrorCode::NONE);
        assert_eq!(committed(&mut client, "g", "t").committed_offset, 13);
        assert_eq!(committed(&mut client, "quiet", "t").committed_offset, 11);
        assert_eq!(committed(&mut client, "gone", "t").committed_offset, -1);
        let busy = committed(&mut client, "busy", "t");
        assert_eq!((busy.committed_offset, busy.metadata), (offset, Some(note)));
        let groups = vec!["g", "gone"];
        let describe = DescribeGroupsRequest { groups, ..DescribeGroupsRequest::default() };
        let described = client.ask(&describe, 5);
        let states: Vec<_> = described.groups.iter().map(|group| group.group_state).collect();
        assert_eq!(states, ["Stable", "Dead"]);
    }
}
