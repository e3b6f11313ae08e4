//! TxnOffsetCommit (key 28): offsets of a group within a transaction.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Stores offsets that count when the transaction commits (KIP-98).
    request TxnOffsetCommitRequest<'a> = 0..=6, flexible 3.. {
        /// Null outside of transactions.
        transactional_id: &'a str,                    0..;
        group_id: &'a str,                            0..;
        /// -1 for none.
        producer_id: i64,                             0..;
        /// -1 for none.
        producer_epoch: i16,                          0..;
        /// -1 from outside of the group; an epoch in groups of the new protocol.
        generation_id_or_member_epoch: i32 = -1,      3..;
        member_id: &'a str,                           3..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>,           3.., null 3..;
        topics: Vec<TxnOffsetCommitRequestTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`TxnOffsetCommitRequest`].
    part TxnOffsetCommitRequestTopic<'a> {
        name: &'a str,                                        0..=5, ignorable;
        topic_id: Uuid,                                       6.., ignorable;
        partitions: Vec<TxnOffsetCommitRequestPartition<'a>>, 0..;
    }

    /// An element of `partitions` in [`TxnOffsetCommitRequestTopic`].
    part TxnOffsetCommitRequestPartition<'a> {
        partition_index: i32,                           0..;
        /// -1 where none is stored.
        committed_offset: i64,                          0..;
        /// Of the last record that was read; -1 where it is not known (KIP-320).
        committed_leader_epoch: i32 = -1,               2.., ignorable;
        /// What the client wants to find again.
        committed_metadata: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// Whether each was stored.
    response TxnOffsetCommitResponse<'a> = 0..=6, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        topics: Vec<TxnOffsetCommitResponseTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`TxnOffsetCommitResponse`].
    part TxnOffsetCommitResponseTopic<'a> {
        name: &'a str,                                     0..=5, ignorable;
        topic_id: Uuid,                                    6.., ignorable;
        partitions: Vec<TxnOffsetCommitResponsePartition>, 0..;
    }

    /// An element of `partitions` in [`TxnOffsetCommitResponseTopic`].
    part TxnOffsetCommitResponsePartition {
        partition_index: i32,  0..;
        error_code: ErrorCode, 0..;
    }
}
