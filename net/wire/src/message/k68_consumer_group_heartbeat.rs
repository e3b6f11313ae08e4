//! ConsumerGroupHeartbeat (key 68): life of a member in a group of the new protocol.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Joins with epoch 0, leaves with -1, and else says what changed (KIP-848). Null means
    /// "as before".
    request ConsumerGroupHeartbeatRequest<'a> = 0..=1, flexible 0.. {
        group_id: &'a str,                              0..;
        member_id: &'a str,                             0..;
        /// 0 to join, -1 to leave, -2 to leave for a while as a static member.
        member_epoch: i32,                              0..;
        /// The name of a static member (KIP-345).
        instance_id: Option<&'a str>,                   0.., null 0..;
        rack_id: Option<&'a str>,                       0.., null 0..;
        /// How long the member may take to give up partitions; -1 for "as before".
        rebalance_timeout_ms: i32 = -1,                 0..;
        subscribed_topic_names: Option<Vec<&'a str>>,   0.., null 0..;
        subscribed_topic_regex: Option<&'a str>,        1.., null 1..;
        server_assignor: Option<&'a str>,               0.., null 0..;
        topic_partitions: Option<Vec<TopicPartitions>>, 0.., null 0..;
    }

    /// An element of `topic_partitions` in [`ConsumerGroupHeartbeatRequest`].
    part TopicPartitions {
        topic_id: Uuid,       0..;
        partitions: Vec<i32>, 0..;
    }

    /// The epoch to go on with, and the assignment if it changed.
    response ConsumerGroupHeartbeatResponse<'a> = 0..=1, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,          0..;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 0.., null 0..;
        member_id: Option<&'a str>,     0.., null 0..;
        /// To be sent with the next heartbeat.
        member_epoch: i32,              0..;
        /// How often the client is to say that it is alive.
        heartbeat_interval_ms: i32,     0..;
        assignment: Option<Assignment>, 0.., null 0..;
    }

    /// What stands in `assignment` in [`ConsumerGroupHeartbeatResponse`].
    part Assignment {
        topic_partitions: Vec<TopicPartitions>, 0..;
    }
}
