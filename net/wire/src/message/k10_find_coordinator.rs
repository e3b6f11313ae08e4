//! FindCoordinator (key 10): who keeps a group or a transaction.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for coordinators: one key up to version 3, many from 4 on.
    request FindCoordinatorRequest<'a> = 0..=6, flexible 3.. {
        key: &'a str,                   0..=3;
        /// 0 for groups, 1 for transactions, 2 for share groups.
        key_type: i8,                   1..;
        coordinator_keys: Vec<&'a str>, 4..;
    }

    /// Where they are.
    response FindCoordinatorResponse<'a> = 0..=6, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     1.., ignorable;
        error_code: ErrorCode,                     0..=3;
        /// For people.
        error_message: Option<&'a str> = Some(""), 1..=3, null 1..=3, ignorable;
        node_id: i32,                              0..=3;
        host: &'a str,                             0..=3;
        port: i32,                                 0..=3;
        coordinators: Vec<Coordinator<'a>>,        4..;
    }

    /// An element of `coordinators` in [`FindCoordinatorResponse`].
    part Coordinator<'a> {
        key: &'a str,                              4..;
        node_id: i32,                              4..;
        host: &'a str,                             4..;
        port: i32,                                 4..;
        error_code: ErrorCode,                     4..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 4.., null 4.., ignorable;
    }
}
