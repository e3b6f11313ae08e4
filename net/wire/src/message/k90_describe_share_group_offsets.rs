//! DescribeShareGroupOffsets (key 90): how far share groups have come.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the start offsets of groups (KIP-932).
    request DescribeShareGroupOffsetsRequest<'a> = 0..=1, flexible 0.. {
        groups: Vec<DescribeShareGroupOffsetsRequestGroup<'a>>, 0..;
    }

    /// An element of `groups` in [`DescribeShareGroupOffsetsRequest`].
    part DescribeShareGroupOffsetsRequestGroup<'a> {
        group_id: &'a str,                                           0..;
        topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic<'a>>> = Some(Vec::new()),
            0.., null 0..;
    }

    /// An element of `topics` in [`DescribeShareGroupOffsetsRequestGroup`].
    part DescribeShareGroupOffsetsRequestTopic<'a> {
        topic_name: &'a str,  0..;
        partitions: Vec<i32>, 0..;
    }

    /// The offsets.
    response DescribeShareGroupOffsetsResponse<'a> = 0..=1, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                   0..;
        groups: Vec<DescribeShareGroupOffsetsResponseGroup<'a>>, 0..;
    }

    /// An element of `groups` in [`DescribeShareGroupOffsetsResponse`].
    part DescribeShareGroupOffsetsResponseGroup<'a> {
        group_id: &'a str,                                       0..;
        topics: Vec<DescribeShareGroupOffsetsResponseTopic<'a>>, 0..;
        error_code: ErrorCode,                                   0..;
        /// For people.
        error_message: Option<&'a str>,                          0.., null 0..;
    }

    /// An element of `topics` in [`DescribeShareGroupOffsetsResponseGroup`].
    part DescribeShareGroupOffsetsResponseTopic<'a> {
        topic_name: &'a str,                                         0..;
        topic_id: Uuid,                                              0..;
        partitions: Vec<DescribeShareGroupOffsetsResponsePartition<'a>>, 0..;
    }

    /// An element of `partitions` in [`DescribeShareGroupOffsetsResponseTopic`].
    part DescribeShareGroupOffsetsResponsePartition<'a> {
        partition_index: i32,           0..;
        start_offset: i64,              0..;
        /// -1 where it is not known.
        leader_epoch: i32,              0..;
        /// Records after the start offset that are still to be read; -1 where it is not known.
        lag: i64 = -1,                  1.., ignorable;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 0.., null 0..;
    }
}
