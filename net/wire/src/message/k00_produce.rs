//! Produce (key 0): record batches into partitions.

use millstream_base::Uuid;

use crate::codec::Records;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Appends record batches to partitions.
    request ProduceRequest<'a> = 3..=13, flexible 9.. {
        /// Null outside of transactions.
        transactional_id: Option<&'a str>,     3.., null 3..;
        /// 0 for no answer, 1 when the leader has them stable, -1 when all in-sync replicas have.
        acks: i16,                             0..;
        /// How long the answer may take.
        timeout_ms: i32,                       0..;
        topic_data: Vec<TopicProduceData<'a>>, 0..;
    }

    /// An element of `topic_data` in [`ProduceRequest`].
    part TopicProduceData<'a> {
        name: &'a str,                                 0..=12, ignorable;
        topic_id: Uuid,                                13.., ignorable;
        partition_data: Vec<PartitionProduceData<'a>>, 0..;
    }

    /// An element of `partition_data` in [`TopicProduceData`].
    part PartitionProduceData<'a> {
        index: i32,           0..;
        records: Records<'a>, 0.., null 0..;
    }

    /// Where the batches went, partition by partition. With `acks` 0 it is never sent.
    response ProduceResponse<'a> = 3..=13, flexible 9.. {
        responses: Vec<TopicProduceResponse<'a>>, 0..;
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                    1..;
        /// The leaders named above (KIP-951).
        node_endpoints: Vec<NodeEndpoint<'a>>,    10.., tag 0;
    }

    /// An element of `responses` in [`ProduceResponse`].
    part TopicProduceResponse<'a> {
        name: &'a str,                                          0..=12, ignorable;
        topic_id: Uuid,                                         13.., ignorable;
        partition_responses: Vec<PartitionProduceResponse<'a>>, 0..;
    }

    /// An element of `partition_responses` in [`TopicProduceResponse`].
    part PartitionProduceResponse<'a> {
        index: i32,                                        0..;
        error_code: ErrorCode,                             0..;
        /// -1 with an error.
        base_offset: i64,                                  0..;
        /// -1 where the times are those of the producer.
        log_append_time_ms: i64 = -1,                      2..;
        log_start_offset: i64 = -1,                        5.., ignorable;
        /// Which records made the batch be refused (KIP-467).
        record_errors: Vec<BatchIndexAndErrorMessage<'a>>, 8.., ignorable;
        /// For people.
        error_message: Option<&'a str>,                    8.., null 8.., ignorable;
        current_leader: LeaderIdAndEpoch,                  10.., tag 0;
    }

    /// An element of `record_errors` in [`PartitionProduceResponse`].
    part BatchIndexAndErrorMessage<'a> {
        batch_index: i32,                           8..;
        batch_index_error_message: Option<&'a str>, 8.., null 8..;
    }

    /// What stands in `current_leader` in [`PartitionProduceResponse`].
    part LeaderIdAndEpoch {
        leader_id: i32 = -1,    10..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1, 10..;
    }

    /// An element of `node_endpoints` in [`ProduceResponse`].
    part NodeEndpoint<'a> {
        node_id: i32,          10..;
        host: &'a str,         10..;
        port: i32,             10..;
        /// Null where it is not known.
        rack: Option<&'a str>, 10.., null 10..;
    }
}
