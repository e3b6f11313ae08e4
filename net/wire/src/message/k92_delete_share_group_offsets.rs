//! DeleteShareGroupOffsets (key 92): offsets of a share group go.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes the start offsets of topics (KIP-932).
    request DeleteShareGroupOffsetsRequest<'a> = 0..=0, flexible 0.. {
        group_id: &'a str,                                    0..;
        topics: Vec<DeleteShareGroupOffsetsRequestTopic<'a>>, 0..;
    }

    /// An element of `topics` in [`DeleteShareGroupOffsetsRequest`].
    part DeleteShareGroupOffsetsRequestTopic<'a> {
        topic_name: &'a str, 0..;
    }

    /// What became of each.
    response DeleteShareGroupOffsetsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                    0..;
        error_code: ErrorCode,                                    0..;
        /// For people.
        error_message: Option<&'a str>,                           0.., null 0..;
        responses: Vec<DeleteShareGroupOffsetsResponseTopic<'a>>, 0..;
    }

    /// An element of `responses` in [`DeleteShareGroupOffsetsResponse`].
    part DeleteShareGroupOffsetsResponseTopic<'a> {
        topic_name: &'a str,            0..;
        topic_id: Uuid,                 0..;
        error_code: ErrorCode,          0..;
        /// For people.
        error_message: Option<&'a str>, 0.., null 0..;
    }
}
