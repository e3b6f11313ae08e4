//! ApiVersions (key 18): what the broker can do.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks which APIs the broker serves, in which versions.
    request ApiVersionsRequest<'a> = 0..=5, flexible 3.. {
        client_software_name: &'a str,    3.., ignorable;
        client_software_version: &'a str, 3.., ignorable;
        /// Null where it is not known.
        cluster_id: Option<&'a str>,      5.., null 5.., ignorable;
        node_id: i32 = -1,                5.., ignorable;
    }

    /// The APIs, and the features of the cluster (KIP-584). Its header is version 0 in all
    /// versions, so that a client reads it before it knows what the broker can do.
    response ApiVersionsResponse<'a> = 0..=5, flexible 3.. {
        error_code: ErrorCode,                            0..;
        api_keys: Vec<ApiVersion>,                        0..;
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                            1.., ignorable;
        supported_features: Vec<SupportedFeatureKey<'a>>, 3.., tag 0, ignorable;
        /// Counts the changes of the finalized features; -1 where it is not known.
        finalized_features_epoch: i64 = -1,               3.., tag 1, ignorable;
        finalized_features: Vec<FinalizedFeatureKey<'a>>, 3.., tag 2, ignorable;
        /// Of Kafka's migration to KRaft, and false.
        zk_migration_ready: bool,                         3.., tag 3, ignorable;
    }

    /// An element of `api_keys` in [`ApiVersionsResponse`].
    part ApiVersion {
        api_key: i16,     0..;
        min_version: i16, 0..;
        max_version: i16, 0..;
    }

    /// An element of `supported_features` in [`ApiVersionsResponse`].
    part SupportedFeatureKey<'a> {
        name: &'a str,    3..;
        min_version: i16, 3..;
        max_version: i16, 3..;
    }

    /// An element of `finalized_features` in [`ApiVersionsResponse`].
    part FinalizedFeatureKey<'a> {
        name: &'a str,          3..;
        max_version_level: i16, 3..;
        min_version_level: i16, 3..;
    }
}
