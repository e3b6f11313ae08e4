//! A member of a consumer group of the classic protocol, and what a group has committed.

use crate::client::error::check;
use crate::client::{Client, ClientError, TopicInfo, now};
use millstream_wire::codec::Encoder;
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::message::k11_join_group::{JoinGroupRequestProtocol, JoinGroupResponseMember};
use millstream_wire::message::k13_leave_group::MemberIdentity;
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::record::consumer_protocol::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartition,
};
use millstream_wire::record::{decode_extensible, encode_versioned};
use millstream_wire::{
    Blob, ErrorCode, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest,
    OffsetFetchResponse, SyncGroupRequest, SyncGroupResponse,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SESSION_TIMEOUT_MS: i32 = 45_000;
const REBALANCE_TIMEOUT_MS: i32 = 60_000;
const HEARTBEAT: Duration = Duration::from_secs(3);
/// The assignor that every consumer has.
const ASSIGNOR: &str = "range";
/// The versions of what consumers tell each other that carry all that we have to say.
const CONSUMER_VERSION: i16 = 0;

/// Offsets that a group has committed, by topic and partition.
pub(crate) type Committed = BTreeMap<(String, i32), i64>;

/// This process as a member of a group that reads one topic.
pub(crate) struct Membership {
    group: String,
    coordinator: i32,
    member: String,
    generation: i32,
    /// The partitions that are this member's.
    pub(crate) assigned: Vec<i32>,
    heartbeat: Instant,
}

impl Membership {
    /// Joins the group, and returns when this member knows its partitions.
    pub(crate) fn join(
        client: &mut Client,
        group: &str,
        topic: &TopicInfo,
        member: &str,
    ) -> Result<Self, ClientError> {
        let mut membership = Self {
            group: group.to_owned(),
            coordinator: client.coordinator(group)?,
            member: member.to_owned(),
            generation: -1,
            assigned: Vec::new(),
            heartbeat: now(),
        };
        client.insist(|client| {
            loop {
                match membership.join_once(client, topic) {
                    Err(error) if error.code() == Some(ErrorCode::MEMBER_ID_REQUIRED) => {}
                    Err(error) if error.code() == Some(ErrorCode::REBALANCE_IN_PROGRESS) => {}
                    result => return result,
                }
            }
        })?;
        Ok(membership)
    }

    fn join_once(&mut self, client: &mut Client, topic: &TopicInfo) -> Result<(), ClientError> {
        let subscription = ConsumerProtocolSubscription {
            topics: vec![&topic.name],
            ..ConsumerProtocolSubscription::default()
        };
        let mut metadata = Encoder::new();
        encode_versioned(&mut metadata, CONSUMER_VERSION, &subscription)?;
        let member = self.member.clone();
        let protocol =
            JoinGroupRequestProtocol { name: ASSIGNOR, metadata: Blob(metadata.bytes()) };
        let request = JoinGroupRequest {
            group_id: &self.group,
            session_timeout_ms: SESSION_TIMEOUT_MS,
            rebalance_timeout_ms: REBALANCE_TIMEOUT_MS,
            member_id: &member,
            protocol_type: "consumer",
            protocols: vec![protocol],
            ..JoinGroupRequest::default()
        };
        let connection = client.node(self.coordinator)?;
        let reply = connection.ask(&request)?;
        let response: JoinGroupResponse<'_> = reply.read()?;
        response.member_id.clone_into(&mut self.member);
        self.check(response.error_code)?;
        self.generation = response.generation_id;
        let is_leader = response.leader == response.member_id;
        let assignments = if is_leader { assign(&response.members, topic)? } else { Vec::new() };
        self.sync(client, &assignments)
    }

    fn sync(
        &mut self,
        client: &mut Client,
        assignments: &[(String, Vec<u8>)],
    ) -> Result<(), ClientError> {
        let assignments = assignments.iter().map(|(member_id, bytes)| SyncGroupRequestAssignment {
            member_id,
            assignment: Blob(bytes),
        });
        let request = SyncGroupRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.member,
            protocol_type: Some("consumer"),
            protocol_name: Some(ASSIGNOR),
            assignments: assignments.collect(),
            ..SyncGroupRequest::default()
        };
        let reply = client.node(self.coordinator)?.ask(&request)?;
        let response: SyncGroupResponse<'_> = reply.read()?;
        self.check(response.error_code)?;
        self.assigned.clear();
        if !response.assignment.is_empty() {
            let (_, assigned) =
                decode_extensible::<ConsumerProtocolAssignment<'_>>(&response.assignment)?;
            let partitions = assigned.assigned_partitions.iter();
            self.assigned = partitions.flat_map(|topic| topic.partitions.clone()).collect();
        }
        self.heartbeat = now();
        Ok(())
    }

    /// Says that this member is alive, if it is time to.
    ///
    /// # Errors
    /// [`ErrorCode::REBALANCE_IN_PROGRESS`] and the like: join again.
    pub(crate) fn beat(&mut self, client: &mut Client) -> Result<(), ClientError> {
        if now() - self.heartbeat < HEARTBEAT {
            return Ok(());
        }
        self.heartbeat = now();
        let request = HeartbeatRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.member,
            ..HeartbeatRequest::default()
        };
        let reply = client.node(self.coordinator)?.ask(&request)?;
        self.check(reply.read::<HeartbeatResponse>()?.error_code)
    }

    /// Commits how far this member has come.
    pub(crate) fn commit(
        &self,
        client: &mut Client,
        topic: &str,
        offsets: &BTreeMap<i32, i64>,
    ) -> Result<(), ClientError> {
        let writer = (self.coordinator, self.generation, self.member.as_str());
        commit(client, &self.group, writer, topic, offsets)
    }

    /// Leaves the group, so that others need not wait for the session to end.
    pub(crate) fn leave(&self, client: &mut Client) -> Result<(), ClientError> {
        let member_id = &self.member;
        let members = vec![MemberIdentity { member_id, ..MemberIdentity::default() }];
        // Up to version 2 there is one member, and it stands elsewhere.
        let connection = client.node(self.coordinator)?;
        let is_old = connection.version(millstream_wire::ApiKey::LeaveGroup, i16::MAX)? < 3;
        let group_id = &self.group;
        let request = if is_old {
            LeaveGroupRequest { group_id, member_id, ..LeaveGroupRequest::default() }
        } else {
            LeaveGroupRequest { group_id, members, ..LeaveGroupRequest::default() }
        };
        connection.ask(&request).map(drop)
    }

    /// The member's id, to join again with.
    pub(crate) fn member(&self) -> &str {
        &self.member
    }

    fn check(&self, error: ErrorCode) -> Result<(), ClientError> {
        check(error, None, || format!("group {}", self.group))
    }
}

impl Client {
    /// What a group has committed.
    pub(crate) fn committed(&mut self, group: &str) -> Result<Committed, ClientError> {
        let coordinator = self.coordinator(group)?;
        // Up to version 7 a request has one group, and so one answer.
        let request =
            OffsetFetchRequest { group_id: group, topics: None, ..OffsetFetchRequest::default() };
        let reply = self.node(coordinator)?.ask_up_to(&request, 7)?;
        let response: OffsetFetchResponse<'_> = reply.read()?;
        check(response.error_code, None, || format!("group {group}"))?;
        let mut committed = Committed::new();
        for topic in &response.topics {
            for partition in &topic.partitions {
                let index = partition.partition_index;
                check(partition.error_code, None, || format!("{}/{index}", topic.name))?;
                if partition.committed_offset >= 0 {
                    committed.insert((topic.name.to_owned(), index), partition.committed_offset);
                }
            }
        }
        Ok(committed)
    }

    /// Sets what a group without members has committed.
    pub(crate) fn reset(
        &mut self,
        group: &str,
        topic: &str,
        offsets: &BTreeMap<i32, i64>,
    ) -> Result<(), ClientError> {
        let coordinator = self.coordinator(group)?;
        commit(self, group, (coordinator, -1, ""), topic, offsets)
    }
}

/// Commits, as `(coordinator, generation, member)`.
fn commit(
    client: &mut Client,
    group: &str,
    (coordinator, generation, member_id): (i32, i32, &str),
    topic: &str,
    offsets: &BTreeMap<i32, i64>,
) -> Result<(), ClientError> {
    let partitions = offsets.iter().map(|(index, offset)| OffsetCommitRequestPartition {
        partition_index: *index,
        committed_offset: *offset,
        ..OffsetCommitRequestPartition::default()
    });
    let partitions = partitions.collect();
    let topics = vec![OffsetCommitRequestTopic { name: topic, partitions, ..Default::default() }];
    let request = OffsetCommitRequest {
        group_id: group,
        generation_id_or_member_epoch: generation,
        member_id,
        topics,
        ..OffsetCommitRequest::default()
    };
    // From version 10 on topics go by their ids.
    let reply = client.node(coordinator)?.ask_up_to(&request, 9)?;
    let response: OffsetCommitResponse<'_> = reply.read()?;
    for partition in response.topics.iter().flat_map(|topic| &topic.partitions) {
        let index = partition.partition_index;
        check(partition.error_code, None, || format!("group {group}, {topic}/{index}"))?;
    }
    Ok(())
}

/// Each member's share of the topic: neighbouring partitions, the first members one more.
fn assign(
    members: &[JoinGroupResponseMember<'_>],
    topic: &TopicInfo,
) -> Result<Vec<(String, Vec<u8>)>, ClientError> {
    let mut ids: Vec<&str> = members.iter().map(|member| member.member_id).collect();
    ids.sort_unstable();
    let indexes = topic.indexes();
    let (share, more) = (indexes.len() / ids.len().max(1), indexes.len() % ids.len().max(1));
    let mut rest = &indexes[..];
    let mut assignments = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let (own, others) = rest.split_at(share + usize::from(number < more));
        rest = others;
        let own = TopicPartition { topic: &topic.name, partitions: own.to_vec() };
        let assignment =
            ConsumerProtocolAssignment { assigned_partitions: vec![own], user_data: None };
        let mut encoder = Encoder::new();
        encode_versioned(&mut encoder, CONSUMER_VERSION, &assignment)?;
        assignments.push(((*id).to_owned(), encoder.bytes().to_vec()));
    }
    Ok(assignments)
}
