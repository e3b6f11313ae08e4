//! LeaveGroup (key 13): members leave a group.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Takes members out of a classic group: one up to version 2, many from 3 on.
    request LeaveGroupRequest<'a> = 0..=5, flexible 4.. {
        group_id: &'a str,                0..;
        member_id: &'a str,               0..=2;
        members: Vec<MemberIdentity<'a>>, 3..;
    }

    /// An element of `members` in [`LeaveGroupRequest`].
    part MemberIdentity<'a> {
        member_id: &'a str,                 3..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>, 3.., null 3..;
        /// Why, for people (KIP-800).
        reason: Option<&'a str>,            5.., null 5.., ignorable;
    }

    /// Whether each has left.
    response LeaveGroupResponse<'a> = 0..=5, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,            1.., ignorable;
        error_code: ErrorCode,            0..;
        members: Vec<MemberResponse<'a>>, 3..;
    }

    /// An element of `members` in [`LeaveGroupResponse`].
    part MemberResponse<'a> {
        member_id: &'a str,                            3..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str> = Some(""), 3.., null 3..;
        error_code: ErrorCode,                         3..;
    }
}
