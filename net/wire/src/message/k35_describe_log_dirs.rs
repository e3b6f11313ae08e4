//! DescribeLogDirs (key 35): what lies on which disk.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the sizes of partitions.
    request DescribeLogDirsRequest<'a> = 1..=5, flexible 2.. {
        topics: Option<Vec<DescribableLogDirTopic<'a>>> = Some(Vec::new()), 0.., null 0..;
    }

    /// An element of [`DescribeLogDirsRequest::topics`].
    part DescribableLogDirTopic<'a> {
        topic: &'a str,       0..;
        partitions: Vec<i32>, 0..;
    }

    /// The directories with the partitions in them.
    response DescribeLogDirsResponse<'a> = 1..=5, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                   0..;
        error_code: ErrorCode,                   3.., ignorable;
        results: Vec<DescribeLogDirsResult<'a>>, 0..;
    }

    /// An element of [`DescribeLogDirsResponse::results`].
    part DescribeLogDirsResult<'a> {
        error_code: ErrorCode,                 0..;
        log_dir: &'a str,                      0..;
        topics: Vec<DescribeLogDirsTopic<'a>>, 0..;
        total_bytes: i64 = -1,                 4.., ignorable;
        usable_bytes: i64 = -1,                4.., ignorable;
        is_cordoned: bool,                     5.., ignorable;
    }

    /// An element of [`DescribeLogDirsResult::topics`].
    part DescribeLogDirsTopic<'a> {
        name: &'a str,                             0..;
        partitions: Vec<DescribeLogDirsPartition>, 0..;
    }

    /// An element of [`DescribeLogDirsTopic::partitions`].
    part DescribeLogDirsPartition {
        partition_index: i32, 0..;
        partition_size: i64,  0..;
        offset_lag: i64,      0..;
        is_future_key: bool,  0..;
    }
}
