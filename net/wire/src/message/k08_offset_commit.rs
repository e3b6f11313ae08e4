//! OffsetCommit (key 8): how far a group has come.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Stores offsets of a group.
    request OffsetCommitRequest<'a> = 2..=10, flexible 8.. {
        group_id: &'a str,                         0..;
        /// -1 from outside of the group; an epoch in groups of the new protocol.
        generation_id_or_member_epoch: i32 = -1,   1..;
        member_id: &'a str,                        1..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>,        7.., null 7..;
        /// -1 for the broker's setting.
        retention_time_ms: i64 = -1,               2..=4, ignorable;
        topics: Vec<OffsetCommitRequestTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetCommitRequest`].
    part OffsetCommitRequestTopic<'a> {
        name: &'a str,                                     0..=9, ignorable;
        topic_id: Uuid,                                    10.., ignorable;
        partitions: Vec<OffsetCommitRequestPartition<'a>>, 0..;
    }

    /// An element of `partitions` in [`OffsetCommitRequestTopic`].
    part OffsetCommitRequestPartition<'a> {
        partition_index: i32,                           0..;
        /// -1 where none is stored.
        committed_offset: i64,                          0..;
        /// Of the last record that was read; -1 where it is not known (KIP-320).
        committed_leader_epoch: i32 = -1,               6.., ignorable;
        /// What the client wants to find again.
        committed_metadata: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// Whether each was stored.
    response OffsetCommitResponse<'a> = 2..=10, flexible 8.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                      3.., ignorable;
        topics: Vec<OffsetCommitResponseTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`OffsetCommitResponse`].
    part OffsetCommitResponseTopic<'a> {
        name: &'a str,                                  0..=9, ignorable;
        topic_id: Uuid,                                 10.., ignorable;
        partitions: Vec<OffsetCommitResponsePartition>, 0..;
    }

    /// An element of `partitions` in [`OffsetCommitResponseTopic`].
    part OffsetCommitResponsePartition {
        partition_index: i32,  0..;
        error_code: ErrorCode, 0..;
    }
}
