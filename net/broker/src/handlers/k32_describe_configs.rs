//! DescribeConfigs, versions 1 to 4: configurations, where they come from, and what they are for.
//!
//! - A topic: all that a topic has. This broker: all that a broker has. The broker without a name:
//!   what was set on all brokers. A group or a subscription to metrics: all that it has, also where
//!   nobody has heard of it. The loggers of this broker: none, since it has none.
//! - This broker's addresses, directory and number are those that it has, whatever file or argument
//!   they come from.
//! - Without names, or with an empty list of them, all configurations come; unknown ones are left
//!   out.
//! - One answer holds so many configurations and no more; the resources that are too many are
//!   refused, so that a small request does not take all memory.
//! - A secret has no value in the answer.
//! - From version 1 all values under all names (KIP-226), from version 3 types and texts (KIP-569).

use crate::error_map::{Fault, told};
use crate::exchange::{Endpoint, Exchange, Outcome, endpoint};
use crate::resources::{Named, named};
use crate::shard::LISTENER;
use millstream_controller::config::{
    ConfigEntry, Describe, Source, SynonymEntry, describe_broker, describe_client_metrics,
    describe_cluster, describe_group, describe_topic,
};
use millstream_controller::record::Resource;
use millstream_controller::{MetadataImage, topic_name};
use millstream_wire::message::k32_describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResult,
    DescribeConfigsSynonym,
};
use millstream_wire::{DescribeConfigsRequest, DescribeConfigsResponse, ErrorCode};

/// Most configurations in one answer: those of more than ten thousand topics.
const CONFIGS_MAX: usize = 400_000;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeConfigsRequest<'_>,
) -> Outcome {
    let image = exchange.shard.image();
    let mut config_count = 0;
    let describe = |asked: &DescribeConfigsResource<'_>| {
        if config_count >= CONFIGS_MAX {
            let message = "this request asks for too much at once";
            return Err(Fault::new(ErrorCode::INVALID_REQUEST, message));
        }
        let names = asked.configuration_keys.as_deref().filter(|names| !names.is_empty());
        let describe = Describe {
            names,
            synonyms: request.include_synonyms,
            documentation: request.include_documentation,
        };
        let entries = entries(exchange, &image, asked, describe)?;
        config_count += entries.len();
        Ok(entries)
    };
    let described: Vec<_> = request.resources.iter().map(describe).collect();
    let results = request.resources.iter().zip(&described);
    let results = results.map(|(asked, described)| result(asked, described)).collect();
    exchange.answer(&DescribeConfigsResponse { results, ..DescribeConfigsResponse::default() })
}

fn entries(
    exchange: &Exchange<'_>,
    image: &MetadataImage,
    asked: &DescribeConfigsResource<'_>,
    describe: Describe<'_>,
) -> Result<Vec<ConfigEntry>, Fault> {
    let facts = &exchange.shard.facts;
    let layers = |topic| image.layers(topic, facts.node, &facts.config);
    let overrides = |resource| image.overrides(&resource).map(AsRef::as_ref);
    Ok(match named(facts, asked.resource_type, asked.resource_name)? {
        Named::Topic(name) => {
            topic_name::check(name)?;
            let topic = image.topic(name).ok_or_else(|| {
                let message = format!("there is no topic {name:?}");
                Fault::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message)
            })?;
            describe_topic(layers(Some(topic.id())), describe)
        }
        Named::Broker(_) => {
            let mut entries = describe_broker(layers(None), describe);
            entries.iter_mut().for_each(|entry| correct(exchange, image, entry, describe));
            entries
        }
        Named::Cluster => describe_cluster(layers(None), describe),
        Named::Loggers => Vec::new(),
        Named::ClientMetrics(name) => {
            let set = overrides(Resource::ClientMetrics(name.into()));
            describe_client_metrics(set, describe)
        }
        Named::Group(name) => {
            let set = overrides(Resource::Group(name.into()));
            describe_group(layers(None), set, describe)
        }
    })
}

/// Puts in what counts where an argument has said otherwise than the file.
fn correct(
    exchange: &Exchange<'_>,
    image: &MetadataImage,
    entry: &mut ConfigEntry,
    describe: Describe<'_>,
) {
    let Some(value) = in_force(exchange, image, entry.name) else { return };
    if entry.value.as_ref() == Some(&value) {
        return;
    }
    if describe.synonyms {
        let (name, value) = (entry.name, Some(value.clone()));
        entry.synonyms.insert(0, SynonymEntry { name, value, source: Source::StaticBroker });
    }
    entry.value = Some(value);
    entry.source = Source::StaticBroker;
}

fn in_force(exchange: &Exchange<'_>, image: &MetadataImage, name: &str) -> Option<String> {
    let shard = exchange.shard;
    let facts = &shard.facts;
    Some(match name {
        "broker.id" | "node.id" => facts.node.to_string(),
        "log.dirs" => facts.data.clone(),
        "listeners" => format!("{LISTENER}://{}", shard.address.get()?),
        "advertised.listeners" => {
            let Endpoint { host, port } = endpoint(image.broker(facts.node)?);
            let is_ipv6 = host.contains(':');
            let host = if is_ipv6 { format!("[{host}]") } else { host.to_owned() };
            format!("{LISTENER}://{host}:{port}")
        }
        _ => return None,
    })
}

fn result<'a>(
    asked: &DescribeConfigsResource<'a>,
    described: &'a Result<Vec<ConfigEntry>, Fault>,
) -> DescribeConfigsResult<'a> {
    let (error_code, error_message) = told(described);
    DescribeConfigsResult {
        error_code,
        error_message,
        resource_type: asked.resource_type,
        resource_name: asked.resource_name,
        configs: described.iter().flatten().map(config).collect(),
    }
}

fn config(entry: &ConfigEntry) -> DescribeConfigsResourceResult<'_> {
    DescribeConfigsResourceResult {
        name: entry.name,
        value: entry.value.as_deref(),
        read_only: entry.read_only,
        config_source: entry.source as i8,
        is_sensitive: entry.sensitive,
        synonyms: entry.synonyms.iter().map(synonym).collect(),
        config_type: entry.kind as i8,
        documentation: entry.documentation,
    }
}

fn synonym(entry: &SynonymEntry) -> DescribeConfigsSynonym<'_> {
    DescribeConfigsSynonym {
        name: entry.name,
        value: entry.value.as_deref(),
        source: entry.source as i8,
    }
}
