//! AddPartitionsToTxn (key 24): partitions of a transaction.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Adds partitions to a transaction (KIP-98); from version 4 on many at once, from brokers
    /// (KIP-890).
    request AddPartitionsToTxnRequest<'a> = 0..=5, flexible 3.. {
        transactions: Vec<AddPartitionsToTxnTransaction<'a>>,  4..;
        v3_and_below_transactional_id: &'a str,                0..=3;
        v3_and_below_producer_id: i64,                         0..=3;
        v3_and_below_producer_epoch: i16,                      0..=3;
        v3_and_below_topics: Vec<AddPartitionsToTxnTopic<'a>>, 0..=3;
    }

    /// An element of `transactions` in [`AddPartitionsToTxnRequest`].
    part AddPartitionsToTxnTransaction<'a> {
        /// Null outside of transactions.
        transactional_id: &'a str,                4..;
        /// -1 for none.
        producer_id: i64,                         4..;
        /// -1 for none.
        producer_epoch: i16,                      4..;
        /// Whether to ask, and not to add (KIP-890).
        verify_only: bool,                        4..;
        topics: Vec<AddPartitionsToTxnTopic<'a>>, 4..;
    }

    /// An element of `topics` in [`AddPartitionsToTxnTransaction`].
    part AddPartitionsToTxnTopic<'a> {
        name: &'a str,        0..;
        partitions: Vec<i32>, 0..;
    }

    /// Whether each was added.
    response AddPartitionsToTxnResponse<'a> = 0..=5, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                       0..;
        error_code: ErrorCode,                                       4.., ignorable;
        results_by_transaction: Vec<AddPartitionsToTxnResult<'a>>,   4..;
        results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult<'a>>, 0..=3;
    }

    /// An element of `results_by_transaction` in [`AddPartitionsToTxnResponse`].
    part AddPartitionsToTxnResult<'a> {
        /// Null outside of transactions.
        transactional_id: &'a str,                             4..;
        topic_results: Vec<AddPartitionsToTxnTopicResult<'a>>, 4..;
    }

    /// An element of `topic_results` in [`AddPartitionsToTxnResult`].
    part AddPartitionsToTxnTopicResult<'a> {
        name: &'a str,                                               0..;
        results_by_partition: Vec<AddPartitionsToTxnPartitionResult>, 0..;
    }

    /// An element of `results_by_partition` in [`AddPartitionsToTxnTopicResult`].
    part AddPartitionsToTxnPartitionResult {
        partition_index: i32,            0..;
        partition_error_code: ErrorCode, 0..;
    }
}
