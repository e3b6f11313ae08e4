//! EndTxn (key 26): a transaction is over.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Commits or aborts a transaction (KIP-98).
    request EndTxnRequest<'a> = 0..=5, flexible 3.. {
        /// Null outside of transactions.
        transactional_id: &'a str, 0..;
        /// -1 for none.
        producer_id: i64,          0..;
        /// -1 for none.
        producer_epoch: i16,       0..;
        /// False to abort.
        committed: bool,           0..;
    }

    /// Whether it was; from version 5 on with the epoch to go on with (KIP-890).
    response EndTxnResponse = 0..=5, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,    0..;
        error_code: ErrorCode,    0..;
        /// -1 for none.
        producer_id: i64 = -1,    5.., ignorable;
        /// -1 for none.
        producer_epoch: i16 = -1, 5.., ignorable;
    }
}
