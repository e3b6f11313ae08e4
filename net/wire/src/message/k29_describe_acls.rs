//! DescribeAcls (key 29): who may do what.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the ACLs that a filter matches.
    request DescribeAclsRequest<'a> = 1..=3, flexible 2.. {
        resource_type_filter: i8,                         0..;
        resource_name_filter: Option<&'a str> = Some(""), 0.., null 0..;
        pattern_type_filter: i8 = 3,                      1..;
        principal_filter: Option<&'a str> = Some(""),     0.., null 0..;
        host_filter: Option<&'a str> = Some(""),          0.., null 0..;
        operation: i8,                                    0..;
        permission_type: i8,                              0..;
    }

    /// The ACLs.
    response DescribeAclsResponse<'a> = 1..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        resources: Vec<DescribeAclsResource<'a>>,  0..;
    }

    /// An element of [`DescribeAclsResponse::resources`].
    part DescribeAclsResource<'a> {
        resource_type: i8,             0..;
        resource_name: &'a str,        0..;
        pattern_type: i8 = 3,          1..;
        acls: Vec<AclDescription<'a>>, 0..;
    }

    /// An element of [`DescribeAclsResource::acls`].
    part AclDescription<'a> {
        principal: &'a str,  0..;
        host: &'a str,       0..;
        operation: i8,       0..;
        permission_type: i8, 0..;
    }
}
