//! PushTelemetry (key 72): metrics of a client.

use millstream_base::Uuid;

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Brings metrics (KIP-714).
    request PushTelemetryRequest<'a> = 0..=0, flexible 0.. {
        /// Zero to be given one.
        client_instance_id: Uuid, 0..;
        subscription_id: i32,     0..;
        /// Whether this is the last push.
        terminating: bool,        0..;
        /// 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        compression_type: i8,     0..;
        metrics: Blob<'a>,        0..;
    }

    /// Whether they were taken.
    response PushTelemetryResponse = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32, 0..;
        error_code: ErrorCode, 0..;
    }
}
