//! ListPartitionReassignments (key 46): which partitions are moving.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for moves that are going on (KIP-455); for all if null.
    request ListPartitionReassignmentsRequest<'a> = 0..=0, flexible 0.. {
        /// How long the answer may take.
        timeout_ms: i32 = 60000,                                   0..;
        topics: Option<Vec<ListPartitionReassignmentsTopics<'a>>>, 0.., null 0..;
    }

    /// An element of `topics` in [`ListPartitionReassignmentsRequest`].
    part ListPartitionReassignmentsTopics<'a> {
        name: &'a str,               0..;
        partition_indexes: Vec<i32>, 0..;
    }

    /// The moves.
    response ListPartitionReassignmentsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        topics: Vec<OngoingTopicReassignment<'a>>, 0..;
    }

    /// An element of `topics` in [`ListPartitionReassignmentsResponse`].
    part OngoingTopicReassignment<'a> {
        name: &'a str,                                 0..;
        partitions: Vec<OngoingPartitionReassignment>, 0..;
    }

    /// An element of `partitions` in [`OngoingTopicReassignment`].
    part OngoingPartitionReassignment {
        partition_index: i32,        0..;
        replicas: Vec<i32>,          0..;
        adding_replicas: Vec<i32>,   0..;
        removing_replicas: Vec<i32>, 0..;
    }
}
