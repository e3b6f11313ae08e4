//! DescribeGroups (key 15): classic groups in detail.

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for groups by name.
    request DescribeGroupsRequest<'a> = 0..=6, flexible 5.. {
        groups: Vec<&'a str>,                0..;
        include_authorized_operations: bool, 3..;
    }

    /// The groups with their members.
    response DescribeGroupsResponse<'a> = 0..=6, flexible 5.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,           1.., ignorable;
        groups: Vec<DescribedGroup<'a>>, 0..;
    }

    /// An element of `groups` in [`DescribeGroupsResponse`].
    part DescribedGroup<'a> {
        error_code: ErrorCode,                  0..;
        /// For people.
        error_message: Option<&'a str>,         6.., null 6..;
        group_id: &'a str,                      0..;
        group_state: &'a str,                   0..;
        protocol_type: &'a str,                 0..;
        protocol_data: &'a str,                 0..;
        members: Vec<DescribedGroupMember<'a>>, 0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        authorized_operations: i32 = i32::MIN,  3..;
    }

    /// An element of `members` in [`DescribedGroup`].
    part DescribedGroupMember<'a> {
        member_id: &'a str,                 0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>, 4.., null 4.., ignorable;
        client_id: &'a str,                 0..;
        client_host: &'a str,               0..;
        member_metadata: Blob<'a>,          0..;
        member_assignment: Blob<'a>,        0..;
    }
}
