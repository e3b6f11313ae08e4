//! InitProducerId, versions 0 to 5: ids of idempotent producers.
//!
//! - Without a transactional id each call gives a new id, in epoch 0; ids are never given twice,
//!   also not after a crash, since they come in blocks that the metadata log has counted.
//! - From version 3 a producer may ask for its next epoch (KIP-360); after the last one it gets a
//!   new id.
//! - Transactions are not served yet: their ids find no coordinator.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_wire::{ErrorCode, InitProducerIdRequest, InitProducerIdResponse};

/// An epoch from which a producer gets a new id instead of another epoch.
const EPOCH_LAST: i16 = i16::MAX - 1;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &InitProducerIdRequest<'_>,
) -> Outcome {
    let refuse = |error_code| {
        exchange.answer(&InitProducerIdResponse {
            error_code,
            producer_epoch: -1,
            ..InitProducerIdResponse::default()
        })
    };
    match request.transactional_id {
        Some("") => return refuse(ErrorCode::INVALID_REQUEST),
        Some(_) => return refuse(ErrorCode::COORDINATOR_NOT_AVAILABLE),
        None => {}
    }
    let (id, epoch) = (request.producer_id, request.producer_epoch);
    if id >= 0 && (0..EPOCH_LAST).contains(&epoch) {
        return answer(exchange, id, epoch + 1);
    }
    match exchange.shard.next_producer_id().await {
        Ok(id) => answer(exchange, id.get(), 0),
        Err(error) => refuse(error_map::of_log(&error)),
    }
}

fn answer(exchange: &Exchange<'_>, producer_id: i64, producer_epoch: i16) -> Outcome {
    exchange.answer(&InitProducerIdResponse {
        producer_id,
        producer_epoch,
        ..InitProducerIdResponse::default()
    })
}
