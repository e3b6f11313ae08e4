//! UpdateFeatures (key 57): feature levels of the cluster.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Raises or lowers features (KIP-584).
    request UpdateFeaturesRequest<'a> = 0..=2, flexible 0.. {
        /// How long the answer may take.
        timeout_ms: i32 = 60000,                    0..;
        feature_updates: Vec<FeatureUpdateKey<'a>>, 0..;
        /// Whether nothing is to be changed.
        validate_only: bool,                        1..;
    }

    /// An element of `feature_updates` in [`UpdateFeaturesRequest`].
    part FeatureUpdateKey<'a> {
        feature: &'a str,       0..;
        max_version_level: i16, 0..;
        allow_downgrade: bool,  0..=0;
        /// 1 upgrade, 2 safe downgrade, 3 unsafe downgrade.
        upgrade_type: i8 = 1,   1..;
    }

    /// What became of each, up to version 1.
    response UpdateFeaturesResponse<'a> = 0..=2, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        results: Vec<UpdatableFeatureResult<'a>>,  0..=1, ignorable;
    }

    /// An element of `results` in [`UpdateFeaturesResponse`].
    part UpdatableFeatureResult<'a> {
        feature: &'a str,                          0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
