//! ShareGroupHeartbeat (key 76): life of a member in a share group.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Joins, leaves, or says what changed (KIP-932). Null means "as before".
    request ShareGroupHeartbeatRequest<'a> = 1..=1, flexible 0.. {
        group_id: &'a str,                            0..;
        member_id: &'a str,                           0..;
        /// 0 to join, -1 to leave.
        member_epoch: i32,                            0..;
        rack_id: Option<&'a str>,                     0.., null 0..;
        subscribed_topic_names: Option<Vec<&'a str>>, 0.., null 0..;
    }

    /// The epoch to go on with, and the assignment if it changed.
    response ShareGroupHeartbeatResponse<'a> = 1..=1, flexible 0.. {
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

    /// What stands in `assignment` in [`ShareGroupHeartbeatResponse`].
    part Assignment {
        topic_partitions: Vec<TopicPartitions>, 0..;
    }

    /// An element of `topic_partitions` in [`Assignment`].
    part TopicPartitions {
        topic_id: Uuid,       0..;
        partitions: Vec<i32>, 0..;
    }
}
