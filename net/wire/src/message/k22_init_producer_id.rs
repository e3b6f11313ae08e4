//! InitProducerId (key 22): ids of idempotent and transactional producers.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for a producer id (KIP-98), or a new epoch of one (KIP-360).
    request InitProducerIdRequest<'a> = 0..=6, flexible 2.. {
        /// Null outside of transactions.
        transactional_id: Option<&'a str> = Some(""), 0.., null 0..;
        /// How long a transaction may stay open.
        transaction_timeout_ms: i32,                  0..;
        /// -1 for none.
        producer_id: i64 = -1,                        3..;
        /// -1 for none.
        producer_epoch: i16 = -1,                     3..;
        /// Whether the client takes part in two-phase commits (KIP-939).
        enable_2pc: bool,                             6..;
        /// Whether a prepared transaction stays (KIP-939).
        keep_prepared_txn: bool,                      6..;
    }

    /// The id and epoch.
    response InitProducerIdResponse = 0..=6, flexible 2.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                0..;
        error_code: ErrorCode,                0..;
        /// -1 for none.
        producer_id: i64 = -1,                0..;
        /// -1 for none.
        producer_epoch: i16,                  0..;
        ongoing_txn_producer_id: i64 = -1,    6..;
        ongoing_txn_producer_epoch: i16 = -1, 6..;
    }
}
