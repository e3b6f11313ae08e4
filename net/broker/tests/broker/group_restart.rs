//! What a group keeps when its node stops and starts again.

use crate::member::{Member, broker, committed};
use millstream_wire::{DescribeGroupsRequest, ErrorCode};

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
            member.client = broker.client();
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
    first.client = broker.client();
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
    second.client = broker.client();
    while second.heartbeat() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {}
    assert_eq!(second.heartbeat(), ErrorCode::NONE);
}
