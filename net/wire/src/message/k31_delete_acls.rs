//! DeleteAcls (key 31): somebody may no more.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes the ACLs that filters match.
    request DeleteAclsRequest<'a> = 1..=3, flexible 2.. {
        filters: Vec<DeleteAclsFilter<'a>>, 0..;
    }

    /// An element of [`DeleteAclsRequest::filters`].
    part DeleteAclsFilter<'a> {
        resource_type_filter: i8,                         0..;
        resource_name_filter: Option<&'a str> = Some(""), 0.., null 0..;
        pattern_type_filter: i8 = 3,                      1..;
        principal_filter: Option<&'a str> = Some(""),     0.., null 0..;
        host_filter: Option<&'a str> = Some(""),          0.., null 0..;
        operation: i8,                                    0..;
        permission_type: i8,                              0..;
    }

    /// What each filter deleted.
    response DeleteAclsResponse<'a> = 1..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                           0..;
        filter_results: Vec<DeleteAclsFilterResult<'a>>, 0..;
    }

    /// An element of [`DeleteAclsResponse::filter_results`].
    part DeleteAclsFilterResult<'a> {
        error_code: ErrorCode,                         0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),     0.., null 0..;
        matching_acls: Vec<DeleteAclsMatchingAcl<'a>>, 0..;
    }

    /// An element of [`DeleteAclsFilterResult::matching_acls`].
    part DeleteAclsMatchingAcl<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        resource_type: i8,                         0..;
        resource_name: &'a str,                    0..;
        pattern_type: i8 = 3,                      1..;
        principal: &'a str,                        0..;
        host: &'a str,                             0..;
        operation: i8,                             0..;
        permission_type: i8,                       0..;
    }
}
