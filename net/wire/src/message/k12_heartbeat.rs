//! Heartbeat (key 12): a member is alive.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Says that a member of a classic group is alive.
    request HeartbeatRequest<'a> = 0..=4, flexible 4.. {
        group_id: &'a str,                  0..;
        generation_id: i32,                 0..;
        member_id: &'a str,                 0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>, 3.., null 3..;
    }

    /// Whether it may go on or must join again.
    response HeartbeatResponse = 0..=4, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32, 1.., ignorable;
        error_code: ErrorCode, 0..;
    }
}
