//! Metadata (key 3): which topics there are and who leads them.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for topics: all if null, none if empty (from version 1 on).
    request MetadataRequest<'a> = 0..=13, flexible 9.. {
        topics: Option<Vec<MetadataRequestTopic<'a>>> = Some(Vec::new()), 0.., null 1..;
        /// Whether a topic that is not there is to be created.
        allow_auto_topic_creation: bool = true,                      4..;
        include_cluster_authorized_operations: bool,                 8..=10;
        include_topic_authorized_operations: bool,                   8..;
    }

    /// An element of `topics` in [`MetadataRequest`].
    part MetadataRequestTopic<'a> {
        topic_id: Uuid,                   10.., ignorable;
        /// Null if given by its id.
        name: Option<&'a str> = Some(""), 0.., null 10..;
    }

    /// Brokers, and the topics asked for.
    response MetadataResponse<'a> = 0..=13, flexible 9.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         3.., ignorable;
        brokers: Vec<MetadataResponseBroker<'a>>,      0..;
        /// Null where it is not known.
        cluster_id: Option<&'a str>,                   2.., null 2.., ignorable;
        /// A broker that takes administrative requests; -1 where there is none.
        controller_id: i32 = -1,                       1.., ignorable;
        topics: Vec<MetadataResponseTopic<'a>>,        0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        cluster_authorized_operations: i32 = i32::MIN, 8..=10;
        error_code: ErrorCode,                         13.., ignorable;
    }

    /// An element of `brokers` in [`MetadataResponse`].
    part MetadataResponseBroker<'a> {
        node_id: i32,          0..;
        host: &'a str,         0..;
        port: i32,             0..;
        /// Null where it is not known.
        rack: Option<&'a str>, 1.., null 1.., ignorable;
    }

    /// An element of `topics` in [`MetadataResponse`].
    part MetadataResponseTopic<'a> {
        error_code: ErrorCode,                       0..;
        /// Null if the id is not known.
        name: Option<&'a str> = Some(""),            0.., null 12..;
        topic_id: Uuid,                              10.., ignorable;
        /// Whether it is one of the broker's own.
        is_internal: bool,                           1.., ignorable;
        partitions: Vec<MetadataResponsePartition>,  0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        topic_authorized_operations: i32 = i32::MIN, 8..;
    }

    /// An element of `partitions` in [`MetadataResponseTopic`].
    part MetadataResponsePartition {
        error_code: ErrorCode,      0..;
        partition_index: i32,       0..;
        leader_id: i32,             0..;
        /// -1 where it is not known.
        leader_epoch: i32 = -1,     7.., ignorable;
        /// The first is preferred as leader.
        replica_nodes: Vec<i32>,    0..;
        /// Those in sync.
        isr_nodes: Vec<i32>,        0..;
        offline_replicas: Vec<i32>, 5.., ignorable;
    }
}
