//! DeleteRecords (key 21): the beginning of logs goes.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Moves the beginning of partitions forward.
    request DeleteRecordsRequest<'a> = 0..=2, flexible 2.. {
        topics: Vec<DeleteRecordsTopic<'a>>, 0..;
        /// How long the answer may take.
        timeout_ms: i32,                     0..;
    }

    /// An element of `topics` in [`DeleteRecordsRequest`].
    part DeleteRecordsTopic<'a> {
        name: &'a str,                           0..;
        partitions: Vec<DeleteRecordsPartition>, 0..;
    }

    /// An element of `partitions` in [`DeleteRecordsTopic`].
    part DeleteRecordsPartition {
        partition_index: i32, 0..;
        /// The new beginning; -1 for the high watermark.
        offset: i64,          0..;
    }

    /// Where each partition begins now.
    response DeleteRecordsResponse<'a> = 0..=2, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                     0..;
        topics: Vec<DeleteRecordsTopicResult<'a>>, 0..;
    }

    /// An element of `topics` in [`DeleteRecordsResponse`].
    part DeleteRecordsTopicResult<'a> {
        name: &'a str,                                 0..;
        partitions: Vec<DeleteRecordsPartitionResult>, 0..;
    }

    /// An element of `partitions` in [`DeleteRecordsTopicResult`].
    part DeleteRecordsPartitionResult {
        partition_index: i32,  0..;
        /// The new beginning; -1 with an error.
        low_watermark: i64,    0..;
        error_code: ErrorCode, 0..;
    }
}
