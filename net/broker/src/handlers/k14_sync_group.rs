//! SyncGroup, versions 0 to 5: the leader brings what it has shared out, everybody gets his part.
//!
//! - Answered when the assignment is on stable media; who is not in it gets 0 bytes.
//! - From version 5 the kind of group and its protocol must be named, and agree (KIP-559).

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_coordinator::{
    Answer, Ask, Generation, GroupId, InstanceId, MemberId, Payload, ProtocolName, ProtocolType,
    Sync, Synced,
};
use millstream_wire::message::k14_sync_group::SyncGroupRequestAssignment;
use millstream_wire::{Blob, ErrorCode, SyncGroupRequest, SyncGroupResponse};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &SyncGroupRequest<'_>) -> Outcome {
    let names_all = request.protocol_type.is_some() && request.protocol_name.is_some();
    if exchange.version() >= 5 && !names_all {
        return refuse(exchange, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    }
    let assignment = |assignment: &SyncGroupRequestAssignment<'_>| {
        let share = Payload::new(exchange.share(&assignment.assignment));
        (MemberId::from(assignment.member_id), share)
    };
    let sync = Ask::Sync(Sync {
        member: MemberId::from(request.member_id),
        instance: request.group_instance_id.map(InstanceId::from),
        generation: Generation::new(request.generation_id),
        protocol_type: request.protocol_type.map(ProtocolType::from),
        protocol: request.protocol_name.map(ProtocolName::from),
        assignments: request.assignments.iter().map(assignment).collect(),
    });
    match exchange.shard.ask_group(GroupId::from(request.group_id), sync).await {
        Ok(Answer::Sync(Ok(synced))) => answer(exchange, &synced),
        Ok(Answer::Sync(Err(error))) => refuse(exchange, error_map::of_group(error)),
        Ok(_) => unreachable!("an answer is of its question's kind"),
        Err(absent) => refuse(exchange, error_map::of_absent(absent)),
    }
}

fn answer(exchange: &Exchange<'_>, synced: &Synced) -> Outcome {
    exchange.answer(&SyncGroupResponse {
        protocol_type: synced.protocol_type.as_ref().map(ProtocolType::as_str),
        protocol_name: synced.protocol.as_ref().map(ProtocolName::as_str),
        assignment: Blob(synced.assignment.bytes()),
        ..SyncGroupResponse::default()
    })
}

fn refuse(exchange: &Exchange<'_>, error_code: ErrorCode) -> Outcome {
    exchange.answer(&SyncGroupResponse { error_code, ..SyncGroupResponse::default() })
}
