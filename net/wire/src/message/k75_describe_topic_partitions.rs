//! DescribeTopicPartitions (key 75): topics page by page.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for topics, beginning at a cursor (KIP-966).
    request DescribeTopicPartitionsRequest<'a> = 0..=0, flexible 0.. {
        topics: Vec<TopicRequest<'a>>,        0..;
        response_partition_limit: i32 = 2000, 0..;
        /// Null for the beginning.
        cursor: Option<Cursor<'a>>,           0.., null 0..;
    }

    /// An element of `topics` in [`DescribeTopicPartitionsRequest`].
    part TopicRequest<'a> {
        name: &'a str, 0..;
    }

    /// What stands in `cursor` in [`DescribeTopicPartitionsRequest`].
    part Cursor<'a> {
        topic_name: &'a str,  0..;
        partition_index: i32, 0..;
    }

    /// One page of them, and where the next begins.
    response DescribeTopicPartitionsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                 0..;
        topics: Vec<DescribeTopicPartitionsResponseTopic<'a>>, 0..;
        /// Null at the end.
        next_cursor: Option<Cursor<'a>>,                       0.., null 0..;
    }

    /// An element of `topics` in [`DescribeTopicPartitionsResponse`].
    part DescribeTopicPartitionsResponseTopic<'a> {
        error_code: ErrorCode,                                     0..;
        name: Option<&'a str> = Some(""),                          0.., null 0..;
        topic_id: Uuid,                                            0..;
        /// Whether it is one of the broker's own.
        is_internal: bool,                                         0..;
        partitions: Vec<DescribeTopicPartitionsResponsePartition>, 0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        topic_authorized_operations: i32 = i32::MIN,               0..;
    }

    /// An element of `partitions` in [`DescribeTopicPartitionsResponseTopic`].
    part DescribeTopicPartitionsResponsePartition {
        error_code: ErrorCode,                      0..;
        partition_index: i32,                       0..;
        leader_id: i32,                             0..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1,                     0..;
        /// The first is preferred as leader.
        replica_nodes: Vec<i32>,                    0..;
        /// Those in sync.
        isr_nodes: Vec<i32>,                        0..;
        /// Null where the broker does not say.
        eligible_leader_replicas: Option<Vec<i32>>, 0.., null 0..;
        /// Null where the broker does not say.
        last_known_elr: Option<Vec<i32>>,           0.., null 0..;
        offline_replicas: Vec<i32>,                 0..;
    }
}
