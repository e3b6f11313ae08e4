//! DeleteTopics (key 20): topics go.

use millstream_base::Uuid;

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Deletes topics by name, from version 6 on also by id.
    request DeleteTopicsRequest<'a> = 1..=6, flexible 4.. {
        topics: Vec<DeleteTopicState<'a>>, 6..;
        topic_names: Vec<&'a str>,         0..=5, ignorable;
        /// How long the answer may take.
        timeout_ms: i32,                   0..;
    }

    /// An element of `topics` in [`DeleteTopicsRequest`].
    part DeleteTopicState<'a> {
        /// Null if given by its id.
        name: Option<&'a str>, 6.., null 6..;
        topic_id: Uuid,        6..;
    }

    /// What became of each.
    response DeleteTopicsResponse<'a> = 1..=6, flexible 4.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                    1..;
        responses: Vec<DeletableTopicResult<'a>>, 0..;
    }

    /// An element of `responses` in [`DeleteTopicsResponse`].
    part DeletableTopicResult<'a> {
        name: Option<&'a str> = Some(""), 0.., null 6..;
        topic_id: Uuid,                   6.., ignorable;
        error_code: ErrorCode,            0..;
        /// For people.
        error_message: Option<&'a str>,   5.., null 5.., ignorable;
    }
}
