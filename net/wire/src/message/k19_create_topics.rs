//! CreateTopics (key 19): new topics.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Creates topics.
    request CreateTopicsRequest<'a> = 2..=7, flexible 5.. {
        topics: Vec<CreatableTopic<'a>>, 0..;
        /// How long the answer may take.
        timeout_ms: i32 = 60000,         0..;
        /// Whether nothing is to be changed.
        validate_only: bool,             1..;
    }

    /// An element of `topics` in [`CreateTopicsRequest`].
    part CreatableTopic<'a> {
        name: &'a str,                                0..;
        /// -1 for the default of the broker (KIP-464).
        num_partitions: i32,                          0..;
        /// -1 for the default of the broker (KIP-464).
        replication_factor: i16,                      0..;
        /// Where the partitions are to lie; with them, counts are -1.
        assignments: Vec<CreatableReplicaAssignment>, 0..;
        configs: Vec<CreatableTopicConfig<'a>>,       0..;
    }

    /// An element of `assignments` in [`CreatableTopic`].
    part CreatableReplicaAssignment {
        partition_index: i32, 0..;
        /// The first is preferred as leader.
        broker_ids: Vec<i32>, 0..;
    }

    /// An element of `configs` in [`CreatableTopic`].
    part CreatableTopicConfig<'a> {
        name: &'a str,                     0..;
        value: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// What became of each.
    response CreateTopicsResponse<'a> = 2..=7, flexible 5.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                 2..;
        topics: Vec<CreatableTopicResult<'a>>, 0..;
    }

    /// An element of `topics` in [`CreateTopicsResponse`].
    part CreatableTopicResult<'a> {
        name: &'a str,                                               0..;
        topic_id: Uuid,                                              7.., ignorable;
        error_code: ErrorCode,                                       0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),                   1.., null 0..;
        /// Why `configs` is null.
        topic_config_error_code: ErrorCode,                          5.., tag 0, ignorable;
        /// -1 for the default of the broker (KIP-464).
        num_partitions: i32 = -1,                                    5.., ignorable;
        /// -1 for the default of the broker (KIP-464).
        replication_factor: i16 = -1,                                5.., ignorable;
        configs: Option<Vec<CreatableTopicConfigs<'a>>> = Some(Vec::new()),
            5.., null 5.., ignorable;
    }

    /// An element of `configs` in [`CreatableTopicResult`].
    part CreatableTopicConfigs<'a> {
        name: &'a str,                     5..;
        value: Option<&'a str> = Some(""), 5.., null 5..;
        read_only: bool,                   5..;
        /// 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default, 6 logger, 7 client
        /// metrics, 8 group.
        config_source: i8 = -1,            5.., ignorable;
        /// Whether its value is kept secret, and null.
        is_sensitive: bool,                5..;
    }
}
