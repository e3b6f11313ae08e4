//! ElectLeaders (key 43): leaders on demand.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Elects leaders (KIP-460); of all partitions if null.
    request ElectLeadersRequest<'a> = 0..=2, flexible 2.. {
        /// 0 the preferred replica, 1 any if none is in sync.
        election_type: i8,                                           1..;
        topic_partitions: Option<Vec<TopicPartitions<'a>>> = Some(Vec::new()), 0.., null 0..;
        /// How long the answer may take.
        timeout_ms: i32 = 60000,                                     0..;
    }

    /// An element of `topic_partitions` in [`ElectLeadersRequest`].
    part TopicPartitions<'a> {
        topic: &'a str,       0..;
        partitions: Vec<i32>, 0..;
    }

    /// What became of each.
    response ElectLeadersResponse<'a> = 0..=2, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                    0..;
        error_code: ErrorCode,                                    1..;
        replica_election_results: Vec<ReplicaElectionResult<'a>>, 0..;
    }

    /// An element of `replica_election_results` in [`ElectLeadersResponse`].
    part ReplicaElectionResult<'a> {
        topic: &'a str,                             0..;
        partition_result: Vec<PartitionResult<'a>>, 0..;
    }

    /// An element of `partition_result` in [`ReplicaElectionResult`].
    part PartitionResult<'a> {
        partition_id: i32,                         0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
