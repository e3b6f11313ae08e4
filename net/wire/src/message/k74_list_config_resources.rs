//! ListConfigResources (key 74): what has settings.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for resources with settings (KIP-1142).
    request ListConfigResourcesRequest = 0..=1, flexible 0.. {
        resource_types: Vec<i8>, 1..;
    }

    /// The resources.
    response ListConfigResourcesResponse<'a> = 0..=1, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     0..;
        error_code: ErrorCode,                     0..;
        config_resources: Vec<ConfigResource<'a>>, 0..;
    }

    /// An element of `config_resources` in [`ListConfigResourcesResponse`].
    part ConfigResource<'a> {
        resource_name: &'a str, 0..;
        /// 2 topic, 3 group, 4 cluster or broker, 5 transactional id, 6 token, 7 user, and of
        /// settings 8 logger, 16 client metrics, 32 group.
        resource_type: i8 = 16, 1.., ignorable;
    }
}
