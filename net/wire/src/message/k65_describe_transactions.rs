//! DescribeTransactions (key 65): transactions in detail.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for transactions by id (KIP-664).
    request DescribeTransactionsRequest<'a> = 0..=0, flexible 0.. {
        transactional_ids: Vec<&'a str>, 0..;
    }

    /// The transactions.
    response DescribeTransactionsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        transaction_states: Vec<TransactionState<'a>>, 0..;
    }

    /// An element of `transaction_states` in [`DescribeTransactionsResponse`].
    part TransactionState<'a> {
        error_code: ErrorCode,          0..;
        /// Null outside of transactions.
        transactional_id: &'a str,      0..;
        transaction_state: &'a str,     0..;
        /// How long a transaction may stay open.
        transaction_timeout_ms: i32,    0..;
        /// -1 where none is open.
        transaction_start_time_ms: i64, 0..;
        producer_id: i64,               0..;
        /// -1 for none.
        producer_epoch: i16,            0..;
        topics: Vec<TopicData<'a>>,     0..;
    }

    /// An element of `topics` in [`TransactionState`].
    part TopicData<'a> {
        topic: &'a str,       0..;
        partitions: Vec<i32>, 0..;
    }
}
