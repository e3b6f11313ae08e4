//! CreateAcls (key 30): somebody may do something.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Creates ACLs.
    request CreateAclsRequest<'a> = 1..=3, flexible 2.. {
        creations: Vec<AclCreation<'a>>, 0..;
    }

    /// An element of `creations` in [`CreateAclsRequest`].
    part AclCreation<'a> {
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,             0..;
        resource_name: &'a str,        0..;
        /// 3 literal, 4 prefixed.
        resource_pattern_type: i8 = 3, 1..;
        principal: &'a str,            0..;
        host: &'a str,                 0..;
        /// 1 any (in filters), 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, and
        /// so on.
        operation: i8,                 0..;
        /// 1 any (in filters), 2 deny, 3 allow.
        permission_type: i8,           0..;
    }

    /// Whether each was created.
    response CreateAclsResponse<'a> = 1..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,               0..;
        results: Vec<AclCreationResult<'a>>, 0..;
    }

    /// An element of `results` in [`CreateAclsResponse`].
    part AclCreationResult<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
