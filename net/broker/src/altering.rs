//! Changing configurations: what AlterConfigs and IncrementalAlterConfigs have in common.

use crate::error_map::Fault;
use crate::exchange::Exchange;
use crate::resources::{Named, named};
use millstream_controller::{AlterResource, ConfigResource, Controller, Outcome, Refusal};
use millstream_wire::ErrorCode;

/// A resource and the changes to it, as they came.
pub(crate) struct Asked<'a, C> {
    pub(crate) kind: i8,
    pub(crate) name: &'a str,
    /// The changes, or what is wrong with them whatever the resource.
    pub(crate) changes: Result<Vec<C>, Fault>,
}

/// What the controller answers, resource by resource.
pub(crate) type Altered = Vec<(ConfigResource, Result<(), Refusal>)>;

/// Has the controller change all resources that can be changed, with one command; gives what
/// became of each, in the order of the request.
pub(crate) async fn alter<C, F>(
    exchange: &Exchange<'_>,
    asked: impl Iterator<Item = Asked<'_, C>>,
    command: F,
) -> Vec<Result<(), Fault>>
where
    C: Send + 'static,
    F: FnOnce(&mut Controller, Vec<AlterResource<C>>) -> Outcome<Altered> + Send + 'static,
{
    let mut results = Vec::new();
    let mut resources = Vec::new();
    let mut places = Vec::new();
    for (place, asked) in asked.enumerate() {
        results.push(match resource(exchange, asked) {
            Ok(resource) => {
                places.push(place);
                resources.push(resource);
                Ok(())
            }
            Err(fault) => Err(fault),
        });
    }
    if resources.is_empty() {
        return results;
    }
    let altering = exchange.shard.command(move |controller| command(controller, resources));
    match altering.await {
        Ok(altered) => {
            assert_eq!(altered.len(), places.len(), "each resource is answered");
            for (place, (_, result)) in places.into_iter().zip(altered) {
                results[place] = result.map_err(Fault::from);
            }
        }
        Err(error) => {
            places.into_iter().for_each(|place| results[place] = Err(Fault::from(&error)));
        }
    }
    results
}

fn resource<C>(exchange: &Exchange<'_>, asked: Asked<'_, C>) -> Result<AlterResource<C>, Fault> {
    let resource = match named(&exchange.shard.facts, asked.kind, asked.name)? {
        Named::Topic(name) => ConfigResource::Topic(name.to_owned()),
        Named::Broker(node) => ConfigResource::Broker(node),
        Named::Cluster => ConfigResource::Cluster,
        Named::ClientMetrics(name) => ConfigResource::ClientMetrics(name.to_owned()),
        Named::Group(name) => ConfigResource::Group(name.to_owned()),
        Named::Loggers => {
            let message = "this broker has no loggers whose level could be set";
            return Err(Fault::new(ErrorCode::INVALID_CONFIG, message));
        }
    };
    Ok(AlterResource { resource, configs: asked.changes? })
}
