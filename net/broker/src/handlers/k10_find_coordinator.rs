//! FindCoordinator, versions 0 to 6: who keeps a group.
//!
//! - Key type 0 is a group, 1 a transactional id, 2 a share group: the last two have no coordinator
//!   yet.
//! - The first that asks for a group has the topic made that groups are kept in.
//! - From version 4 several keys at once (KIP-699).

use crate::exchange::{Endpoint, Exchange, Outcome, endpoint};
use crate::groups;
use millstream_controller::MetadataImage;
use millstream_controller::image::Broker;
use millstream_coordinator::GroupId;
use millstream_wire::message::k10_find_coordinator::Coordinator;
use millstream_wire::{ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse};

const GROUP: i8 = 0;
const SHARE: i8 = 2;
const NOWHERE: Endpoint<'static> = Endpoint { host: "", port: -1 };

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &FindCoordinatorRequest<'_>,
) -> Outcome {
    if request.key_type == GROUP {
        exchange.shard.make_offsets_topic().await;
    }
    let image = exchange.shard.image();
    if exchange.version() >= 4 {
        let keys = request.coordinator_keys.iter();
        let coordinators = keys.map(|key| locate(&image, request.key_type, key)).collect();
        let response = FindCoordinatorResponse { coordinators, ..Default::default() };
        return exchange.answer(&response);
    }
    let found = locate(&image, request.key_type, request.key);
    exchange.answer(&FindCoordinatorResponse {
        error_code: found.error_code,
        error_message: found.error_message,
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..FindCoordinatorResponse::default()
    })
}

fn locate<'a>(image: &'a MetadataImage, key_type: i8, key: &'a str) -> Coordinator<'a> {
    let broker = if key_type == GROUP { keeper(image, key) } else { None };
    let Endpoint { host, port } = broker.map_or(NOWHERE, endpoint);
    let error_code = match broker {
        Some(_) => ErrorCode::NONE,
        None if (GROUP..=SHARE).contains(&key_type) => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        None => ErrorCode::INVALID_REQUEST,
    };
    let node_id = broker.map_or(-1, |broker| broker.node.get());
    Coordinator { key, node_id, host, port, error_code, error_message: None }
}

/// The leader of the partition that holds the group.
fn keeper<'a>(image: &'a MetadataImage, group: &str) -> Option<&'a Broker> {
    let (topic, index) = groups::place(image, &GroupId::from(group))?;
    let partition = image.topic_by_id(topic)?.partition(index)?;
    image.broker(partition.leader)
}
