//! GetTelemetrySubscriptions (key 71): which metrics the broker wants.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks what to push (KIP-714).
    request GetTelemetrySubscriptionsRequest = 0..=0, flexible 0.. {
        /// Zero to be given one.
        client_instance_id: Uuid, 0..;
    }

    /// What to push, and how often.
    response GetTelemetrySubscriptionsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,               0..;
        error_code: ErrorCode,               0..;
        /// Zero to be given one.
        client_instance_id: Uuid,            0..;
        subscription_id: i32,                0..;
        /// As in batches: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        accepted_compression_types: Vec<i8>, 0..;
        /// How long the client waits between two pushes.
        push_interval_ms: i32,               0..;
        telemetry_max_bytes: i32,            0..;
        delta_temporality: bool,             0..;
        /// Prefixes of names; none for no metrics, one that is "" for all.
        requested_metrics: Vec<&'a str>,     0..;
    }
}
