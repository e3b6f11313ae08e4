//! DeleteGroups, versions 0 to 3: groups without members go, with all that they have committed.
//!
//! - Each is deleted or refused on its own, and gone from stable media before the answer: one that
//!   is not within `offsets.commit.timeout.ms` is COORDINATOR_NOT_AVAILABLE, as Kafka has it.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::race::{Boxed, join};
use crate::shard::Shard;
use millstream_coordinator::{Answer, Ask, GroupId};
use millstream_wire::message::k42_delete_groups::DeletableGroupResult;
use millstream_wire::{DeleteGroupsRequest, DeleteGroupsResponse, ErrorCode};
use std::rc::Rc;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &DeleteGroupsRequest<'_>) -> Outcome {
    let groups = request.groups_names.iter();
    let deleting =
        groups.map(|group| Box::pin(delete(exchange.shard, GroupId::from(*group))) as Boxed<'_, _>);
    let codes = join(deleting.collect()).await;
    let results = request.groups_names.iter().zip(codes);
    let results = results.map(|(group_id, error_code)| DeletableGroupResult {
        group_id,
        error_code,
        error_message: None,
    });
    let results = results.collect();
    exchange.answer(&DeleteGroupsResponse { results, ..DeleteGroupsResponse::default() })
}

async fn delete(shard: &Rc<Shard>, group: GroupId) -> ErrorCode {
    match shard.ask_group(group, Ask::DeleteGroup).await {
        Ok(Answer::DeleteGroup(result)) => error_map::of_group_result(&result),
        Ok(_) => unreachable!("an answer is of its question's kind"),
        Err(absent) => error_map::of_absent(absent),
    }
}
