//! JoinGroup (key 11): a member enters a group.

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Joins, or joins again, a group of the classic protocol.
    request JoinGroupRequest<'a> = 0..=9, flexible 6.. {
        group_id: &'a str,                            0..;
        /// After so long without a sign of life the member is dead.
        session_timeout_ms: i32,                      0..;
        /// How long the member may take to come back when others join.
        rebalance_timeout_ms: i32 = -1,               1.., ignorable;
        member_id: &'a str,                           0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>,           5.., null 5..;
        protocol_type: &'a str,                       0..;
        protocols: Vec<JoinGroupRequestProtocol<'a>>, 0..;
        /// Why, for people (KIP-800).
        reason: Option<&'a str>,                      8.., null 8.., ignorable;
    }

    /// An element of `protocols` in [`JoinGroupRequest`].
    part JoinGroupRequestProtocol<'a> {
        name: &'a str,      0..;
        metadata: Blob<'a>, 0..;
    }

    /// The generation that was formed; the leader learns of all members.
    response JoinGroupResponse<'a> = 0..=9, flexible 6.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     2.., ignorable;
        error_code: ErrorCode,                     0..;
        generation_id: i32 = -1,                   0..;
        protocol_type: Option<&'a str>,            7.., null 7.., ignorable;
        protocol_name: Option<&'a str> = Some(""), 0.., null 7..;
        /// The id of the member that assigns.
        leader: &'a str,                           0..;
        /// Whether the leader, a static member, is to leave the assignment as it is (KIP-814).
        skip_assignment: bool,                     9..;
        member_id: &'a str,                        0..;
        members: Vec<JoinGroupResponseMember<'a>>, 0..;
    }

    /// An element of `members` in [`JoinGroupResponse`].
    part JoinGroupResponseMember<'a> {
        member_id: &'a str,                 0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>, 5.., null 5.., ignorable;
        metadata: Blob<'a>,                 0..;
    }
}
