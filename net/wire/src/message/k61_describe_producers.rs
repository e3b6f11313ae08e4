//! DescribeProducers (key 61): who writes to partitions.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the producers of partitions (KIP-664).
    request DescribeProducersRequest<'a> = 0..=0, flexible 0.. {
        topics: Vec<TopicRequest<'a>>, 0..;
    }

    /// An element of [`DescribeProducersRequest::topics`].
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

    /// An element of [`DescribeProducersResponse::topics`].
    part TopicResponse<'a> {
        name: &'a str,                          0..;
        partitions: Vec<PartitionResponse<'a>>, 0..;
    }

    /// An element of [`TopicResponse::partitions`].
    part PartitionResponse<'a> {
        partition_index: i32,                 0..;
        error_code: ErrorCode,                0..;
        /// For people.
        error_message: Option<&'a str>,       0.., null 0..;
        active_producers: Vec<ProducerState>, 0..;
    }

    /// An element of [`PartitionResponse::active_producers`].
    part ProducerState {
        producer_id: i64,                   0..;
        producer_epoch: i32,                0..;
        last_sequence: i32 = -1,            0..;
        last_timestamp: i64 = -1,           0..;
        coordinator_epoch: i32,             0..;
        current_txn_start_offset: i64 = -1, 0..;
    }
}
