//! ListOffsets (key 2): offsets by time.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the offset of a time, or of the beginning or end.
    request ListOffsetsRequest<'a> = 1..=11, flexible 6.. {
        /// Of a follower; -1 from consumers.
        replica_id: i32,                   0..;
        /// 0 reads everything up to the high watermark, 1 only what is committed.
        isolation_level: i8,               2..;
        topics: Vec<ListOffsetsTopic<'a>>, 0..;
        /// How long the answer may take.
        timeout_ms: i32,                   10.., ignorable;
    }

    /// An element of `topics` in [`ListOffsetsRequest`].
    part ListOffsetsTopic<'a> {
        name: &'a str,                         0..;
        partitions: Vec<ListOffsetsPartition>, 0..;
    }

    /// An element of `partitions` in [`ListOffsetsTopic`].
    part ListOffsetsPartition {
        partition_index: i32,           0..;
        /// The epoch that the client knows, checked if not -1 (KIP-320).
        current_leader_epoch: i32 = -1, 4.., ignorable;
        /// Milliseconds since 1970; -1 for the end, -2 for the beginning, -3 to -6 for special
        /// places.
        timestamp: i64,                 0..;
    }

    /// The offsets, partition by partition.
    response ListOffsetsResponse<'a> = 1..=11, flexible 6.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     2.., ignorable;
        topics: Vec<ListOffsetsTopicResponse<'a>>, 0..;
    }

    /// An element of `topics` in [`ListOffsetsResponse`].
    part ListOffsetsTopicResponse<'a> {
        name: &'a str,                                 0..;
        partitions: Vec<ListOffsetsPartitionResponse>, 0..;
    }

    /// An element of `partitions` in [`ListOffsetsTopicResponse`].
    part ListOffsetsPartitionResponse {
        partition_index: i32,   0..;
        error_code: ErrorCode,  0..;
        /// Of the record found; -1 for none.
        timestamp: i64 = -1,    1..;
        /// -1 for none.
        offset: i64 = -1,       1..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1, 4..;
    }
}
