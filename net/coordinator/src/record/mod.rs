//! The records of `__consumer_offsets`, in Kafka's own layout, so that other tools can read them.
//!
//! A key begins with its kind: 0 and 1 are a committed offset, 2 is a group. Greater kinds belong
//! to other protocols and are left alone. A value begins with its version; no value at all is a
//! tombstone. Written are the offset's version 3 (1 where it has an expiry of its own) and the
//! group's version 3; read are versions 0 to 4, of which 4 has compact lengths and tagged fields.

mod decode;
mod encode;
mod reader;

use core::fmt;

use bytes::Bytes;
use millstream_base::{LeaderEpoch, Offset, Timestamp};

use crate::names::{
    ClientName, Generation, GroupId, InstanceId, MemberId, Note, PartitionIndex, Payload,
    ProtocolName, ProtocolType, TopicName,
};

pub use decode::decode;
pub(crate) use encode::{encode_group, encode_offset, offset_size_bytes};

/// A record to append, or one that was read back.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is about; compaction keeps the last record of each key.
    pub key: Bytes,
    /// What holds now; `None` is a tombstone.
    pub value: Option<Bytes>,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An offset was committed, or is gone.
    Offset {
        /// Whose and where.
        key: OffsetKey,
        /// What was committed; `None` where it is gone.
        value: Option<CommittedOffset>,
    },
    /// A group has changed, or is gone.
    Group {
        /// Which.
        group: GroupId,
        /// What it is now; `None` where it is gone.
        value: Option<GroupRecord>,
    },
    /// A record of another protocol, to be left alone.
    Foreign {
        /// The kind in its key.
        kind: i16,
    },
}

/// What an offset was committed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetKey {
    /// By whom.
    pub group: GroupId,
    /// In which topic.
    pub topic: TopicName,
    /// In which partition of it.
    pub partition: PartitionIndex,
}

/// A committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// Where the group goes on reading.
    pub offset: Offset,
    /// The epoch of the last record read (KIP-320), or [`LeaderEpoch::NONE`].
    pub leader_epoch: LeaderEpoch,
    /// The client's own text.
    pub note: Note,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// When it goes, if the client said so (OffsetCommit up to version 4).
    pub expires_at: Option<Timestamp>,
}

/// A group as its record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// What kind of group it is; empty where that was never said.
    pub protocol_type: ProtocolType,
    /// The generation that the members have agreed on.
    pub generation: Generation,
    /// How they share the work out; `None` without members.
    pub protocol: Option<ProtocolName>,
    /// Who does it for them; `None` without members.
    pub leader: Option<MemberId>,
    /// Since when the group is in its state, or [`Timestamp::NONE`].
    pub state_since: Timestamp,
    /// The members, in the order of their ids.
    pub members: Vec<MemberRecord>,
}

/// A member as its group's record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Its name.
    pub id: MemberId,
    /// Its own name, if it is a static member.
    pub instance: Option<InstanceId>,
    /// What its client calls itself.
    pub client_id: ClientName,
    /// Where its client is.
    pub client_host: ClientName,
    /// How long it may take to join again.
    pub rebalance_timeout_ms: i32,
    /// How long it may be silent.
    pub session_timeout_ms: i32,
    /// Its metadata for the protocol that was chosen.
    pub subscription: Payload,
    /// What it was given.
    pub assignment: Payload,
}

impl Record {
    /// Bytes of key and value together.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value_bytes = self.value.as_ref().map(Bytes::len);
        let mut shown = formatter.debug_struct("Record");
        shown.field("key_bytes", &self.key.len()).field("value_bytes", &value_bytes).finish()
    }
}

const KIND_OFFSET_LEGACY: i16 = 0;
const KIND_OFFSET: i16 = 1;
const KIND_GROUP: i16 = 2;

/// The greatest version of a value that is known, of either kind.
const VERSION_MAX: i16 = 4;
/// The first version with compact lengths and tagged fields (KIP-482, KIP-915).
const VERSION_FLEXIBLE: i16 = 4;

#[cfg(test)]
mod record_test;
