//! CreatePartitions (key 37): more partitions.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Raises the partition counts of topics.
    request CreatePartitionsRequest<'a> = 0..=3, flexible 2.. {
        topics: Vec<CreatePartitionsTopic<'a>>, 0..;
        /// How long the answer may take.
        timeout_ms: i32,                        0..;
        /// Whether nothing is to be changed.
        validate_only: bool,                    0..;
    }

    /// An element of `topics` in [`CreatePartitionsRequest`].
    part CreatePartitionsTopic<'a> {
        name: &'a str,                                               0..;
        /// Of all partitions, old and new.
        count: i32,                                                  0..;
        /// Where the new partitions are to lie; null for anywhere.
        assignments: Option<Vec<CreatePartitionsAssignment>> = Some(Vec::new()), 0.., null 0..;
    }

    /// An element of `assignments` in [`CreatePartitionsTopic`].
    part CreatePartitionsAssignment {
        /// The first is preferred as leader.
        broker_ids: Vec<i32>, 0..;
    }

    /// What became of each.
    response CreatePartitionsResponse<'a> = 0..=3, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        results: Vec<CreatePartitionsTopicResult<'a>>, 0..;
    }

    /// An element of `results` in [`CreatePartitionsResponse`].
    part CreatePartitionsTopicResult<'a> {
        name: &'a str,                  0..;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 0.., null 0..;
    }
}
