//! ListPartitionReassignments, version 0: which partitions are moving between brokers (KIP-455).
//! There is one broker: none ever is.

use crate::exchange::{Exchange, Outcome};
use millstream_wire::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    _: &ListPartitionReassignmentsRequest<'_>,
) -> Outcome {
    exchange.answer(&ListPartitionReassignmentsResponse {
        error_message: None,
        ..ListPartitionReassignmentsResponse::default()
    })
}
