//! What a group keeps when its node stops and starts again.

use crate::harness::Client;
use crate::member::{Member, broker, committed, fetch_offsets, find};
use millstream_wire::message::k20_delete_topics::DeleteTopicState;
use millstream_wire::{DeleteTopicsRequest, DescribeGroupsRequest, ErrorCode};

/// Members, their generation, their shares and what they have committed are there again: they go
/// on as if nothing had been.
#[test]
fn members_go_on_after_a_restart() {
    for shard_count in [1, 2] {
        let (mut broker, _) = broker("restart-members", shard_count);
        let mut member = Member::new(&broker, "g");
        member.join_alone();
        assert_eq!(member.commit(42), ErrorCode::NONE);
        for _ in 0..2 {
            broker.restart();
            member.client = Client::of(&broker);
            // While it reads what is stored the coordinator asks for patience.
            while member.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
            assert_eq!(member.heartbeat(), ErrorCode::NONE);
            let fetched = committed(&mut member.client, "g", "t");
            assert_eq!((fetched.committed_offset, fetched.committed_leader_epoch), (42, 7));
            assert_eq!(fetched.metadata, Some("note"));
            let describe =
                DescribeGroupsRequest { groups: vec!["g"], ..DescribeGroupsRequest::default() };
            let described = member.client.ask(&describe, 5);
            let group = &described.groups[0];
            assert_eq!((group.group_state, group.members[0].member_id), ("Stable", member.id));
            assert_eq!(&*group.members[0].member_assignment, b"all");
            assert_eq!(&*group.members[0].member_metadata, b"want");
        }
        assert_eq!(member.commit(43), ErrorCode::NONE);
    }
}

/// A static member that comes back with its instance alone finds its place: the same generation,
/// a new name, and who still has the old one is fenced (KIP-345); also over a restart of the node.
#[test]
fn a_static_member_comes_back_without_a_rebalance() {
    let (mut broker, _) = broker("restart-static", 2);
    let mut first = Member::with_instance(&broker, "g", "i-1");
    first.join_alone();
    let generation = first.generation;
    broker.restart();
    first.client = Client::of(&broker);
    while first.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    let mut second = Member::with_instance(&broker, "g", "i-1");
    let joined = second.join();
    assert_eq!((joined.generation_id, joined.skip_assignment), (generation, true));
    assert_ne!(second.id, first.id);
    second.send_sync(&[]);
    assert_eq!(second.receive_sync(), Ok(b"all".to_vec()));
    assert_eq!(first.heartbeat(), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(first.commit(1), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(second.heartbeat(), ErrorCode::NONE);
    // The new name is on stable media.
    broker.restart();
    second.client = Client::of(&broker);
    while second.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    assert_eq!(second.heartbeat(), ErrorCode::NONE);
}

/// Groups whose records rot are not taken for empty ones: nobody is told an offset of theirs, the
/// node says so, and all others go on.
#[test]
fn groups_that_cannot_be_read_are_missed_and_others_go_on() {
    let (mut broker, _) = broker("restart-damage", 1);
    for group in ["one-that-rots", "another"] {
        find(&mut Client::of(&broker), group);
        let mut member = Member::new(&broker, group);
        member.join_alone();
        assert_eq!(member.commit(42), ErrorCode::NONE);
    }
    assert_eq!(broker.number("groups_unreadable_partitions"), 0);
    broker.restart_with(|data| millstream_site::damage(data, "one-that-rots"));
    let mut client = Client::of(&broker);
    let mut error_of = |group| fetch_offsets(&mut client, group, "t").error_code;
    while error_of("one-that-rots") == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    assert_eq!(error_of("one-that-rots"), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    while error_of("another") == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    assert_eq!(committed(&mut client, "another", "t").committed_offset, 42);
    assert_eq!(broker.number("groups_unreadable_partitions"), 1);
}

/// Who deletes the topic of committed offsets, which Kafka allows too, gives up all groups and
/// nothing else: members are sent to a coordinator that begins anew.
#[test]
fn groups_begin_anew_when_their_topic_is_deleted() {
    for shard_count in [1, 2] {
        let (broker, _) = broker("restart-deleted", shard_count);
        let mut member = Member::new(&broker, "g");
        member.join_alone();
        assert_eq!(member.commit(42), ErrorCode::NONE);
        let topics = vec![DeleteTopicState {
            name: Some("__consumer_offsets"),
            ..DeleteTopicState::default()
        }];
        let delete = DeleteTopicsRequest { topics, timeout_ms: 30_000, ..Default::default() };
        let deleted = member.client.ask(&delete, 6);
        assert_eq!(deleted.responses[0].error_code, ErrorCode::NONE);
        assert_eq!(member.heartbeat(), ErrorCode::NOT_COORDINATOR);
        find(&mut member.client, "g");
        assert_eq!(member.heartbeat(), ErrorCode::UNKNOWN_MEMBER_ID);
        assert_eq!(committed(&mut member.client, "g", "t").committed_offset, -1);
        let mut member = Member::new(&broker, "g");
        member.join_alone();
        assert_eq!(member.commit(7), ErrorCode::NONE);
        assert_eq!(committed(&mut member.client, "g", "t").committed_offset, 7);
    }
}
