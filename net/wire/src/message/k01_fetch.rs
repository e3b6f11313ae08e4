//! Fetch (key 1): record batches out of partitions.

use millstream_base::Uuid;

use crate::codec::Records;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Reads from partitions; waits for data as long as it says.
    request FetchRequest<'a> = 4..=18, flexible 12.. {
        /// Null where it is not known.
        cluster_id: Option<&'a str>,                    12.., null 12.., tag 0, ignorable;
        /// Of a follower; -1 from consumers.
        replica_id: i32 = -1,                           0..=14;
        replica_state: ReplicaState,                    15.., tag 1;
        /// How long to wait for `min_bytes`.
        max_wait_ms: i32,                               0..;
        min_bytes: i32,                                 0..;
        /// Soft: the first batch comes whole (KIP-74).
        max_bytes: i32 = i32::MAX,                      3..;
        /// 0 reads everything up to the high watermark, 1 only what is committed.
        isolation_level: i8,                            4..;
        /// 0 without a session (KIP-227).
        session_id: i32,                                7.., ignorable;
        /// -1 without a session, 0 for a new one (KIP-227).
        session_epoch: i32 = -1,                        7.., ignorable;
        topics: Vec<FetchTopic<'a>>,                    0..;
        /// What leaves the session (KIP-227).
        forgotten_topics_data: Vec<ForgottenTopic<'a>>, 7..;
        /// Where the client stands (KIP-392); "" where it does not say.
        rack_id: &'a str,                               11.., ignorable;
    }

    /// What stands in `replica_state` in [`FetchRequest`].
    part ReplicaState {
        /// Of a follower; -1 from consumers.
        replica_id: i32 = -1,    15..;
        /// -1 for none (KIP-903).
        replica_epoch: i64 = -1, 15..;
    }

    /// An element of `topics` in [`FetchRequest`].
    part FetchTopic<'a> {
        topic: &'a str,                  0..=12, ignorable;
        topic_id: Uuid,                  13.., ignorable;
        partitions: Vec<FetchPartition>, 0..;
    }

    /// An element of `partitions` in [`FetchTopic`].
    part FetchPartition {
        partition: i32,                 0..;
        /// The epoch that the client knows, checked if not -1 (KIP-320).
        current_leader_epoch: i32 = -1, 9.., ignorable;
        fetch_offset: i64,              0..;
        /// The epoch of the last batch that the reader has; -1 for no check (KIP-595).
        last_fetched_epoch: i32 = -1,   12..;
        log_start_offset: i64 = -1,     5.., ignorable;
        /// Soft: the first batch comes whole (KIP-74).
        partition_max_bytes: i32,       0..;
        replica_directory_id: Uuid,     17.., tag 0, ignorable;
        /// That of the follower; -1 for none, `i64::MAX` where it does not send one (KIP-1166).
        high_watermark: i64 = i64::MAX, 18.., tag 1, ignorable;
    }

    /// An element of `forgotten_topics_data` in [`FetchRequest`].
    part ForgottenTopic<'a> {
        topic: &'a str,       7..=12, ignorable;
        topic_id: Uuid,       13.., ignorable;
        partitions: Vec<i32>, 7..;
    }

    /// What was read, partition by partition, or in a session what changed (KIP-227).
    response FetchResponse<'a> = 4..=18, flexible 12.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                      1..;
        error_code: ErrorCode,                      7.., ignorable;
        /// 0 without a session (KIP-227).
        session_id: i32,                            7..;
        responses: Vec<FetchableTopicResponse<'a>>, 0..;
        /// The leaders named above (KIP-951).
        node_endpoints: Vec<NodeEndpoint<'a>>,      16.., tag 0;
    }

    /// An element of `responses` in [`FetchResponse`].
    part FetchableTopicResponse<'a> {
        topic: &'a str,                     0..=12, ignorable;
        topic_id: Uuid,                     13.., ignorable;
        partitions: Vec<PartitionData<'a>>, 0..;
    }

    /// An element of `partitions` in [`FetchableTopicResponse`].
    part PartitionData<'a> {
        partition_index: i32,                                        0..;
        error_code: ErrorCode,                                       0..;
        /// -1 with an error.
        high_watermark: i64,                                         0..;
        /// -1 with an error or where it is not known.
        last_stable_offset: i64 = -1,                                4..;
        log_start_offset: i64 = -1,                                  5.., ignorable;
        diverging_epoch: EpochEndOffset,                             12.., tag 0;
        current_leader: LeaderIdAndEpoch,                            12.., tag 1;
        snapshot_id: SnapshotId,                                     12.., tag 2;
        /// Null for readers of everything.
        aborted_transactions: Option<Vec<AbortedTransaction>> = Some(Vec::new()), 4.., null 4..;
        /// -1 for none (KIP-392).
        preferred_read_replica: i32 = -1,                            11..;
        records: Records<'a>,                                        0.., null 0..;
    }

    /// What stands in `diverging_epoch` in [`PartitionData`].
    part EpochEndOffset {
        epoch: i32 = -1,      12..;
        end_offset: i64 = -1, 12..;
    }

    /// What stands in `current_leader` in [`PartitionData`].
    part LeaderIdAndEpoch {
        leader_id: i32 = -1,    12..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1, 12..;
    }

    /// What stands in `snapshot_id` in [`PartitionData`].
    part SnapshotId {
        end_offset: i64 = -1, 0..;
        epoch: i32 = -1,      0..;
    }

    /// An element of `aborted_transactions` in [`PartitionData`].
    part AbortedTransaction {
        /// -1 for none.
        producer_id: i64,  4..;
        first_offset: i64, 4..;
    }

    /// An element of `node_endpoints` in [`FetchResponse`].
    part NodeEndpoint<'a> {
        node_id: i32,          16..;
        host: &'a str,         16..;
        port: i32,             16..;
        /// Null where it is not known.
        rack: Option<&'a str>, 16.., null 16..;
    }
}
