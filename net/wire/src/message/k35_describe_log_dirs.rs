//! DescribeLogDirs (key 35): what lies on which disk.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the sizes of partitions.
    request DescribeLogDirsRequest<'a> = 1..=5, flexible 2.. {
        topics: Option<Vec<DescribableLogDirTopic<'a>>> = Some(Vec::new()), 0.., null 0..;
    }

    /// An element of `topics` in [`DescribeLogDirsRequest`].
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

    /// An element of `results` in [`DescribeLogDirsResponse`].
    part DescribeLogDirsResult<'a> {
        error_code: ErrorCode,                 0..;
        log_dir: &'a str,                      0..;
        topics: Vec<DescribeLogDirsTopic<'a>>, 0..;
        /// Of the volume; -1 where it is not known (KIP-827).
        total_bytes: i64 = -1,                 4.., ignorable;
        /// Of the volume; -1 where it is not known (KIP-827).
        usable_bytes: i64 = -1,                4.., ignorable;
        is_cordoned: bool,                     5.., ignorable;
    }

    /// An element of `topics` in [`DescribeLogDirsResult`].
    part DescribeLogDirsTopic<'a> {
        name: &'a str,                             0..;
        partitions: Vec<DescribeLogDirsPartition>, 0..;
    }

    /// An element of `partitions` in [`DescribeLogDirsTopic`].
    part DescribeLogDirsPartition {
        partition_index: i32, 0..;
        partition_size: i64,  0..;
        /// How far behind a replica in this directory is.
        offset_lag: i64,      0..;
        /// Whether it is to replace the one in use.
        is_future_key: bool,  0..;
    }
}
