//! DescribeCluster, versions 0 to 2: the brokers (KIP-700).
//!
//! - From version 1 a client says whether it asks for brokers or for controllers (KIP-919); this
//!   listener knows brokers.
//! - No broker is fenced here, so that `include_fenced_brokers` (version 2) changes nothing.
//! - What the client may do with the cluster (KIP-430), if it asks.

use crate::authorized;
use crate::exchange::{Exchange, Outcome, endpoint};
use millstream_controller::image::Broker;
use millstream_wire::message::k60_describe_cluster::DescribeClusterBroker;
use millstream_wire::{DescribeClusterRequest, DescribeClusterResponse, ErrorCode};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &DescribeClusterRequest) -> Outcome {
    let refuse = |error_code, message| {
        exchange.answer(&DescribeClusterResponse {
            error_code,
            error_message: Some(message),
            ..DescribeClusterResponse::default()
        })
    };
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let message = "this is a listener of brokers, not of controllers";
            return refuse(ErrorCode::MISMATCHED_ENDPOINT_TYPE, message);
        }
        _ => return refuse(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "there are no such endpoints"),
    }
    let image = exchange.shard.image();
    let is_asked = request.include_cluster_authorized_operations;
    exchange.answer(&DescribeClusterResponse {
        cluster_id: &image.cluster_id().to_string(),
        controller_id: image.controller().get(),
        brokers: image.brokers().map(broker).collect(),
        cluster_authorized_operations: authorized::if_asked(is_asked, authorized::CLUSTER),
        ..DescribeClusterResponse::default()
    })
}

fn broker(broker: &Broker) -> DescribeClusterBroker<'_> {
    let reached = endpoint(broker);
    DescribeClusterBroker {
        broker_id: broker.node.get(),
        host: reached.host,
        port: reached.port,
        rack: broker.rack.as_deref(),
        is_fenced: false,
    }
}
