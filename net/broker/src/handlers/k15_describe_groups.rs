//! DescribeGroups, versions 0 to 6: groups with their members.
//!
//! - A group that is not there is "Dead" without an error; from version 6 GROUP_ID_NOT_FOUND
//!   (KIP-1043).
//! - Metadata and assignments are shown while the group is stable.
//! - Nobody is kept from anything yet, so all operations are authorized (KIP-430).

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::groups::Absent;
use crate::race::{Boxed, join};
use millstream_coordinator::{
    Coordinator, Description, GroupId, GroupState, InstanceId, MemberDescription, ProtocolName,
    ProtocolType,
};
use millstream_wire::message::k15_describe_groups::{DescribedGroup, DescribedGroupMember};
use millstream_wire::{Blob, DescribeGroupsRequest, DescribeGroupsResponse, ErrorCode};

//= KIP-430: a bit for each operation on a group: READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS,
//= ALTER_CONFIGS.
const OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeGroupsRequest<'_>,
) -> Outcome {
    let looking = request.groups.iter().map(|group| {
        let group = GroupId::from(*group);
        let see = {
            let group = group.clone();
            move |coordinator: &Coordinator| coordinator.describe(&group)
        };
        Box::pin(async move { exchange.shard.see_group(&group, see).await }) as Boxed<'_, _>
    });
    let found = join(looking.collect()).await;
    let is_told = exchange.version() >= 6;
    let operations = if request.include_authorized_operations { OPERATIONS } else { i32::MIN };
    let groups = request.groups.iter().zip(&found).map(|(group, found)| DescribedGroup {
        group_id: group,
        authorized_operations: operations,
        ..describe(found, is_told)
    });
    exchange.answer(&DescribeGroupsResponse {
        groups: groups.collect(),
        ..DescribeGroupsResponse::default()
    })
}

fn describe(found: &Result<Option<Description>, Absent>, is_told: bool) -> DescribedGroup<'_> {
    match found {
        Err(absent) => DescribedGroup {
            error_code: error_map::of_absent(*absent),
            ..DescribedGroup::default()
        },
        Ok(Some(group)) => DescribedGroup {
            group_state: group.state.name(),
            protocol_type: group.protocol_type.as_ref().map_or("", ProtocolType::as_str),
            protocol_data: group.protocol.as_ref().map_or("", ProtocolName::as_str),
            members: group.members.iter().map(member).collect(),
            ..DescribedGroup::default()
        },
        Ok(None) => DescribedGroup {
            error_code: if is_told { ErrorCode::GROUP_ID_NOT_FOUND } else { ErrorCode::NONE },
            error_message: is_told.then_some("There is no such group."),
            group_state: GroupState::Dead.name(),
            ..DescribedGroup::default()
        },
    }
}

fn member(member: &MemberDescription) -> DescribedGroupMember<'_> {
    DescribedGroupMember {
        member_id: member.member.as_str(),
        group_instance_id: member.instance.as_ref().map(InstanceId::as_str),
        client_id: member.client_id.as_str(),
        client_host: member.client_host.as_str(),
        member_metadata: Blob(member.metadata.bytes()),
        member_assignment: Blob(member.assignment.bytes()),
    }
}
