//! DescribeProducers (key 61): who writes to partitions.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the producers of partitions (KIP-664).
    request DescribeProducersRequest<'a> = 0..=0, flexible 0.. {
        topics: Vec<TopicRequest<'a>>, 0..;
    }

    /// An element of `topics` in [`DescribeProducersRequest`].
    part TopicRequest<'a> {
        name: &'a str,               0..;
        partition_indexes: Vec<i32>, 0..;
    }

    /// The producers.
    response DescribeProducersResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,          0..;
        topics: Vec<TopicResponse<'a>>, 0..;
    }

    /// An element of `topics` in [`DescribeProducersResponse`].
    part TopicResponse<'a> {
        name: &'a str,                          0..;
        partitions: Vec<PartitionResponse<'a>>, 0..;
    }

    /// An element of `partitions` in [`TopicResponse`].
    part PartitionResponse<'a> {
        partition_index: i32,                 0..;
        error_code: ErrorCode,                0..;
        /// For people.
        error_message: Option<&'a str>,       0.., null 0..;
        active_producers: Vec<ProducerState>, 0..;
    }

    /// An element of `active_producers` in [`PartitionResponse`].
    part ProducerState {
        /// -1 for none.
        producer_id: i64,                   0..;
        /// -1 for none.
        producer_epoch: i32,                0..;
        /// -1 for none.
        last_sequence: i32 = -1,            0..;
        /// Milliseconds since 1970; -1 for none.
        last_timestamp: i64 = -1,           0..;
        /// Fences a coordinator that is none any more.
        coordinator_epoch: i32,             0..;
        /// -1 where none is open.
        current_txn_start_offset: i64 = -1, 0..;
    }
}
