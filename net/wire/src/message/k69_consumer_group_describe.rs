//! ConsumerGroupDescribe (key 69): groups of the new protocol in detail.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for groups by name (KIP-848).
    request ConsumerGroupDescribeRequest<'a> = 0..=1, flexible 0.. {
        group_ids: Vec<&'a str>,             0..;
        include_authorized_operations: bool, 0..;
    }

    /// The groups with their members.
    response ConsumerGroupDescribeResponse<'a> = 0..=1, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,           0..;
        groups: Vec<DescribedGroup<'a>>, 0..;
    }

    /// An element of `groups` in [`ConsumerGroupDescribeResponse`].
    part DescribedGroup<'a> {
        error_code: ErrorCode,                 0..;
        /// For people.
        error_message: Option<&'a str>,        0.., null 0..;
        group_id: &'a str,                     0..;
        group_state: &'a str,                  0..;
        group_epoch: i32,                      0..;
        assignment_epoch: i32,                 0..;
        assignor_name: &'a str,                0..;
        members: Vec<Member<'a>>,              0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        authorized_operations: i32 = i32::MIN, 0..;
    }

    /// An element of `members` in [`DescribedGroup`].
    part Member<'a> {
        member_id: &'a str,                      0..;
        /// The name of a static member (KIP-345).
        instance_id: Option<&'a str>,            0.., null 0..;
        rack_id: Option<&'a str>,                0.., null 0..;
        /// The epoch that the member has confirmed.
        member_epoch: i32,                       0..;
        client_id: &'a str,                      0..;
        client_host: &'a str,                    0..;
        subscribed_topic_names: Vec<&'a str>,    0..;
        subscribed_topic_regex: Option<&'a str>, 0.., null 0..;
        assignment: Assignment<'a>,              0..;
        target_assignment: Assignment<'a>,       0..;
        /// 0 classic, 1 new protocol, -1 where it is not known.
        member_type: i8 = -1,                    1.., ignorable;
    }

    /// What stands in `assignment` in [`Member`].
    part Assignment<'a> {
        topic_partitions: Vec<TopicPartitions<'a>>, 0..;
    }

    /// An element of `topic_partitions` in [`Assignment`].
    part TopicPartitions<'a> {
        topic_id: Uuid,       0..;
        topic_name: &'a str,  0..;
        partitions: Vec<i32>, 0..;
    }
}
