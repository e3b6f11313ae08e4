//! AddOffsetsToTxn (key 25): a group whose offsets belong to a transaction.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Adds the offsets of a group to a transaction (KIP-98).
    request AddOffsetsToTxnRequest<'a> = 0..=4, flexible 3.. {
        /// Null outside of transactions.
        transactional_id: &'a str, 0..;
        /// -1 for none.
        producer_id: i64,          0..;
        /// -1 for none.
        producer_epoch: i16,       0..;
        group_id: &'a str,         0..;
    }

    /// Whether they were added.
    response AddOffsetsToTxnResponse = 0..=4, flexible 3.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32, 0..;
        error_code: ErrorCode, 0..;
    }
}
