//! OffsetFetch (key 9): how far groups had come.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for stored offsets: one group up to version 7, many from 8 on.
    request OffsetFetchRequest<'a> = 1..=10, flexible 6.. {
        group_id: &'a str,                                           0..=7;
        topics: Option<Vec<OffsetFetchRequestTopic<'a>>> = Some(Vec::new()), 0..=7, null 2..=7;
        groups: Vec<OffsetFetchRequestGroup<'a>>,                    8..;
        /// Whether offsets of open transactions are an error (KIP-447).
        require_stable: bool,                                        7..;
    }

    /// An element of `topics` in [`OffsetFetchRequest`].
    part OffsetFetchRequestTopic<'a> {
        name: &'a str,               0..=7;
        partition_indexes: Vec<i32>, 0..=7;
    }

    /// An element of `groups` in [`OffsetFetchRequest`].
    part OffsetFetchRequestGroup<'a> {
        group_id: &'a str,                                           8..;
        member_id: Option<&'a str>,                                  9.., null 9.., ignorable;
        /// -1 for the classic protocol (KIP-848).
        member_epoch: i32 = -1,                                      9.., ignorable;
        topics: Option<Vec<OffsetFetchRequestTopics<'a>>> = Some(Vec::new()), 8.., null 8..;
    }

    /// An element of `topics` in [`OffsetFetchRequestGroup`].
    part OffsetFetchRequestTopics<'a> {
        name: &'a str,               8..=9, ignorable;
        topic_id: Uuid,              10.., ignorable;
        partition_indexes: Vec<i32>, 8..;
    }

    /// The offsets; -1 where none is stored.
    response OffsetFetchResponse<'a> = 1..=10, flexible 6.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     3.., ignorable;
        topics: Vec<OffsetFetchResponseTopic<'a>>, 0..=7;
        error_code: ErrorCode,                     2..=7, ignorable;
        groups: Vec<OffsetFetchResponseGroup<'a>>, 8..;
    }

    /// An element of `topics` in [`OffsetFetchResponse`].
    part OffsetFetchResponseTopic<'a> {
        name: &'a str,                                     0..=7;
        partitions: Vec<OffsetFetchResponsePartition<'a>>, 0..=7;
    }

    /// An element of `partitions` in [`OffsetFetchResponseTopic`].
    part OffsetFetchResponsePartition<'a> {
        partition_index: i32,                 0..=7;
        /// -1 where none is stored.
        committed_offset: i64,                0..=7;
        /// Of the last record that was read; -1 where it is not known (KIP-320).
        committed_leader_epoch: i32 = -1,     5..=7, ignorable;
        metadata: Option<&'a str> = Some(""), 0..=7, null 0..=7;
        error_code: ErrorCode,                0..=7;
    }

    /// An element of `groups` in [`OffsetFetchResponse`].
    part OffsetFetchResponseGroup<'a> {
        group_id: &'a str,                          8..;
        topics: Vec<OffsetFetchResponseTopics<'a>>, 8..;
        error_code: ErrorCode,                      8..;
    }

    /// An element of `topics` in [`OffsetFetchResponseGroup`].
    part OffsetFetchResponseTopics<'a> {
        name: &'a str,                                      8..=9, ignorable;
        topic_id: Uuid,                                     10.., ignorable;
        partitions: Vec<OffsetFetchResponsePartitions<'a>>, 8..;
    }

    /// An element of `partitions` in [`OffsetFetchResponseTopics`].
    part OffsetFetchResponsePartitions<'a> {
        partition_index: i32,                 8..;
        /// -1 where none is stored.
        committed_offset: i64,                8..;
        /// Of the last record that was read; -1 where it is not known (KIP-320).
        committed_leader_epoch: i32 = -1,     8.., ignorable;
        metadata: Option<&'a str> = Some(""), 8.., null 8..;
        error_code: ErrorCode,                8..;
    }
}
