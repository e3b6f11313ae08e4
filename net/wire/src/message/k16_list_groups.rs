//! ListGroups (key 16): which groups there are.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the groups of this broker.
    request ListGroupsRequest<'a> = 0..=5, flexible 3.. {
        states_filter: Vec<&'a str>, 4..;
        types_filter: Vec<&'a str>,  5..;
    }

    /// The groups.
    response ListGroupsResponse<'a> = 0..=5, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,        1.., ignorable;
        error_code: ErrorCode,        0..;
        groups: Vec<ListedGroup<'a>>, 0..;
    }

    /// An element of `groups` in [`ListGroupsResponse`].
    part ListedGroup<'a> {
        group_id: &'a str,      0..;
        protocol_type: &'a str, 0..;
        group_state: &'a str,   4.., ignorable;
        group_type: &'a str,    5.., ignorable;
    }
}
