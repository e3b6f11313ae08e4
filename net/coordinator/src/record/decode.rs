//! From stored bytes to what they say.

use millstream_base::{LeaderEpoch, Offset, Timestamp};

use crate::error::RecordError;
use crate::names::{
    ClientName, Generation, GroupId, InstanceId, MemberId, Note, PartitionIndex, ProtocolName,
    ProtocolType, TopicName,
};
use crate::record::reader::Reader;
use crate::record::{
    CommittedOffset, Entry, GroupRecord, KIND_GROUP, KIND_OFFSET, KIND_OFFSET_LEGACY, MemberRecord,
    OffsetKey, VERSION_FLEXIBLE, VERSION_MAX,
};

/// The least that a member takes: four names, two numbers, and two lots of bytes, all empty, with
/// compact lengths and an end of tagged fields.
const MEMBER_BYTES_MIN: usize = 4 + 2 * 4 + 2 + 1;

/// Reads one record. Takes no memory that its bytes do not cover, and never panics.
///
/// # Errors
///
/// [`RecordError`] where the bytes are not a record of a known layout.
pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Entry, RecordError> {
    let mut reader = Reader::new(key);
    let kind = reader.int16()?;
    match kind {
        KIND_OFFSET_LEGACY | KIND_OFFSET => {
            let key = decode_offset_key(&mut reader)?;
            reader.finish()?;
            Ok(Entry::Offset { key, value: value.map(decode_offset).transpose()? })
        }
        KIND_GROUP => {
            let group = GroupId::from(reader.name()?);
            reader.finish()?;
            Ok(Entry::Group { group, value: value.map(decode_group).transpose()? })
        }
        kind => Ok(Entry::Foreign { kind }),
    }
}

fn decode_offset_key(reader: &mut Reader<'_>) -> Result<OffsetKey, RecordError> {
    Ok(OffsetKey {
        group: GroupId::from(reader.name()?),
        topic: TopicName::from(reader.name()?),
        partition: PartitionIndex::new(reader.int32()?),
    })
}

fn decode_offset(bytes: &[u8]) -> Result<CommittedOffset, RecordError> {
    let mut reader = Reader::new(bytes);
    let version = version(&mut reader)?;
    let offset = Offset::new(reader.int64()?);
    let leader_epoch = if version >= 3 { reader.int32()? } else { LeaderEpoch::NONE.get() };
    let note = Note::new(reader.name()?);
    let committed_at = Timestamp::new(reader.int64()?);
    let expires_at = if version == 1 { reader.int64()? } else { -1 };
    reader.tags()?;
    reader.finish()?;
    Ok(CommittedOffset {
        offset,
        leader_epoch: LeaderEpoch::new(leader_epoch),
        note,
        committed_at,
        expires_at: (expires_at >= 0).then(|| Timestamp::new(expires_at)),
    })
}

fn decode_group(bytes: &[u8]) -> Result<GroupRecord, RecordError> {
    let mut reader = Reader::new(bytes);
    let version = version(&mut reader)?;
    let protocol_type = ProtocolType::from(reader.name()?);
    let generation = Generation::new(reader.int32()?);
    let protocol = reader.nullable_name()?.map(ProtocolName::from);
    let leader = reader.nullable_name()?.map(MemberId::from);
    let state_since = if version >= 2 { reader.int64()? } else { Timestamp::NONE.get() };
    let count = reader.count(MEMBER_BYTES_MIN)?;
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(decode_member(&mut reader, version)?);
    }
    reader.tags()?;
    reader.finish()?;
    let state_since = Timestamp::new(state_since);
    Ok(GroupRecord { protocol_type, generation, protocol, leader, state_since, members })
}

fn decode_member(reader: &mut Reader<'_>, version: i16) -> Result<MemberRecord, RecordError> {
    let id = MemberId::from(reader.name()?);
    let instance = if version >= 3 { reader.nullable_name()? } else { None };
    let client_id = ClientName::from(reader.name()?);
    let client_host = ClientName::from(reader.name()?);
    let rebalance_timeout_ms = if version >= 1 { Some(reader.int32()?) } else { None };
    let session_timeout_ms = reader.int32()?;
    let subscription = reader.payload()?;
    let assignment = reader.payload()?;
    reader.tags()?;
    Ok(MemberRecord {
        id,
        instance: instance.map(InstanceId::from),
        client_id,
        client_host,
        rebalance_timeout_ms: rebalance_timeout_ms.unwrap_or(session_timeout_ms),
        session_timeout_ms,
        subscription,
        assignment,
    })
}

fn version(reader: &mut Reader<'_>) -> Result<i16, RecordError> {
    let got = reader.int16()?;
    if !(0..=VERSION_MAX).contains(&got) {
        return Err(RecordError::Version { got, expected_max: VERSION_MAX });
    }
    reader.set_flexible(got >= VERSION_FLEXIBLE);
    Ok(got)
}
