//! OffsetDelete (key 47): offsets of a group go.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes stored offsets (KIP-496).
    request OffsetDeleteRequest<'a> = 0..=0 {
        group_id: &'a str,                         0..;
        topics: Vec<OffsetDeleteRequestTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetDeleteRequest`].
    part OffsetDeleteRequestTopic<'a> {
        name: &'a str,                                 0..;
        partitions: Vec<OffsetDeleteRequestPartition>, 0..;
    }

    /// An element of `partitions` in [`OffsetDeleteRequestTopic`].
    part OffsetDeleteRequestPartition {
        partition_index: i32, 0..;
    }

    /// What became of each.
    response OffsetDeleteResponse<'a> = 0..=0 {
        error_code: ErrorCode,                      0..;
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                      0..;
        topics: Vec<OffsetDeleteResponseTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetDeleteResponse`].
    part OffsetDeleteResponseTopic<'a> {
        name: &'a str,                                  0..;
        partitions: Vec<OffsetDeleteResponsePartition>, 0..;
    }

    /// An element of `partitions` in [`OffsetDeleteResponseTopic`].
    part OffsetDeleteResponsePartition {
        partition_index: i32,  0..;
        error_code: ErrorCode, 0..;
    }
}
