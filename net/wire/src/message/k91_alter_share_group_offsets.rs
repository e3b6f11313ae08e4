//! AlterShareGroupOffsets (key 91): share groups begin elsewhere.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Sets the start offsets of a group (KIP-932).
    request AlterShareGroupOffsetsRequest<'a> = 0..=0, flexible 0.. {
        group_id: &'a str,                                   0..;
        topics: Vec<AlterShareGroupOffsetsRequestTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`AlterShareGroupOffsetsRequest`].
    part AlterShareGroupOffsetsRequestTopic<'a> {
        topic_name: &'a str,                                     0..;
        partitions: Vec<AlterShareGroupOffsetsRequestPartition>, 0..;
    }

    /// An element of `partitions` in [`AlterShareGroupOffsetsRequestTopic`].
    part AlterShareGroupOffsetsRequestPartition {
        partition_index: i32, 0..;
        start_offset: i64,    0..;
    }

    /// What became of each.
    response AlterShareGroupOffsetsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                   0..;
        error_code: ErrorCode,                                   0..;
        /// For people.
        error_message: Option<&'a str>,                          0.., null 0..;
        responses: Vec<AlterShareGroupOffsetsResponseTopic<'a>>, 0..;
    }

    /// An element of `responses` in [`AlterShareGroupOffsetsResponse`].
    part AlterShareGroupOffsetsResponseTopic<'a> {
        topic_name: &'a str,                                         0..;
        topic_id: Uuid,                                              0..;
        partitions: Vec<AlterShareGroupOffsetsResponsePartition<'a>>, 0..;
    }

    /// An element of `partitions` in [`AlterShareGroupOffsetsResponseTopic`].
    part AlterShareGroupOffsetsResponsePartition<'a> {
        partition_index: i32,           0..;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 0.., null 0..;
    }
}
