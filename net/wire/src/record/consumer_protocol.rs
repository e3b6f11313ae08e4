//! What consumers tell each other through the broker, which does not look into it: tools do.
//! Read it with [`crate::record::decode_extensible`].

use crate::codec::Blob;
use crate::codec::table::messages;

messages! {
    /// What a member tells the leader of its group.
    data ConsumerProtocolSubscription<'a> = 0..=3 {
        topics: Vec<&'a str>,                   0..;
        /// For the leader's assignor.
        user_data: Option<Blob<'a>>,            0.., null 0..;
        /// What the member has now (KIP-429).
        owned_partitions: Vec<TopicPartition<'a>>, 1.., ignorable;
        /// The generation in which it got them; -1 where it is not known.
        generation_id: i32 = -1,                2.., ignorable;
        /// Where the member stands (KIP-881).
        rack_id: Option<&'a str>,               3.., null 3.., ignorable;
    }

    /// What the leader tells a member.
    data ConsumerProtocolAssignment<'a> = 0..=3 {
        assigned_partitions: Vec<TopicPartition<'a>>, 0..;
        /// From the leader's assignor.
        user_data: Option<Blob<'a>>,            0.., null 0..;
    }

    /// Partitions of one topic.
    part TopicPartition<'a> {
        topic: &'a str,                         0..;
        partitions: Vec<i32>,                   0..;
    }
}
