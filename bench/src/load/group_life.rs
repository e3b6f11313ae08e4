//! The life of a group of one member: it joins, takes its share, says that it is alive, commits,
//! leaves, and the group is deleted.

use super::talk::Talk;
use crate::client::{Connection, NAME, Place, encode, resolve, until_there};
use crate::failure::Failure;
use millstream_io::{Io, Slice};
use millstream_wire::message::k08_offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::message::k11_join_group::JoinGroupRequestProtocol;
use millstream_wire::message::k13_leave_group::MemberIdentity;
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::{
    Blob, DeleteGroupsRequest, DeleteGroupsResponse, Encoder, ErrorCode, FindCoordinatorRequest,
    FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest,
    OffsetCommitResponse, RequestMessage, ResponseMessage, SyncGroupRequest, SyncGroupResponse,
    decode_response,
};
use std::net::SocketAddr;

// Versions that every broker of the last years has.
const FIND: i16 = 3;
const JOIN: i16 = 5;
const SYNC: i16 = 3;
const HEARTBEAT: i16 = 3;
const COMMIT: i16 = 7;
const LEAVE: i16 = 3;
const DELETE: i16 = 1;

const SESSION_TIMEOUT_MS: i32 = 30_000;

/// What all groups of a run have in common.
#[derive(Debug)]
pub(crate) struct GroupLife {
    /// What their names begin with.
    name: String,
    topic: String,
    partition: i32,
}

/// How far a life has come: where it ends early, why, by Kafka's codes.
type Lived<T> = Result<T, ErrorCode>;

impl GroupLife {
    /// Groups that read a partition; waits until the cluster keeps groups.
    pub(crate) fn new(broker: &str, place: &Place) -> Result<Self, Failure> {
        let life = Self {
            name: format!("{NAME}-{}", std::process::id()),
            topic: place.topic.clone(),
            partition: place.partition,
        };
        let mut connection = Connection::open(broker)?;
        until_there("there is no coordinator of groups", || {
            let reply = connection.ask(&find(&life.name), FIND)?;
            let response: FindCoordinatorResponse<'_> = reply.read()?;
            match response.error_code {
                ErrorCode::NONE => Ok(Some(())),
                code if code.is_retriable() => Ok(None),
                code => Err(Failure::failed(format!("a coordinator of groups: {code}"))),
            }
        })?;
        Ok(life)
    }

    /// Lives one of them; gives the bytes of all answers.
    pub(crate) async fn live(&self, io: &Io, broker: SocketAddr, number: u64) -> Lived<usize> {
        let group = format!("{}-{number}", self.name);
        let mut member = Member { group: &group, id: String::new(), generation: -1 };
        let mut talk = open(io, broker).await?;
        let coordinator = member.find(&mut talk).await?;
        let found_bytes = talk.received_bytes;
        if coordinator != broker {
            talk = open(io, coordinator).await?;
            talk.received_bytes = found_bytes;
        }
        member.join(&mut talk, &self.subscription()).await?;
        member.sync(&mut talk, &self.assignment()).await?;
        member.heartbeat(&mut talk).await?;
        member.commit(&mut talk, self).await?;
        member.leave(&mut talk).await?;
        member.delete(&mut talk).await?;
        Ok(talk.received_bytes)
    }

    /// The metadata of Kafka's consumers, version 0: the topics, and no data of the user's.
    fn subscription(&self) -> Vec<u8> {
        [&[0; 2][..], &self.one_topic(), &(-1_i32).to_be_bytes()].concat()
    }

    /// An assignment of Kafka's consumers, version 0: of each topic the partitions, and no data.
    fn assignment(&self) -> Vec<u8> {
        let partitions = [1_i32.to_be_bytes(), self.partition.to_be_bytes()].concat();
        [&[0; 2][..], &self.one_topic(), &partitions, &(-1_i32).to_be_bytes()].concat()
    }

    /// A list with the name of the topic.
    fn one_topic(&self) -> Vec<u8> {
        let length = u16::try_from(self.topic.len()).unwrap_or(u16::MAX);
        [&1_i32.to_be_bytes()[..], &length.to_be_bytes(), self.topic.as_bytes()].concat()
    }
}

/// The member of a group.
struct Member<'a> {
    group: &'a str,
    id: String,
    generation: i32,
}

impl Member<'_> {
    /// Where the group is kept.
    async fn find(&self, talk: &mut Talk) -> Lived<SocketAddr> {
        let frame = ask(talk, &find(self.group), FIND).await?;
        let found: FindCoordinatorResponse<'_> = read(&frame, FIND)?;
        well(found.error_code)?;
        resolve(&format!("{}:{}", found.host, found.port)).map_err(|_| LOST)
    }

    //= KIP-394: who comes without a name is given one, and comes again under it.
    async fn join(&mut self, talk: &mut Talk, metadata: &[u8]) -> Lived<()> {
        loop {
            let protocol = JoinGroupRequestProtocol { name: "range", metadata: Blob(metadata) };
            let request = JoinGroupRequest {
                group_id: self.group,
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
                return well(joined.error_code);
            }
        }
    }

    async fn sync(&self, talk: &mut Talk, assignment: &[u8]) -> Lived<()> {
        let own = SyncGroupRequestAssignment { member_id: &self.id, assignment: Blob(assignment) };
        let request = SyncGroupRequest {
            group_id: self.group,
            generation_id: self.generation,
            member_id: &self.id,
            assignments: vec![own],
            ..SyncGroupRequest::default()
        };
        let frame = ask(talk, &request, SYNC).await?;
        let synced: SyncGroupResponse<'_> = read(&frame, SYNC)?;
        well(synced.error_code)
    }

    async fn heartbeat(&self, talk: &mut Talk) -> Lived<()> {
        let request = HeartbeatRequest {
            group_id: self.group,
            generation_id: self.generation,
            member_id: &self.id,
            ..HeartbeatRequest::default()
        };
        let frame = ask(talk, &request, HEARTBEAT).await?;
        let lives: HeartbeatResponse = read(&frame, HEARTBEAT)?;
        well(lives.error_code)
    }

    async fn commit(&self, talk: &mut Talk, life: &GroupLife) -> Lived<()> {
        let partition = OffsetCommitRequestPartition {
            partition_index: life.partition,
            committed_offset: 0,
            ..OffsetCommitRequestPartition::default()
        };
        let topic = OffsetCommitRequestTopic {
            name: &life.topic,
            partitions: vec![partition],
            ..OffsetCommitRequestTopic::default()
        };
        let request = OffsetCommitRequest {
            group_id: self.group,
            generation_id_or_member_epoch: self.generation,
            member_id: &self.id,
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let frame = ask(talk, &request, COMMIT).await?;
        let committed: OffsetCommitResponse<'_> = read(&frame, COMMIT)?;
        let mut partitions = committed.topics.iter().flat_map(|topic| &topic.partitions);
        well(partitions.next().map_or(LOST, |partition| partition.error_code))
    }

    async fn leave(&self, talk: &mut Talk) -> Lived<()> {
        let own = MemberIdentity { member_id: &self.id, ..MemberIdentity::default() };
        let request = LeaveGroupRequest {
            group_id: self.group,
            members: vec![own],
            ..LeaveGroupRequest::default()
        };
        let frame = ask(talk, &request, LEAVE).await?;
        let left: LeaveGroupResponse<'_> = read(&frame, LEAVE)?;
        well(left.error_code)?;
        well(left.members.first().map_or(LOST, |member| member.error_code))
    }

    async fn delete(&self, talk: &mut Talk) -> Lived<()> {
        let request = DeleteGroupsRequest { groups_names: vec![self.group] };
        let frame = ask(talk, &request, DELETE).await?;
        let deleted: DeleteGroupsResponse<'_> = read(&frame, DELETE)?;
        well(deleted.results.first().map_or(LOST, |group| group.error_code))
    }
}

/// Whoever is refused, or hears nothing more.
const LOST: ErrorCode = ErrorCode::NETWORK_EXCEPTION;

fn find(group: &str) -> FindCoordinatorRequest<'_> {
    FindCoordinatorRequest { key: group, ..FindCoordinatorRequest::default() }
}

/// The frame of the answer.
async fn ask<'q, Q: RequestMessage<'q>>(
    talk: &mut Talk,
    request: &Q,
    version: i16,
) -> Lived<Vec<u8>> {
    let mut encoder = Encoder::new();
    encode(&mut encoder, request, version, 0).map_err(|_| ErrorCode::INVALID_REQUEST)?;
    talk.ask(Slice::from(encoder.bytes())).await.ok_or(LOST)
}

async fn open(io: &Io, address: SocketAddr) -> Lived<Talk> {
    Talk::open(io, address).await.ok_or(LOST)
}

fn read<'f, R: ResponseMessage<'f>>(frame: &'f [u8], version: i16) -> Lived<R> {
    decode_response(frame, version).map(|(_, response)| response).map_err(|_| LOST)
}

fn well(code: ErrorCode) -> Lived<()> {
    if code.is_none() { Ok(()) } else { Err(code) }
}
