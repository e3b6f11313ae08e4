//! OffsetForLeaderEpoch (key 23): where leader epochs ended.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks where an epoch ended (KIP-101, KIP-320).
    request OffsetForLeaderEpochRequest<'a> = 2..=4, flexible 4.. {
        /// Of a follower; -1 from consumers, -2 from debuggers.
        replica_id: i32 = -2,                  3.., ignorable;
        topics: Vec<OffsetForLeaderTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetForLeaderEpochRequest`].
    part OffsetForLeaderTopic<'a> {
        topic: &'a str,                            0..;
        partitions: Vec<OffsetForLeaderPartition>, 0..;
    }

    /// An element of `partitions` in [`OffsetForLeaderTopic`].
    part OffsetForLeaderPartition {
        partition: i32,                 0..;
        /// The epoch that the client knows, checked if not -1 (KIP-320).
        current_leader_epoch: i32 = -1, 2..;
        /// -1 where it is not known.
        leader_epoch: i32,              0..;
    }

    /// The ends, partition by partition.
    response OffsetForLeaderEpochResponse<'a> = 2..=4, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                       2..;
        topics: Vec<OffsetForLeaderTopicResult<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetForLeaderEpochResponse`].
    part OffsetForLeaderTopicResult<'a> {
        topic: &'a str,                  0..;
        partitions: Vec<EpochEndOffset>, 0..;
    }

    /// An element of `partitions` in [`OffsetForLeaderTopicResult`].
    part EpochEndOffset {
        error_code: ErrorCode,  0..;
        partition: i32,         0..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1, 1..;
        end_offset: i64 = -1,   0..;
    }
}
