//! What the broker tells clients in the end.

use crate::error::GroupError;
use crate::names::{
    Generation, InstanceId, MemberId, PartitionIndex, Payload, ProtocolName, ProtocolType,
    TopicName,
};

/// The answer to a [`crate::Command`], of the kind that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To JoinGroup.
    Join(Result<Joined, JoinRefused>),
    /// To SyncGroup.
    Sync(Result<Synced, GroupError>),
    /// To Heartbeat.
    Heartbeat(Result<(), GroupError>),
    /// To LeaveGroup: the outer error is the response's own, the inner ones are the members', in
    /// the order of the request. Up to version 2 the response's error is that of its one member.
    Leave(Result<Vec<Result<(), GroupError>>, GroupError>),
    /// To OffsetCommit, in the order of the request; errors stand with each partition.
    Commit(Vec<TopicOutcome>),
    /// To OffsetDelete: the outer error is the response's own.
    DeleteOffsets(Result<Vec<TopicOutcome>, GroupError>),
    /// To one group of a DeleteGroups.
    DeleteGroup(Result<(), GroupError>),
}

/// A member of a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The generation.
    pub generation: Generation,
    /// What kind of group it is.
    pub protocol_type: Option<ProtocolType>,
    /// The protocol that was chosen.
    pub protocol: Option<ProtocolName>,
    /// Who shares out.
    pub leader: MemberId,
    /// The member's own name.
    pub member: MemberId,
    /// Whether the leader must not share out: the group keeps what it has (KIP-814).
    pub skip_assignment: bool,
    /// All members, for the leader; nobody, for the others.
    pub members: Vec<JoinedMember>,
}

/// What the leader is told of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its name.
    pub member: MemberId,
    /// Its own name, if it is a static member.
    pub instance: Option<InstanceId>,
    /// Its metadata for the protocol that was chosen.
    pub metadata: Payload,
}

/// A JoinGroup that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why.
    pub error: GroupError,
    /// The name that the request had, or the one to come back under with `MemberIdRequired`.
    pub member: MemberId,
}

/// What a member was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// What kind of group it is.
    pub protocol_type: Option<ProtocolType>,
    /// The protocol that was chosen.
    pub protocol: Option<ProtocolName>,
    /// Its share; 0 bytes where the leader gave it nothing.
    pub assignment: Payload,
}

/// What became of the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOutcome {
    /// Which topic.
    pub topic: TopicName,
    /// Its partitions, in the order of the request.
    pub partitions: Vec<(PartitionIndex, Result<(), GroupError>)>,
}

/// The answer that refuses, for a request of the same kind as `ask`.
pub(crate) fn refusal(ask: &crate::command::Ask, error: GroupError) -> Answer {
    use crate::command::Ask;
    match ask {
        Ask::Join(join) => Answer::Join(Err(JoinRefused { error, member: join.member.clone() })),
        Ask::Sync(_) => Answer::Sync(Err(error)),
        Ask::Heartbeat(_) => Answer::Heartbeat(Err(error)),
        Ask::Leave(_) => Answer::Leave(Err(error)),
        Ask::Commit(commit) => Answer::Commit(refuse_all(commit, error)),
        Ask::DeleteOffsets(_) => Answer::DeleteOffsets(Err(error)),
        Ask::DeleteGroup => Answer::DeleteGroup(Err(error)),
    }
}

/// The same error for each partition of a commit.
pub(crate) fn refuse_all(commit: &crate::command::Commit, error: GroupError) -> Vec<TopicOutcome> {
    let topics = commit.topics.iter().map(|topic| TopicOutcome {
        topic: topic.topic.clone(),
        partitions: topic.partitions.iter().map(|each| (each.partition, Err(error))).collect(),
    });
    topics.collect()
}
