//! A member of a group, and what else tests of groups ask for.

use crate::harness::{Broker, Client};
use millstream_base::Uuid;
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::message::k09_offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponseGroup,
    OffsetFetchResponsePartitions,
};
use millstream_wire::message::k11_join_group::JoinGroupRequestProtocol;
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::{
    Blob, ErrorCode, FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    OffsetCommitRequest, OffsetFetchRequest, SyncGroupRequest, SyncGroupResponse,
};

/// Nobody waits for others in a group that begins.
pub(crate) const AT_ONCE: (&str, &str) = ("group.initial.rebalance.delay.ms", "0");

/// A node with a topic `t` of four partitions, whose groups may be asked.
pub(crate) fn broker(name: &str, shard_count: usize) -> (Broker, Uuid) {
    let broker = Broker::start_with(name, shard_count, &[AT_ONCE]);
    let mut client = Client::of(&broker);
    let id = create(&mut client, "t");
    find(&mut client, "g");
    (broker, id)
}

pub(crate) fn create(client: &mut Client, name: &'static str) -> Uuid {
    client.create(name, 4)
}

pub(crate) fn find(client: &mut Client, group: &'static str) {
    let find = FindCoordinatorRequest {
        coordinator_keys: vec![group],
        ..FindCoordinatorRequest::default()
    };
    assert_eq!(client.ask(&find, 6).coordinators[0].error_code, ErrorCode::NONE);
}

/// A member with a connection of its own.
pub(crate) struct Member {
    pub(crate) client: Client,
    pub(crate) group: &'static str,
    pub(crate) instance: Option<&'static str>,
    pub(crate) id: &'static str,
    pub(crate) generation: i32,
    pub(crate) session_timeout_ms: i32,
}

impl Member {
    /// One who has not joined yet.
    pub(crate) fn new(broker: &Broker, group: &'static str) -> Self {
        Self {
            client: Client::of(broker),
            group,
            instance: None,
            id: "",
            generation: -1,
            session_timeout_ms: 30_000,
        }
    }

    pub(crate) fn with_instance(
        broker: &Broker,
        group: &'static str,
        instance: &'static str,
    ) -> Self {
        Self { instance: Some(instance), ..Self::new(broker, group) }
    }

    /// Takes the name that the coordinator gives, if it needs one.
    pub(crate) fn take_name(&mut self) {
        if self.id.is_empty() && self.instance.is_none() {
            self.send_join();
            let refused = self.client.receive::<JoinGroupResponse<'static>>(9);
            assert_eq!(refused.error_code, ErrorCode::MEMBER_ID_REQUIRED);
            assert_eq!((refused.generation_id, refused.protocol_name), (-1, None));
            assert!(refused.member_id.starts_with("test-"), "{}", refused.member_id);
            self.id = refused.member_id;
        }
    }

    /// Joins; the answer may be long in coming.
    pub(crate) fn send_join(&mut self) {
        let range = JoinGroupRequestProtocol { name: "range", metadata: Blob(b"want") };
        let request = JoinGroupRequest {
            group_id: self.group,
            session_timeout_ms: self.session_timeout_ms,
            rebalance_timeout_ms: 30_000,
            member_id: self.id,
            group_instance_id: self.instance,
            protocol_type: "consumer",
            protocols: vec![range],
            reason: Some("test"),
        };
        self.client.send(&request, 9);
    }

    pub(crate) fn receive_join(&mut self) -> JoinGroupResponse<'static> {
        let joined = self.client.receive::<JoinGroupResponse<'static>>(9);
        if joined.error_code == ErrorCode::NONE {
            self.id = joined.member_id;
            self.generation = joined.generation_id;
        }
        joined
    }

    /// Joins where nobody else is waited for.
    pub(crate) fn join(&mut self) -> JoinGroupResponse<'static> {
        self.take_name();
        self.send_join();
        let joined = self.receive_join();
        assert_eq!(joined.error_code, ErrorCode::NONE);
        assert_eq!((joined.protocol_type, joined.protocol_name), (Some("consumer"), Some("range")));
        joined
    }

    /// Asks for its share, and shares out if it leads.
    pub(crate) fn send_sync(&mut self, shares: &[(&str, &[u8])]) {
        let share = |(member_id, share): &(&'static str, &'static [u8])| {
            SyncGroupRequestAssignment { member_id, assignment: Blob(share) }
        };
        let shares: Vec<_> = shares.iter().map(|(id, share)| leak(id, share)).collect();
        let request = SyncGroupRequest {
            group_id: self.group,
            generation_id: self.generation,
            member_id: self.id,
            group_instance_id: self.instance,
            protocol_type: Some("consumer"),
            protocol_name: Some("range"),
            assignments: shares.iter().map(share).collect(),
        };
        self.client.send(&request, 5);
    }

    pub(crate) fn receive_sync(&mut self) -> Result<Vec<u8>, ErrorCode> {
        let synced = self.client.receive::<SyncGroupResponse<'static>>(5);
        if synced.error_code == ErrorCode::NONE {
            assert_eq!(synced.protocol_name, Some("range"));
            return Ok(synced.assignment.to_vec());
        }
        Err(synced.error_code)
    }

    /// Joins alone and takes all.
    pub(crate) fn join_alone(&mut self) {
        let joined = self.join();
        assert_eq!((joined.leader, joined.members.len()), (self.id, 1));
        self.send_sync(&[(self.id, b"all")]);
        assert_eq!(self.receive_sync(), Ok(b"all".to_vec()));
    }

    pub(crate) fn heartbeat(&mut self) -> ErrorCode {
        let request = HeartbeatRequest {
            group_id: self.group,
            generation_id: self.generation,
            member_id: self.id,
            group_instance_id: self.instance,
        };
        self.client.ask(&request, 4).error_code
    }

    /// Commits for partition 0 of `t`.
    pub(crate) fn commit(&mut self, offset: i64) -> ErrorCode {
        let request = OffsetCommitRequest {
            group_id: self.group,
            generation_id_or_member_epoch: self.generation,
            member_id: self.id,
            group_instance_id: self.instance,
            topics: vec![commit_of("t", 0, offset)],
            ..OffsetCommitRequest::default()
        };
        self.client.ask(&request, 9).topics[0].partitions[0].error_code
    }
}

/// Ids that a response lent live as long as the test does; so may others.
fn leak(id: &str, share: &[u8]) -> (&'static str, &'static [u8]) {
    (id.to_owned().leak(), share.to_vec().leak())
}

pub(crate) fn commit_of(
    name: &'static str,
    partition_index: i32,
    committed_offset: i64,
) -> OffsetCommitRequestTopic<'static> {
    let partition = OffsetCommitRequestPartition {
        partition_index,
        committed_offset,
        committed_leader_epoch: 7,
        committed_metadata: Some("note"),
    };
    OffsetCommitRequestTopic {
        name,
        partitions: vec![partition],
        ..OffsetCommitRequestTopic::default()
    }
}

/// Commits for a partition from outside of the group.
pub(crate) fn commit(client: &mut Client, group: &'static str, topic: &'static str, offset: i64) {
    let request = OffsetCommitRequest {
        group_id: group,
        topics: vec![commit_of(topic, 0, offset)],
        ..OffsetCommitRequest::default()
    };
    let mut error = || client.ask(&request, 9).topics[0].partitions[0].error_code;
    let mut result = error();
    while result == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {
        result = error();
    }
    assert_eq!(result, ErrorCode::NONE);
}

/// What a group has committed for partition 0 of a topic, when its coordinator has read it.
pub(crate) fn committed(
    client: &mut Client,
    group: &'static str,
    topic: &'static str,
) -> OffsetFetchResponsePartitions<'static> {
    let mut fetched = fetch_offsets(client, group, topic);
    while fetched.error_code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {
        fetched = fetch_offsets(client, group, topic);
    }
    assert_eq!(fetched.error_code, ErrorCode::NONE);
    fetched.topics[0].partitions[0].clone()
}

/// The answer to that question.
pub(crate) fn fetch_offsets(
    client: &mut Client,
    group: &'static str,
    topic: &'static str,
) -> OffsetFetchResponseGroup<'static> {
    let topics = OffsetFetchRequestTopics {
        name: topic,
        partition_indexes: vec![0],
        ..OffsetFetchRequestTopics::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: group,
        topics: Some(vec![topics]),
        ..Default::default()
    };
    let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    client.ask(&request, 9).groups.remove(0)
}
