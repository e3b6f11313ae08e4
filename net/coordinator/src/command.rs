//! What the broker asks of a coordinator on behalf of clients.
//!
//! Reads are not commands: see [`crate::Coordinator::offset`], [`crate::Coordinator::describe`] and
//! [`crate::Coordinator::list`].

use millstream_base::{Instant, LeaderEpoch, Offset, Timestamp};

use crate::error::GroupError;
use crate::names::{
    ClientName, Generation, GroupId, InstanceId, MemberId, Note, PartitionIndex, Payload,
    ProtocolName, ProtocolType, RequestId, TopicName,
};

/// Both clocks, read once for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The machine's: all deadlines. Must not go back from one call to the next.
    pub instant: Instant,
    /// The wall's: what records carry, and when offsets expire.
    pub wall: Timestamp,
}

/// A request, with the token under which it will be answered, exactly once, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Chosen by the broker, and not in use by another request that still waits.
    pub request: RequestId,
    /// The group.
    pub group: GroupId,
    /// What is asked.
    pub what: Ask,
}

/// What is asked of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// JoinGroup.
    Join(Join),
    /// SyncGroup.
    Sync(Sync),
    /// Heartbeat.
    Heartbeat(Heartbeat),
    /// LeaveGroup.
    Leave(Leave),
    /// OffsetCommit.
    Commit(Commit),
    /// OffsetDelete.
    DeleteOffsets(DeleteOffsets),
    /// One group of a DeleteGroups.
    DeleteGroup,
}

/// JoinGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Empty for whoever has no name yet.
    pub member: MemberId,
    /// `group.instance.id` of a static member (version 5 and later).
    pub instance: Option<InstanceId>,
    /// The client's id from the request's header.
    pub client_id: ClientName,
    /// Where the client is.
    pub client_host: ClientName,
    /// As on the wire.
    pub session_timeout_ms: i32,
    /// As on the wire; the session's timeout in version 0, which has none.
    pub rebalance_timeout_ms: i32,
    /// What kind of group the client takes it for.
    pub protocol_type: ProtocolType,
    /// The protocols that the client knows, the one it likes best first.
    pub protocols: Vec<Protocol>,
    /// Whether a nameless client is sent away with a name first (KIP-394): version 4 and later.
    pub needs_member_id: bool,
    /// Whether the client heeds `skip_assignment` (KIP-814): version 9 and later.
    pub knows_skip_assignment: bool,
}

/// A way to share the work out, and what a member has to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name.
    pub name: ProtocolName,
    /// What the member who shares out is told.
    pub metadata: Payload,
}

/// SyncGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Who asks.
    pub member: MemberId,
    /// The instance of a static member.
    pub instance: Option<InstanceId>,
    /// The generation it has joined.
    pub generation: Generation,
    /// What kind of group the client takes it for, if it says so (version 5 and later).
    pub protocol_type: Option<ProtocolType>,
    /// Which protocol the client takes to be chosen, if it says so (version 5 and later).
    pub protocol: Option<ProtocolName>,
    /// Who gets what; from the leader only.
    pub assignments: Vec<(MemberId, Payload)>,
}

/// Heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Who is alive.
    pub member: MemberId,
    /// The instance of a static member.
    pub instance: Option<InstanceId>,
    /// The generation it has joined.
    pub generation: Generation,
}

/// LeaveGroup: one member up to version 2, several from version 3.
///
/// The reason that version 5 carries (KIP-800) is for the broker's log and not needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// Who leaves; answered in the same order.
    pub members: Vec<Leaver>,
}

/// One who leaves: by its name, or, if that is empty, by its instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// Its name, or empty.
    pub member: MemberId,
    /// The instance of a static member.
    pub instance: Option<InstanceId>,
}

/// OffsetCommit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Who commits; empty for whoever belongs to no generation.
    pub member: MemberId,
    /// The instance of a static member.
    pub instance: Option<InstanceId>,
    /// The generation it has joined, or [`Generation::NONE`].
    pub generation: Generation,
    /// How long to keep the offsets, if the client says so (versions 2 to 4); -1 is "as set".
    pub retention_ms: i64,
    /// What a member of a group that is not there is told: `IllegalGeneration` up to version 8,
    /// `GroupIdNotFound` from version 9.
    pub unknown_group: GroupError,
    /// What to commit; answered in the same order. The broker has checked that the topics exist.
    pub topics: Vec<CommitTopic>,
}

/// The offsets of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitTopic {
    /// Which.
    pub topic: TopicName,
    /// Its partitions.
    pub partitions: Vec<CommitPartition>,
}

/// One offset to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPartition {
    /// Which partition.
    pub partition: PartitionIndex,
    /// Where the group goes on reading.
    pub offset: Offset,
    /// The epoch of the last record read, or [`LeaderEpoch::NONE`].
    pub leader_epoch: LeaderEpoch,
    /// The client's own text; null counts as empty.
    pub note: Note,
}

/// OffsetDelete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteOffsets {
    /// What to forget; answered in the same order.
    pub topics: Vec<(TopicName, Vec<PartitionIndex>)>,
}
