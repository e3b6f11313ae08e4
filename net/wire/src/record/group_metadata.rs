//! A group of the classic protocol, as it lies in `__consumer_offsets`. Without a value it is
//! deleted.

use crate::codec::Blob;
use crate::codec::table::messages;

messages! {
    /// Which group.
    data GroupMetadataKey<'a> = 2..=2 {
        group: &'a str, 0..;
    }

    /// The group in its last stable generation.
    data GroupMetadataValue<'a> = 0..=4, flexible 4.. {
        /// `consumer`, `connect` or what else its members call themselves.
        protocol_type: &'a str,                0..;
        generation: i32,                       0..;
        /// Null when empty.
        protocol: Option<&'a str> = Some(""),  0.., null 0..;
        /// The id of the member that assigns; null when empty.
        leader: Option<&'a str> = Some(""),    0.., null 0..;
        /// Milliseconds since 1970.
        current_state_timestamp: i64 = -1,     2.., ignorable;
        members: Vec<MemberMetadata<'a>>,      0..;
    }

    /// An element of `members` in [`GroupMetadataValue`].
    part MemberMetadata<'a> {
        member_id: &'a str,                    0..;
        /// The name of a static member (KIP-345).
        group_instance_id: Option<&'a str>,    3.., null 3.., ignorable;
        client_id: &'a str,                    0..;
        client_host: &'a str,                  0..;
        /// Milliseconds.
        rebalance_timeout: i32 = -1,           1.., ignorable;
        /// Milliseconds.
        session_timeout: i32,                  0..;
        /// What the member told the leader, in the protocol above.
        subscription: Blob<'a>,                0..;
        /// What the leader told the member.
        assignment: Blob<'a>,                  0..;
    }
}
