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

    /// An element of `resources` in [`DescribeConfigsRequest`].
    part DescribeConfigsResource<'a> {
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,                                           0..;
        resource_name: &'a str,                                      0..;
        /// Null for all.
        configuration_keys: Option<Vec<&'a str>> = Some(Vec::new()), 0.., null 0..;
    }

    /// The settings, with their sources from version 1 on.
    response DescribeConfigsResponse<'a> = 1..=4, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                   0..;
        results: Vec<DescribeConfigsResult<'a>>, 0..;
    }

    /// An element of `results` in [`DescribeConfigsResponse`].
    part DescribeConfigsResult<'a> {
        error_code: ErrorCode,                           0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),       0.., null 0..;
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,                               0..;
        resource_name: &'a str,                          0..;
        configs: Vec<DescribeConfigsResourceResult<'a>>, 0..;
    }

    /// An element of `configs` in [`DescribeConfigsResult`].
    part DescribeConfigsResourceResult<'a> {
        name: &'a str,                             0..;
        value: Option<&'a str> = Some(""),         0.., null 0..;
        read_only: bool,                           0..;
        /// 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default, 6 logger, 7 client
        /// metrics, 8 group.
        config_source: i8 = -1,                    1..;
        /// Whether its value is kept secret, and null.
        is_sensitive: bool,                        0..;
        synonyms: Vec<DescribeConfigsSynonym<'a>>, 1..;
        /// 1 bool, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
        config_type: i8,                           3.., ignorable;
        documentation: Option<&'a str> = Some(""), 3.., null 0.., ignorable;
    }

    /// An element of `synonyms` in [`DescribeConfigsResourceResult`].
    part DescribeConfigsSynonym<'a> {
        name: &'a str,                     1..;
        value: Option<&'a str> = Some(""), 1.., null 0..;
        /// As `config_source`.
        source: i8,                        1..;
    }
}
