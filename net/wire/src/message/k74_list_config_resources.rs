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

    /// An element of [`ListConfigResourcesResponse::config_resources`].
    part ConfigResource<'a> {
        resource_name: &'a str, 0..;
        resource_type: i8 = 16, 1.., ignorable;
    }
}
