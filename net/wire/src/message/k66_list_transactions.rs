//! ListTransactions (key 66): which transactions there are.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the transactions of this broker (KIP-664).
    request ListTransactionsRequest<'a> = 0..=2, flexible 0.. {
        state_filters: Vec<&'a str>,               0..;
        producer_id_filters: Vec<i64>,             0..;
        /// Milliseconds that a transaction is open at least; -1 for all.
        duration_filter: i64 = -1,                 1..;
        /// A regular expression (KIP-1152).
        transactional_id_pattern: Option<&'a str>, 2.., null 2..;
    }

    /// The transactions.
    response ListTransactionsResponse<'a> = 0..=2, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        error_code: ErrorCode,                         0..;
        unknown_state_filters: Vec<&'a str>,           0..;
        transaction_states: Vec<TransactionState<'a>>, 0..;
    }

    /// An element of `transaction_states` in [`ListTransactionsResponse`].
    part TransactionState<'a> {
        /// Null outside of transactions.
        transactional_id: &'a str,  0..;
        producer_id: i64,           0..;
        transaction_state: &'a str, 0..;
    }
}
