//! DeleteAcls (key 31): somebody may no more.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes the ACLs that filters match.
    request DeleteAclsRequest<'a> = 1..=3, flexible 2.. {
        filters: Vec<DeleteAclsFilter<'a>>, 0..;
    }

    /// An element of `filters` in [`DeleteAclsRequest`].
    part DeleteAclsFilter<'a> {
        /// 1 matches all; else as in ACLs.
        resource_type_filter: i8,                         0..;
        resource_name_filter: Option<&'a str> = Some(""), 0.., null 0..;
        /// 1 any, 2 all that apply to the name, 3 literal, 4 prefixed.
        pattern_type_filter: i8 = 3,                      1..;
        principal_filter: Option<&'a str> = Some(""),     0.., null 0..;
        host_filter: Option<&'a str> = Some(""),          0.., null 0..;
        /// 1 any (in filters), 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, and
        /// so on.
        operation: i8,                                    0..;
        /// 1 any (in filters), 2 deny, 3 allow.
        permission_type: i8,                              0..;
    }

    /// What each filter deleted.
    response DeleteAclsResponse<'a> = 1..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                           0..;
        filter_results: Vec<DeleteAclsFilterResult<'a>>, 0..;
    }

    /// An element of `filter_results` in [`DeleteAclsResponse`].
    part DeleteAclsFilterResult<'a> {
        error_code: ErrorCode,                         0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),     0.., null 0..;
        matching_acls: Vec<DeleteAclsMatchingAcl<'a>>, 0..;
    }

    /// An element of `matching_acls` in [`DeleteAclsFilterResult`].
    part DeleteAclsMatchingAcl<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,                         0..;
        resource_name: &'a str,                    0..;
        /// 3 literal, 4 prefixed.
        pattern_type: i8 = 3,                      1..;
        principal: &'a str,                        0..;
        host: &'a str,                             0..;
        /// 1 any (in filters), 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, and
        /// so on.
        operation: i8,                             0..;
        /// 1 any (in filters), 2 deny, 3 allow.
        permission_type: i8,                       0..;
    }
}
