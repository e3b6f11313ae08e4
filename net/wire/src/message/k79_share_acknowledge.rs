//! ShareAcknowledge (key 79): what became of shared records.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Acknowledges records (KIP-932).
    request ShareAcknowledgeRequest<'a> = 1..=2, flexible 0.. {
        group_id: Option<&'a str>,             0.., null 0..;
        member_id: Option<&'a str> = Some(""), 0.., null 0..;
        /// 0 for a new session, -1 to end it.
        share_session_epoch: i32,              0..;
        is_renew_ack: bool,                    2..;
        topics: Vec<AcknowledgeTopic>,         0..;
    }

    /// An element of `topics` in [`ShareAcknowledgeRequest`].
    part AcknowledgeTopic {
        topic_id: Uuid,                        0..;
        partitions: Vec<AcknowledgePartition>, 0..;
    }

    /// An element of `partitions` in [`AcknowledgeTopic`].
    part AcknowledgePartition {
        partition_index: i32,                               0..;
        acknowledgement_batches: Vec<AcknowledgementBatch>, 0..;
    }

    /// An element of `acknowledgement_batches` in [`AcknowledgePartition`].
    part AcknowledgementBatch {
        first_offset: i64,          0..;
        last_offset: i64,           0..;
        /// One for all records or one each: 0 gap, 1 accept, 2 release, 3 reject, 4 renew.
        acknowledge_types: Vec<i8>, 0..;
    }

    /// Whether each was acknowledged.
    response ShareAcknowledgeResponse<'a> = 1..=2, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                             0..;
        error_code: ErrorCode,                             0..;
        /// For people.
        error_message: Option<&'a str>,                    0.., null 0..;
        acquisition_lock_timeout_ms: i32,                  2.., ignorable;
        responses: Vec<ShareAcknowledgeTopicResponse<'a>>, 0..;
        /// The leaders named above (KIP-951).
        node_endpoints: Vec<NodeEndpoint<'a>>,             0..;
    }

    /// An element of `responses` in [`ShareAcknowledgeResponse`].
    part ShareAcknowledgeTopicResponse<'a> {
        topic_id: Uuid,                     0..;
        partitions: Vec<PartitionData<'a>>, 0..;
    }

    /// An element of `partitions` in [`ShareAcknowledgeTopicResponse`].
    part PartitionData<'a> {
        partition_index: i32,             0..;
        error_code: ErrorCode,            0..;
        /// For people.
        error_message: Option<&'a str>,   0.., null 0..;
        current_leader: LeaderIdAndEpoch, 0..;
    }

    /// What stands in `current_leader` in [`PartitionData`].
    part LeaderIdAndEpoch {
        leader_id: i32,    0..;
        /// -1 where it is not known.
        leader_epoch: i32, 0..;
    }

    /// An element of `node_endpoints` in [`ShareAcknowledgeResponse`].
    part NodeEndpoint<'a> {
        node_id: i32,          0..;
        host: &'a str,         0..;
        port: i32,             0..;
        /// Null where it is not known.
        rack: Option<&'a str>, 0.., null 0..;
    }
}
