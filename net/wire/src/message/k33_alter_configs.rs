//! AlterConfigs (key 33): all settings of something.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Replaces all settings of resources.
    request AlterConfigsRequest<'a> = 0..=2, flexible 2.. {
        resources: Vec<AlterConfigsResource<'a>>, 0..;
        /// Whether nothing is to be changed.
        validate_only: bool,                      0..;
    }

    /// An element of `resources` in [`AlterConfigsRequest`].
    part AlterConfigsResource<'a> {
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,                 0..;
        resource_name: &'a str,            0..;
        configs: Vec<AlterableConfig<'a>>, 0..;
    }

    /// An element of `configs` in [`AlterConfigsResource`].
    part AlterableConfig<'a> {
        name: &'a str,                     0..;
        value: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// Whether each was changed.
    response AlterConfigsResponse<'a> = 0..=2, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                            0..;
        responses: Vec<AlterConfigsResourceResponse<'a>>, 0..;
    }

    /// An element of `responses` in [`AlterConfigsResponse`].
    part AlterConfigsResourceResponse<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8,                         0..;
        resource_name: &'a str,                    0..;
    }
}
