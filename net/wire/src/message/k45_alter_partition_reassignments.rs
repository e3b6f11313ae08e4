//! AlterPartitionReassignments (key 45): partitions move.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Moves partitions between brokers, or stops that (KIP-455).
    request AlterPartitionReassignmentsRequest<'a> = 0..=1, flexible 0.. {
        /// How long the answer may take.
        timeout_ms: i32 = 60000,                      0..;
        allow_replication_factor_change: bool = true, 1..;
        topics: Vec<ReassignableTopic<'a>>,           0..;
    }

    /// An element of `topics` in [`AlterPartitionReassignmentsRequest`].
    part ReassignableTopic<'a> {
        name: &'a str,                          0..;
        partitions: Vec<ReassignablePartition>, 0..;
    }

    /// An element of `partitions` in [`ReassignableTopic`].
    part ReassignablePartition {
        partition_index: i32,       0..;
        /// Null to stop a move that is going on.
        replicas: Option<Vec<i32>>, 0.., null 0..;
    }

    /// Whether each move began.
    response AlterPartitionReassignmentsResponse<'a> = 0..=1, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        allow_replication_factor_change: bool = true,  1.., ignorable;
        error_code: ErrorCode,                         0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),     0.., null 0..;
        responses: Vec<ReassignableTopicResponse<'a>>, 0..;
    }

    /// An element of `responses` in [`AlterPartitionReassignmentsResponse`].
    part ReassignableTopicResponse<'a> {
        name: &'a str,                                      0..;
        partitions: Vec<ReassignablePartitionResponse<'a>>, 0..;
    }

    /// An element of `partitions` in [`ReassignableTopicResponse`].
    part ReassignablePartitionResponse<'a> {
        partition_index: i32,                      0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
