//! ListConfigResources, versions 0 to 1: what has configurations.
//!
//! - Version 0 lists subscriptions to clients' metrics (KIP-1000), version 1 the types that are
//!   asked for, or all (KIP-1142).
//! - Topics and brokers are there by themselves; groups and subscriptions where something was set
//!   on them.
//! - A type that has no configurations is UNSUPPORTED_VERSION, and nothing is listed.

use crate::exchange::{Exchange, Outcome};
use crate::resources::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use millstream_controller::MetadataImage;
use millstream_controller::record::Resource;
use millstream_wire::message::k74_list_config_resources::ConfigResource;
use millstream_wire::{ErrorCode, ListConfigResourcesRequest, ListConfigResourcesResponse};
use std::collections::BTreeSet;

const ALL: [i8; 5] = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &ListConfigResourcesRequest,
) -> Outcome {
    let asked = &request.resource_types;
    let kinds: BTreeSet<i8> = match exchange.version() {
        0 => BTreeSet::from([CLIENT_METRICS]),
        _ if asked.is_empty() => BTreeSet::from(ALL),
        _ => asked.iter().copied().collect(),
    };
    if kinds.iter().any(|kind| !ALL.contains(kind)) {
        let error_code = ErrorCode::UNSUPPORTED_VERSION;
        return exchange.answer(&ListConfigResourcesResponse {
            error_code,
            ..ListConfigResourcesResponse::default()
        });
    }
    let image = exchange.shard.image();
    let nodes: Vec<String> = image.brokers().map(|broker| broker.node.to_string()).collect();
    let mut config_resources = Vec::new();
    for kind in kinds {
        let named = |resource_name| ConfigResource { resource_name, resource_type: kind };
        config_resources.extend(names(&image, &nodes, kind).into_iter().map(named));
    }
    exchange.answer(&ListConfigResourcesResponse {
        config_resources,
        ..ListConfigResourcesResponse::default()
    })
}

fn names<'a>(image: &'a MetadataImage, nodes: &'a [String], kind: i8) -> Vec<&'a str> {
    let set = |resource: &'a Resource| match (kind, resource) {
        (GROUP, Resource::Group(name)) | (CLIENT_METRICS, Resource::ClientMetrics(name)) => {
            Some(name.as_ref())
        }
        _ => None,
    };
    match kind {
        TOPIC => image.topics().map(|topic| topic.name().as_ref()).collect(),
        BROKER | BROKER_LOGGER => nodes.iter().map(String::as_str).collect(),
        _ => image.resources().filter_map(set).collect(),
    }
}
