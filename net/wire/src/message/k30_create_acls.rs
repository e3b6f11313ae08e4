//! CreateAcls (key 30): somebody may do something.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Creates ACLs.
    request CreateAclsRequest<'a> = 1..=3, flexible 2.. {
        creations: Vec<AclCreation<'a>>, 0..;
    }

    /// An element of [`CreateAclsRequest::creations`].
    part AclCreation<'a> {
        resource_type: i8,             0..;
        resource_name: &'a str,        0..;
        resource_pattern_type: i8 = 3, 1..;
        principal: &'a str,            0..;
        host: &'a str,                 0..;
        operation: i8,                 0..;
        permission_type: i8,           0..;
    }

    /// Whether each was created.
    response CreateAclsResponse<'a> = 1..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,               0..;
        results: Vec<AclCreationResult<'a>>, 0..;
    }

    /// An element of [`CreateAclsResponse::results`].
    part AclCreationResult<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
