//! From what is to be kept to the bytes that are stored.
//!
//! Names were checked against [`crate::limits::NAME_BYTES_MAX`] when their command came in, and
//! the size of the whole before it is handed out, so that nothing here can fail.

use bytes::{BufMut, Bytes, BytesMut};

use crate::limits::RECORD_OVERHEAD_BYTES;
use crate::names::{GroupId, PartitionIndex, Payload, TopicName};
use crate::record::{CommittedOffset, GroupRecord, KIND_GROUP, KIND_OFFSET, MemberRecord, Record};

/// The version of both values that carries all of today's fields without compact lengths.
const VERSION_PLAIN: i16 = 3;
/// The one version of an offset with an expiry of its own; it has no leader epoch.
const VERSION_EXPIRY: i16 = 1;

/// The record of an offset, or its tombstone.
pub(crate) fn encode_offset(
    group: &GroupId,
    topic: &TopicName,
    partition: PartitionIndex,
    value: Option<&CommittedOffset>,
) -> Record {
    let mut key = BytesMut::with_capacity(10 + group.as_str().len() + topic.as_str().len());
    key.put_i16(KIND_OFFSET);
    put_name(&mut key, group.as_str());
    put_name(&mut key, topic.as_str());
    key.put_i32(partition.get());
    Record { key: key.freeze(), value: value.map(encode_offset_value) }
}

/// At most what [`encode_offset`] takes for these, with its framing in a batch.
pub(crate) fn offset_size_bytes(group: &GroupId, topic: &TopicName, note_bytes: usize) -> usize {
    group.as_str().len() + topic.as_str().len() + note_bytes + RECORD_OVERHEAD_BYTES
}

/// The record of a group, or its tombstone.
pub(crate) fn encode_group(group: &GroupId, value: Option<&GroupRecord>) -> Record {
    let mut key = BytesMut::new();
    key.put_i16(KIND_GROUP);
    put_name(&mut key, group.as_str());
    Record { key: key.freeze(), value: value.map(encode_group_value) }
}

fn encode_offset_value(value: &CommittedOffset) -> Bytes {
    let mut bytes = BytesMut::with_capacity(32 + value.note.as_str().len());
    let version = if value.expires_at.is_some() { VERSION_EXPIRY } else { VERSION_PLAIN };
    bytes.put_i16(version);
    bytes.put_i64(value.offset.get());
    if version == VERSION_PLAIN {
        bytes.put_i32(value.leader_epoch.get());
    }
    put_name(&mut bytes, value.note.as_str());
    bytes.put_i64(value.committed_at.get());
    if let Some(expires_at) = value.expires_at {
        bytes.put_i64(expires_at.get());
    }
    bytes.freeze()
}

fn encode_group_value(value: &GroupRecord) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(VERSION_PLAIN);
    put_name(&mut bytes, value.protocol_type.as_str());
    bytes.put_i32(value.generation.get());
    put_nullable_name(&mut bytes, value.protocol.as_ref().map(|protocol| protocol.as_str()));
    put_nullable_name(&mut bytes, value.leader.as_ref().map(|leader| leader.as_str()));
    bytes.put_i64(value.state_since.get());
    bytes.put_i32(i32::try_from(value.members.len()).expect("members are limited to 16 bits"));
    for member in &value.members {
        put_member(&mut bytes, member);
    }
    bytes.freeze()
}

fn put_member(bytes: &mut BytesMut, member: &MemberRecord) {
    put_name(bytes, member.id.as_str());
    put_nullable_name(bytes, member.instance.as_ref().map(|instance| instance.as_str()));
    put_name(bytes, member.client_id.as_str());
    put_name(bytes, member.client_host.as_str());
    bytes.put_i32(member.rebalance_timeout_ms);
    bytes.put_i32(member.session_timeout_ms);
    put_payload(bytes, &member.subscription);
    put_payload(bytes, &member.assignment);
}

fn put_name(bytes: &mut BytesMut, name: &str) {
    let length = i16::try_from(name.len()).expect("names were checked when they came in");
    bytes.put_i16(length);
    bytes.put_slice(name.as_bytes());
}

fn put_nullable_name(bytes: &mut BytesMut, name: Option<&str>) {
    match name {
        Some(name) => put_name(bytes, name),
        None => bytes.put_i16(-1),
    }
}

fn put_payload(bytes: &mut BytesMut, payload: &Payload) {
    let length = i32::try_from(payload.size_bytes()).expect("a group's bytes were checked");
    bytes.put_i32(length);
    bytes.put_slice(payload.bytes());
}
