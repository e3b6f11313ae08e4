//! One member of a consumer group: what it asks of its coordinator, in the classic protocol.

use super::talk::Talk;
use crate::client::{Connection, encode, resolve, until_there};
use crate::failure::Failure;
use millstream_io::{Io, Slice};
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::message::k09_offset_fetch::OffsetFetchRequestTopic;
use millstream_wire::message::k11_join_group::JoinGroupRequestProtocol;
use millstream_wire::message::k13_leave_group::MemberIdentity;
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::record::consumer_protocol::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartition,
};
use millstream_wire::record::{decode_extensible, encode_versioned};
use millstream_wire::{
    Blob, DeleteGroupsRequest, DeleteGroupsResponse, Encoder, ErrorCode, FindCoordinatorRequest,
    FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, RequestMessage, ResponseMessage,
    SyncGroupRequest, SyncGroupResponse, decode_response,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;

// Versions that every broker of the last years has.
const FIND: i16 = 3;
const JOIN: i16 = 5;
const SYNC: i16 = 3;
const HEARTBEAT: i16 = 3;
const COMMIT: i16 = 7;
const COMMITTED: i16 = 5;
const LEAVE: i16 = 3;
const DELETE: i16 = 1;
/// Of what members tell each other.
const CONSUMER: i16 = 0;

const SESSION_TIMEOUT_MS: i32 = 30_000;

/// An answer; where there is none, why, by Kafka's codes.
pub(crate) type Said<T> = Result<T, ErrorCode>;
/// Of each topic some partitions, with what belongs to each.
pub(crate) type ByTopic<T> = BTreeMap<String, Vec<T>>;

/// Whoever is refused, or hears nothing more.
pub(crate) const LOST: ErrorCode = ErrorCode::NETWORK_EXCEPTION;

/// Waits until the cluster keeps groups.
pub(crate) fn await_coordinator(broker: &str, group: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(broker)?;
    until_there("there is no coordinator of groups", || {
        let reply = connection.ask(&find(group), FIND)?;
        let response: FindCoordinatorResponse<'_> = reply.read()?;
        match response.error_code {
            ErrorCode::NONE => Ok(Some(())),
            code if code.is_retriable() => Ok(None),
            code => Err(Failure::failed(format!("a coordinator of groups: {code}"))),
        }
    })
}

/// The member of a group.
#[derive(Debug)]
pub(crate) struct Member {
    group: String,
    id: String,
    generation: i32,
}

impl Member {
    /// Of a group that it has not joined.
    pub(crate) fn new(group: String) -> Self {
        Self { group, id: String::new(), generation: -1 }
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    /// Whether the group knows it.
    pub(crate) fn is_named(&self) -> bool {
        !self.id.is_empty()
    }

    /// It is no member any more.
    pub(crate) fn forget(&mut self) {
        (self.id, self.generation) = (String::new(), -1);
    }

    /// A connection to where the group is kept, as `broker` knows.
    pub(crate) async fn find(&self, io: &Io, broker: SocketAddr) -> Said<Talk> {
        let mut talk = open(io, broker).await?;
        let frame = ask(&mut talk, &find(&self.group), FIND).await?;
        let found: FindCoordinatorResponse<'_> = read(&frame, FIND)?;
        well(found.error_code)?;
        let coordinator = resolve(&format!("{}:{}", found.host, found.port)).map_err(|_| LOST)?;
        if coordinator != broker {
            let received_bytes = talk.received_bytes;
            talk = open(io, coordinator).await?;
            talk.received_bytes = received_bytes;
        }
        Ok(talk)
    }

    /// Joins, and gives the ids of all members to the one that assigns; to others, nothing.
    //= KIP-394: who comes without a name is given one, and comes again under it.
    pub(crate) async fn join(&mut self, talk: &mut Talk, topics: Vec<&str>) -> Said<Vec<String>> {
        let subscription = ConsumerProtocolSubscription { topics, ..Default::default() };
        let mut metadata = Encoder::new();
        encode_versioned(&mut metadata, CONSUMER, &subscription)
            .map_err(|_| ErrorCode::INVALID_REQUEST)?;
        loop {
            let metadata = Blob(metadata.bytes());
            let protocol = JoinGroupRequestProtocol { name: "range", metadata };
            let request = JoinGroupRequest {
                group_id: &self.group,
                session_timeout_ms: SESSION_TIMEOUT_MS,
                rebalance_timeout_ms: SESSION_TIMEOUT_MS,
                member_id: &self.id,
                protocol_type: "consumer",
                protocols: vec![protocol],
                ..JoinGroupRequest::default()
            };
            let frame = ask(talk, &request, JOIN).await?;
            let joined: JoinGroupResponse<'_> = read(&frame, JOIN)?;
            let is_named = joined.error_code == ErrorCode::MEMBER_ID_REQUIRED && self.id.is_empty();
            self.id = joined.member_id.to_owned();
            self.generation = joined.generation_id;
            if !is_named {
                well(joined.error_code)?;
                return Ok(joined.members.iter().map(|one| one.member_id.to_owned()).collect());
            }
        }
    }

    /// Hands in what each member gets, if it is up to this one, and gives what this one got.
    pub(crate) async fn sync(
        &self,
        talk: &mut Talk,
        shares: Vec<(String, ByTopic<i32>)>,
    ) -> Said<ByTopic<i32>> {
        let mut encoded = Vec::new();
        for (member, share) in &shares {
            let mut encoder = Encoder::new();
            encode_versioned(&mut encoder, CONSUMER, &assignment(share))
                .map_err(|_| ErrorCode::INVALID_REQUEST)?;
            encoded.push((member, encoder));
        }
        let assignments = encoded.iter().map(|(member_id, encoder)| SyncGroupRequestAssignment {
            member_id,
            assignment: Blob(encoder.bytes()),
        });
        let request = SyncGroupRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.id,
            assignments: assignments.collect(),
            ..SyncGroupRequest::default()
        };
        let frame = ask(talk, &request, SYNC).await?;
        let synced: SyncGroupResponse<'_> = read(&frame, SYNC)?;
        well(synced.error_code)?;
        let mut own = ByTopic::new();
        if !synced.assignment.is_empty() {
            let (_, assigned) =
                decode_extensible::<ConsumerProtocolAssignment<'_>>(&synced.assignment)
                    .map_err(|_| LOST)?;
            for topic in assigned.assigned_partitions {
                own.entry(topic.topic.to_owned()).or_default().extend(topic.partitions);
            }
        }
        Ok(own)
    }

    pub(crate) async fn heartbeat(&self, talk: &mut Talk) -> Said<()> {
        let request = HeartbeatRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.id,
            ..HeartbeatRequest::default()
        };
        let frame = ask(talk, &request, HEARTBEAT).await?;
        let lives: HeartbeatResponse = read(&frame, HEARTBEAT)?;
        well(lives.error_code)
    }

    /// Commits where its partitions are to be read on, and fails where one of them does.
    pub(crate) async fn commit(&self, talk: &mut Talk, offsets: &ByTopic<(i32, i64)>) -> Said<()> {
        let partition =
            |(partition_index, committed_offset): &(i32, i64)| OffsetCommitRequestPartition {
                partition_index: *partition_index,
                committed_offset: *committed_offset,
                ..OffsetCommitRequestPartition::default()
            };
        let topics = offsets.iter().map(|(name, partitions)| OffsetCommitRequestTopic {
            name,
            partitions: partitions.iter().map(partition).collect(),
            ..OffsetCommitRequestTopic::default()
        });
        let request = OffsetCommitRequest {
            group_id: &self.group,
            generation_id_or_member_epoch: self.generation,
            member_id: &self.id,
            topics: topics.collect(),
            ..OffsetCommitRequest::default()
        };
        let frame = ask(talk, &request, COMMIT).await?;
        let committed: OffsetCommitResponse<'_> = read(&frame, COMMIT)?;
        let answered = committed.topics.iter().flat_map(|topic| &topic.partitions);
        let mut codes = answered.map(|partition| partition.error_code).peekable();
        let is_silent = codes.peek().is_none() && !offsets.is_empty();
        if is_silent { Err(LOST) } else { codes.try_for_each(well) }
    }

    /// What the group has committed; -1 where it has nothing.
    pub(crate) async fn committed(
        &self,
        talk: &mut Talk,
        partitions: &ByTopic<i32>,
    ) -> Said<ByTopic<(i32, i64)>> {
        let topics = partitions.iter().map(|(name, partitions)| OffsetFetchRequestTopic {
            name,
            partition_indexes: partitions.clone(),
        });
        let request = OffsetFetchRequest {
            group_id: &self.group,
            topics: Some(topics.collect()),
            ..OffsetFetchRequest::default()
        };
        let frame = ask(talk, &request, COMMITTED).await?;
        let response: OffsetFetchResponse<'_> = read(&frame, COMMITTED)?;
        well(response.error_code)?;
        let mut committed = ByTopic::new();
        for topic in &response.topics {
            let offsets: &mut Vec<(i32, i64)> = committed.entry(topic.name.to_owned()).or_default();
            for partition in &topic.partitions {
                well(partition.error_code)?;
                offsets.push((partition.partition_index, partition.committed_offset));
            }
        }
        Ok(committed)
    }

    pub(crate) async fn leave(&self, talk: &mut Talk) -> Said<()> {
        let own = MemberIdentity { member_id: &self.id, ..MemberIdentity::default() };
        let request = LeaveGroupRequest {
            group_id: &self.group,
            members: vec![own],
            ..LeaveGroupRequest::default()
        };
        let frame = ask(talk, &request, LEAVE).await?;
        let left: LeaveGroupResponse<'_> = read(&frame, LEAVE)?;
        well(left.error_code)?;
        well(left.members.first().map_or(LOST, |member| member.error_code))
    }

    /// Deletes the group, which must have no members any more.
    pub(crate) async fn delete(&self, talk: &mut Talk) -> Said<()> {
        let request = DeleteGroupsRequest { groups_names: vec![&self.group] };
        let frame = ask(talk, &request, DELETE).await?;
        let deleted: DeleteGroupsResponse<'_> = read(&frame, DELETE)?;
        well(deleted.results.first().map_or(LOST, |group| group.error_code))
    }
}

fn assignment(share: &ByTopic<i32>) -> ConsumerProtocolAssignment<'_> {
    let topics = share
        .iter()
        .map(|(topic, partitions)| TopicPartition { topic, partitions: partitions.clone() });
    ConsumerProtocolAssignment { assigned_partitions: topics.collect(), user_data: None }
}

fn find(group: &str) -> FindCoordinatorRequest<'_> {
    FindCoordinatorRequest { key: group, ..FindCoordinatorRequest::default() }
}

/// The frame of the answer.
async fn ask<'q, Q: RequestMessage<'q>>(
    talk: &mut Talk,
    request: &Q,
    version: i16,
) -> Said<Vec<u8>> {
    let mut encoder = Encoder::new();
    encode(&mut encoder, request, version, 0).map_err(|_| ErrorCode::INVALID_REQUEST)?;
    talk.ask(Slice::from(encoder.bytes())).await.ok_or(LOST)
}

async fn open(io: &Io, address: SocketAddr) -> Said<Talk> {
    Talk::open(io, address).await.ok_or(LOST)
}

fn read<'f, R: ResponseMessage<'f>>(frame: &'f [u8], version: i16) -> Said<R> {
    decode_response(frame, version).map(|(_, response)| response).map_err(|_| LOST)
}

fn well(code: ErrorCode) -> Said<()> {
    if code.is_none() { Ok(()) } else { Err(code) }
}
