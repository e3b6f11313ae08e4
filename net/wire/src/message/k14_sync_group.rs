//! SyncGroup (key 14): assignments of a generation.

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Brings the assignments, if from the leader, and asks for the own one.
    request SyncGroupRequest<'a> = 0..=5, flexible 4.. {
        group_id: &'a str,                                0..;
        generation_id: i32,                               0..;
        member_id: &'a str,                               0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>,               3.., null 3..;
        protocol_type: Option<&'a str>,                   5.., null 5.., ignorable;
        protocol_name: Option<&'a str>,                   5.., null 5.., ignorable;
        assignments: Vec<SyncGroupRequestAssignment<'a>>, 0..;
    }

    /// An element of `assignments` in [`SyncGroupRequest`].
    part SyncGroupRequestAssignment<'a> {
        member_id: &'a str,   0..;
        assignment: Blob<'a>, 0..;
    }

    /// The own assignment.
    response SyncGroupResponse<'a> = 0..=5, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,          1.., ignorable;
        error_code: ErrorCode,          0..;
        protocol_type: Option<&'a str>, 5.., null 5.., ignorable;
        protocol_name: Option<&'a str>, 5.., null 5.., ignorable;
        assignment: Blob<'a>,           0..;
    }
}
