//! An offset of a group, as it lies in `__consumer_offsets`. Without a value it is deleted.

use millstream_base::Uuid;

use crate::codec::table::messages;

messages! {
    /// Whose offset, and of what.
    data OffsetCommitKey<'a> = 0..=1 {
        group: &'a str, 0..;
        topic: &'a str, 0..;
        partition: i32, 0..;
    }

    /// The offset.
    data OffsetCommitValue<'a> = 0..=4, flexible 4.. {
        /// Of the record to be read next.
        offset: i64,                0..;
        /// Of the record read last; -1 where it is not known (KIP-320).
        leader_epoch: i32 = -1,     3.., ignorable;
        /// What the client wants to find again.
        metadata: &'a str,          0..;
        /// Milliseconds since 1970.
        commit_timestamp: i64,      0..;
        /// Milliseconds since 1970; -1 for the broker's setting.
        expire_timestamp: i64 = -1, 1..=1, ignorable;
        topic_id: Uuid,             4.., tag 0, ignorable;
    }
}
