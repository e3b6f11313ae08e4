//! Names for idempotent producers.

use super::Connection;
use crate::failure::Failure;
use millstream_base::{ProducerEpoch, ProducerId};
use millstream_wire::{InitProducerIdRequest, InitProducerIdResponse};

/// The newest version that knows no two-phase commit.
const VERSION_MAX: i16 = 5;

/// An id that no producer had before (KIP-98). A broker that has none yet counts as one that is
/// not reached.
pub(crate) fn init_producer(
    connection: &mut Connection,
) -> Result<(ProducerId, ProducerEpoch), Failure> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let reply = connection.ask(&request, VERSION_MAX)?;
    let response: InitProducerIdResponse = reply.read()?;
    let code = response.error_code;
    if code.is_none() {
        let epoch = ProducerEpoch::new(response.producer_epoch);
        return Ok((ProducerId::new(response.producer_id), epoch));
    }
    let why = format!("no producer id: {code}");
    Err(if code.is_retriable() { Failure::unreachable(why) } else { Failure::failed(why) })
}
