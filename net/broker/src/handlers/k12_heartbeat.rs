//! Heartbeat, versions 0 to 4: a member is alive, and is told whether its group is being
//! rebalanced.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_coordinator::{Answer, Ask, Generation, GroupId, Heartbeat, InstanceId, MemberId};
use millstream_wire::{HeartbeatRequest, HeartbeatResponse};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &HeartbeatRequest<'_>) -> Outcome {
    let heartbeat = Ask::Heartbeat(Heartbeat {
        member: MemberId::from(request.member_id),
        instance: request.group_instance_id.map(InstanceId::from),
        generation: Generation::new(request.generation_id),
    });
    let error_code =
        match exchange.shard.ask_group(GroupId::from(request.group_id), heartbeat).await {
            Ok(Answer::Heartbeat(result)) => error_map::of_group_result(&result),
            Ok(_) => unreachable!("an answer is of its question's kind"),
            Err(absent) => error_map::of_absent(absent),
        };
    exchange.answer(&HeartbeatResponse { error_code, ..HeartbeatResponse::default() })
}
