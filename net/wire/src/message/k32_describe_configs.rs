//! DescribeConfigs (key 32): settings of topics, brokers, groups.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for settings.
    request DescribeConfigsRequest<'a> = 1..=4, flexible 4.. {
        resources: Vec<DescribeConfigsResource<'a>>, 0..;
        include_synonyms: bool,                      1..;
        include_documentation: bool,                 3..;
    }

    /// An element of [`DescribeConfigsRequest::resources`].
    part DescribeConfigsResource<'a> {
        resource_type: i8,                                           0..;
        resource_name: &'a str,                                      0..;
        configuration_keys: Option<Vec<&'a str>> = Some(Vec::new()), 0.., null 0..;
    }

    /// The settings, with their sources from version 1 on.
    response DescribeConfigsResponse<'a> = 1..=4, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                   0..;
        results: Vec<DescribeConfigsResult<'a>>, 0..;
    }

    /// An element of [`DescribeConfigsResponse::results`].
    part DescribeConfigsResult<'a> {
        error_code: ErrorCode,                           0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),       0.., null 0..;
        resource_type: i8,                               0..;
        resource_name: &'a str,                          0..;
        configs: Vec<DescribeConfigsResourceResult<'a>>, 0..;
    }

    /// An element of [`DescribeConfigsResult::configs`].
    part DescribeConfigsResourceResult<'a> {
        name: &'a str,                             0..;
        value: Option<&'a str> = Some(""),         0.., null 0..;
        read_only: bool,                           0..;
        config_source: i8 = -1,                    1..;
        is_sensitive: bool,                        0..;
        synonyms: Vec<DescribeConfigsSynonym<'a>>, 1..;
        config_type: i8,                           3.., ignorable;
        documentation: Option<&'a str> = Some(""), 3.., null 0.., ignorable;
    }

    /// An element of [`DescribeConfigsResourceResult::synonyms`].
    part DescribeConfigsSynonym<'a> {
        name: &'a str,                     1..;
        value: Option<&'a str> = Some(""), 1.., null 0..;
        source: i8,                        1..;
    }
}
