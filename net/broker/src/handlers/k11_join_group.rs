//! JoinGroup, versions 0 to 9: a member enters a group, and waits until the others have.
//!
//! - Version 0 has no timeout for rebalances: that of the session counts.
//! - From version 4 whoever has no name yet is sent away with one first (KIP-394).
//! - From version 9 the leader may be told to leave the assignment as it is (KIP-814).

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_coordinator::{
    Answer, Ask, ClientName, GroupId, InstanceId, Join, Joined, JoinedMember, MemberId, Payload,
    Protocol, ProtocolName, ProtocolType,
};
use millstream_wire::message::k11_join_group::{JoinGroupRequestProtocol, JoinGroupResponseMember};
use millstream_wire::{Blob, ErrorCode, JoinGroupRequest, JoinGroupResponse};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &JoinGroupRequest<'_>) -> Outcome {
    let join = Ask::Join(join(exchange, request));
    let answer = match exchange.shard.ask_group(GroupId::from(request.group_id), join).await {
        Ok(answer) => answer,
        Err(absent) => return refuse(exchange, error_map::of_absent(absent), request.member_id),
    };
    let Answer::Join(result) = answer else { unreachable!("an answer is of its question's kind") };
    match result {
        Ok(joined) => welcome(exchange, &joined),
        Err(refused) => {
            refuse(exchange, error_map::of_group(refused.error), refused.member.as_str())
        }
    }
}

fn join(exchange: &Exchange<'_>, request: &JoinGroupRequest<'_>) -> Join {
    let protocol = |protocol: &JoinGroupRequestProtocol<'_>| Protocol {
        name: ProtocolName::from(protocol.name),
        metadata: Payload::new(exchange.share(&protocol.metadata)),
    };
    let has_rebalance_timeout = exchange.version() >= 1;
    Join {
        member: MemberId::from(request.member_id),
        instance: request.group_instance_id.map(InstanceId::from),
        client_id: ClientName::from(exchange.header.client_id.unwrap_or_default()),
        // As Java prints an address, since tools show it.
        client_host: ClientName::new(format!("/{}", exchange.client.address.ip())),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: if has_rebalance_timeout {
            request.rebalance_timeout_ms
        } else {
            request.session_timeout_ms
        },
        protocol_type: ProtocolType::from(request.protocol_type),
        protocols: request.protocols.iter().map(protocol).collect(),
        needs_member_id: exchange.version() >= 4,
        knows_skip_assignment: exchange.version() >= 9,
    }
}

fn welcome(exchange: &Exchange<'_>, joined: &Joined) -> Outcome {
    let protocol = joined.protocol.as_ref().map(ProtocolName::as_str);
    exchange.answer(&JoinGroupResponse {
        generation_id: joined.generation.get(),
        protocol_type: joined.protocol_type.as_ref().map(ProtocolType::as_str),
        protocol_name: protocol.or(no_protocol(exchange)),
        leader: joined.leader.as_str(),
        skip_assignment: joined.skip_assignment,
        member_id: joined.member.as_str(),
        members: joined.members.iter().map(member).collect(),
        ..JoinGroupResponse::default()
    })
}

fn member(member: &JoinedMember) -> JoinGroupResponseMember<'_> {
    JoinGroupResponseMember {
        member_id: member.member.as_str(),
        group_instance_id: member.instance.as_ref().map(InstanceId::as_str),
        metadata: Blob(member.metadata.bytes()),
    }
}

fn refuse(exchange: &Exchange<'_>, error_code: ErrorCode, member_id: &str) -> Outcome {
    exchange.answer(&JoinGroupResponse {
        error_code,
        protocol_name: no_protocol(exchange),
        member_id,
        ..JoinGroupResponse::default()
    })
}

/// Up to version 6 the name of a protocol is never null.
fn no_protocol(exchange: &Exchange<'_>) -> Option<&'static str> {
    (exchange.version() < 7).then_some("")
}
