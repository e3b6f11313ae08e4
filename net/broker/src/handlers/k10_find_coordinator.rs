//! FindCoordinator, versions 0 to 6: who keeps a group.
//!
//! - Key type 0 is a group, 1 a transactional id, 2 a share group: the last two have no coordinator
//!   yet.
//! - From version 4 several keys at once (KIP-699).

use crate::exchange::{Endpoint, Exchange, Outcome, endpoint};
use millstream_controller::image::Broker;
use millstream_wire::message::k10_find_coordinator::Coordinator;
use millstream_wire::{ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse};

const GROUP: i8 = 0;
const NOWHERE: Endpoint<'static> = Endpoint { host: "", port: -1 };

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &FindCoordinatorRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let is_group = request.key_type == GROUP;
    let broker = image.broker(exchange.shard.facts.node).filter(|_| is_group);
    let is_batched = exchange.version() >= 4;
    let error_code =
        if broker.is_some() { ErrorCode::NONE } else { ErrorCode::COORDINATOR_NOT_AVAILABLE };
    let node_id = broker.map_or(-1, |broker| broker.node.get());
    let Endpoint { host, port } = broker.map_or(NOWHERE, |broker: &Broker| endpoint(broker));
    if !is_batched {
        let response = FindCoordinatorResponse {
            error_code,
            error_message: None,
            node_id,
            host,
            port,
            ..FindCoordinatorResponse::default()
        };
        return exchange.answer(&response);
    }
    let keys = request.coordinator_keys.iter();
    let coordinators =
        keys.map(|key| Coordinator { key, node_id, host, port, error_code, error_message: None });
    let coordinators = coordinators.collect();
    exchange.answer(&FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() })
}
