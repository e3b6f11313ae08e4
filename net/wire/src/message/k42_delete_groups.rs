//! DeleteGroups (key 42): groups go.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes groups.
    request DeleteGroupsRequest<'a> = 0..=3, flexible 2.. {
        groups_names: Vec<&'a str>, 0..;
    }

    /// What became of each.
    response DeleteGroupsResponse<'a> = 0..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                  0..;
        results: Vec<DeletableGroupResult<'a>>, 0..;
    }

    /// An element of `results` in [`DeleteGroupsResponse`].
    part DeletableGroupResult<'a> {
        group_id: &'a str,              0..;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 3.., null 3.., ignorable;
    }
}
