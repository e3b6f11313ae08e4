//! LeaveGroup, versions 0 to 5: members leave at once, without waiting for their sessions to end.
//!
//! - Up to version 2 one member, whose error is the response's; from version 3 several, a static
//!   one by its instance alone if need be (KIP-345).
//! - The reasons of version 5 (KIP-800) are for people, and not kept.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_coordinator::{
    Answer, Ask, GroupError, GroupId, InstanceId, Leave, Leaver, MemberId,
};
use millstream_wire::message::k13_leave_group::{MemberIdentity, MemberResponse};
use millstream_wire::{ErrorCode, LeaveGroupRequest, LeaveGroupResponse};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &LeaveGroupRequest<'_>) -> Outcome {
    let is_batched = exchange.version() >= 3;
    let leaver = |member: &MemberIdentity<'_>| Leaver {
        member: MemberId::from(member.member_id),
        instance: member.group_instance_id.map(InstanceId::from),
    };
    let members = if is_batched {
        request.members.iter().map(leaver).collect()
    } else {
        vec![Leaver { member: MemberId::from(request.member_id), instance: None }]
    };
    let leave = Ask::Leave(Leave { members });
    let results = match exchange.shard.ask_group(GroupId::from(request.group_id), leave).await {
        Ok(Answer::Leave(Ok(results))) => results,
        Ok(Answer::Leave(Err(error))) => return refuse(exchange, error_map::of_group(error)),
        Ok(_) => unreachable!("an answer is of its question's kind"),
        Err(absent) => return refuse(exchange, error_map::of_absent(absent)),
    };
    if !is_batched {
        let only = results.first().map_or(ErrorCode::NONE, error_map::of_group_result);
        return refuse(exchange, only);
    }
    let answered = request.members.iter().zip(&results).map(|(member, result)| one(member, result));
    let members = answered.collect();
    exchange.answer(&LeaveGroupResponse { members, ..LeaveGroupResponse::default() })
}

fn one<'a>(member: &MemberIdentity<'a>, result: &Result<(), GroupError>) -> MemberResponse<'a> {
    MemberResponse {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        error_code: error_map::of_group_result(result),
    }
}

fn refuse(exchange: &Exchange<'_>, error_code: ErrorCode) -> Outcome {
    exchange.answer(&LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() })
}
