//! ShareFetch (key 78): records shared out among members.

use millstream_base::Uuid;

use crate::codec::Records;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Reads records for a member and acknowledges earlier ones (KIP-932).
    request ShareFetchRequest<'a> = 1..=2, flexible 0.. {
        group_id: Option<&'a str>,                  0.., null 0..;
        member_id: Option<&'a str> = Some(""),      0.., null 0..;
        /// 0 for a new session, -1 to end it.
        share_session_epoch: i32,                   0..;
        /// How long to wait for `min_bytes`.
        max_wait_ms: i32,                           0..;
        min_bytes: i32,                             0..;
        /// Soft: the first batch comes whole (KIP-74).
        max_bytes: i32 = i32::MAX,                  0..;
        max_records: i32,                           1..;
        batch_size: i32,                            1..;
        share_acquire_mode: i8,                     2.., ignorable;
        is_renew_ack: bool,                         2..;
        topics: Vec<FetchTopic>,                    0..;
        /// What leaves the session (KIP-227).
        forgotten_topics_data: Vec<ForgottenTopic>, 0..;
    }

    /// An element of `topics` in [`ShareFetchRequest`].
    part FetchTopic {
        topic_id: Uuid,                  0..;
        partitions: Vec<FetchPartition>, 0..;
    }

    /// An element of `partitions` in [`FetchTopic`].
    part FetchPartition {
        partition_index: i32,                               0..;
        acknowledgement_batches: Vec<AcknowledgementBatch>, 0..;
    }

    /// An element of `acknowledgement_batches` in [`FetchPartition`].
    part AcknowledgementBatch {
        first_offset: i64,          0..;
        last_offset: i64,           0..;
        /// One for all records or one each: 0 gap, 1 accept, 2 release, 3 reject, 4 renew.
        acknowledge_types: Vec<i8>, 0..;
    }

    /// An element of `forgotten_topics_data` in [`ShareFetchRequest`].
    part ForgottenTopic {
        topic_id: Uuid,       0..;
        partitions: Vec<i32>, 0..;
    }

    /// The records that were acquired.
    response ShareFetchResponse<'a> = 1..=2, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                           0..;
        error_code: ErrorCode,                           0..;
        /// For people.
        error_message: Option<&'a str>,                  0.., null 0..;
        acquisition_lock_timeout_ms: i32,                1..;
        responses: Vec<ShareFetchableTopicResponse<'a>>, 0..;
        /// The leaders named above (KIP-951).
        node_endpoints: Vec<NodeEndpoint<'a>>,           0..;
    }

    /// An element of `responses` in [`ShareFetchResponse`].
    part ShareFetchableTopicResponse<'a> {
        topic_id: Uuid,                     0..;
        partitions: Vec<PartitionData<'a>>, 0..;
    }

    /// An element of `partitions` in [`ShareFetchableTopicResponse`].
    part PartitionData<'a> {
        partition_index: i32,                       0..;
        error_code: ErrorCode,                      0..;
        /// For people.
        error_message: Option<&'a str>,             0.., null 0..;
        acknowledge_error_code: ErrorCode,          0..;
        acknowledge_error_message: Option<&'a str>, 0.., null 0..;
        current_leader: LeaderIdAndEpoch,           0..;
        records: Records<'a>,                       0..;
        acquired_records: Vec<AcquiredRecords>,     0..;
    }

    /// What stands in `current_leader` in [`PartitionData`].
    part LeaderIdAndEpoch {
        leader_id: i32,    0..;
        /// -1 where it is not known.
        leader_epoch: i32, 0..;
    }

    /// An element of `acquired_records` in [`PartitionData`].
    part AcquiredRecords {
        first_offset: i64,   0..;
        last_offset: i64,    0..;
        /// How often it was handed out.
        delivery_count: i16, 0..;
    }

    /// An element of `node_endpoints` in [`ShareFetchResponse`].
    part NodeEndpoint<'a> {
        node_id: i32,          0..;
        host: &'a str,         0..;
        port: i32,             0..;
        /// Null where it is not known.
        rack: Option<&'a str>, 0.., null 0..;
    }
}
