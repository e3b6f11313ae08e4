//! WriteTxnMarkers (key 27): ends of transactions into partitions, from their coordinator.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Writes commit and abort markers (KIP-98).
    request WriteTxnMarkersRequest<'a> = 1..=2, flexible 1.. {
        markers: Vec<WritableTxnMarker<'a>>, 0..;
    }

    /// An element of `markers` in [`WriteTxnMarkersRequest`].
    part WritableTxnMarker<'a> {
        /// -1 for none.
        producer_id: i64,                        0..;
        /// -1 for none.
        producer_epoch: i16,                     0..;
        /// True for commit, false for abort.
        transaction_result: bool,                0..;
        topics: Vec<WritableTxnMarkerTopic<'a>>, 0..;
        /// Fences a coordinator that is none any more.
        coordinator_epoch: i32,                  0..;
        transaction_version: i8,                 2.., ignorable;
    }

    /// An element of `topics` in [`WritableTxnMarker`].
    part WritableTxnMarkerTopic<'a> {
        name: &'a str,               0..;
        partition_indexes: Vec<i32>, 0..;
    }

    /// Whether each was written.
    response WriteTxnMarkersResponse<'a> = 1..=2, flexible 1.. {
        markers: Vec<WritableTxnMarkerResult<'a>>, 0..;
    }

    /// An element of `markers` in [`WriteTxnMarkersResponse`].
    part WritableTxnMarkerResult<'a> {
        /// -1 for none.
        producer_id: i64,                              0..;
        topics: Vec<WritableTxnMarkerTopicResult<'a>>, 0..;
    }

    /// An element of `topics` in [`WritableTxnMarkerResult`].
    part WritableTxnMarkerTopicResult<'a> {
        name: &'a str,                                     0..;
        partitions: Vec<WritableTxnMarkerPartitionResult>, 0..;
    }

    /// An element of `partitions` in [`WritableTxnMarkerTopicResult`].
    part WritableTxnMarkerPartitionResult {
        partition_index: i32,  0..;
        error_code: ErrorCode, 0..;
    }
}
