//! AlterConfigs and IncrementalAlterConfigs: resource by resource, wholly or not at all.

use super::{Context, Outcome, repeated};
use crate::config::{
    BrokerConfig, CLIENT_METRICS, ConfigFault, Definition, GROUP, Kind, Layers, Overrides, TOPIC,
    Update, Value, broker, brokers, check_group, check_topic, nearest, topic,
};
use crate::error::{Refusal, RefusalKind};
use crate::record::{MetadataRecord, Resource};
use crate::topic_name;
use millstream_base::NodeId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest value that can be set: what fits a string of Kafka's older messages.
pub const CONFIG_VALUE_BYTES_MAX: usize = 32_767;

/// Set exactly these configurations, and leave all others to their defaults.
#[derive(Clone, Debug, Default)]
pub struct AlterConfigs {
    /// The resources.
    pub resources: Vec<AlterResource<(String, Option<String>)>>,
    /// Decide and answer, but change nothing.
    pub validate_only: bool,
}

/// Change these configurations, and leave all others as they are.
#[derive(Clone, Debug, Default)]
pub struct IncrementalAlterConfigs {
    /// The resources.
    pub resources: Vec<AlterResource<ConfigChange>>,
    /// Decide and answer, but change nothing.
    pub validate_only: bool,
}

/// A resource and what is to be changed on it.
#[derive(Clone, Debug)]
pub struct AlterResource<T> {
    /// The resource.
    pub resource: ConfigResource,
    /// The changes.
    pub configs: Vec<T>,
}

/// A resource as a client names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic, by name.
    Topic(String),
    /// A broker.
    Broker(NodeId),
    /// All brokers: the broker without a name.
    Cluster,
    /// A group, which need not be there.
    Group(String),
    /// A subscription to clients' metrics, which need not be there.
    ClientMetrics(String),
}

/// One change.
#[derive(Clone, Debug)]
pub struct ConfigChange {
    /// Which configuration.
    pub name: String,
    /// What to do with it.
    pub operation: AlterOperation,
    /// With what; nothing is needed to delete.
    pub value: Option<String>,
}

/// What to do with a configuration; the discriminant is the wire's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum AlterOperation {
    /// Set it.
    Set = 0,
    /// Leave it to its default.
    Delete = 1,
    /// Add items to a list.
    Append = 2,
    /// Take items out of a list.
    Subtract = 3,
}

/// The answer: one for each resource of the request, in its order.
pub(crate) type Response = Vec<(ConfigResource, Result<(), Refusal>)>;

pub(crate) fn alter_configs(context: &Context<'_>, request: &AlterConfigs) -> Outcome<Response> {
    alter(context, &request.resources, request.validate_only, |resource, configs, _| {
        let mut overrides = Overrides::new();
        for (name, value) in configs {
            let definition = definition(resource, name)?;
            overrides.insert(name.clone(), checked(definition, value.as_deref())?);
        }
        Ok(overrides)
    })
}

pub(crate) fn incremental_alter_configs(
    context: &Context<'_>,
    request: &IncrementalAlterConfigs,
) -> Outcome<Response> {
    alter(context, &request.resources, request.validate_only, |resource, changes, before| {
        let mut overrides = before.clone();
        if let Some(name) = repeated(changes.iter().map(|change| &change.name)).first() {
            let message = format!("{name:?} is changed more than once");
            return Err(Refusal::new(RefusalKind::InvalidRequest, message));
        }
        for change in changes {
            let definition = definition(resource, &change.name)?;
            let layers = layers(context, resource, before);
            match changed(definition, change, layers, resource)? {
                Some(value) => drop(overrides.insert(change.name.clone(), value)),
                None => drop(overrides.remove(&change.name)),
            }
        }
        Ok(overrides)
    })
}

/// What both have in common: `desired` says what shall be set on a resource in the end.
fn alter<T>(
    context: &Context<'_>,
    resources: &[AlterResource<T>],
    validate_only: bool,
    desired: impl Fn(&Resource, &[T], &Overrides) -> Result<Overrides, Refusal>,
) -> Outcome<Response> {
    let mut records = Vec::new();
    let mut response = Response::new();
    let repeated = repeated(resources.iter().map(|altered| &altered.resource));
    for altered in resources {
        let result = if repeated.contains(&altered.resource) {
            let message = "the request names this resource more than once";
            Err(Refusal::new(RefusalKind::InvalidRequest, message))
        } else {
            let resource = resolve(context, &altered.resource);
            resource.and_then(|resource| {
                let before = context.image.overrides(&resource).cloned().unwrap_or_default();
                let after = desired(&resource, &altered.configs, &before)?;
                check(context, &resource, &after)?;
                records.extend(difference(&resource, &before, &after));
                Ok(())
            })
        };
        response.push((altered.resource.clone(), result));
    }
    if validate_only {
        records.clear();
    }
    Outcome { response, records }
}

/// What must be recorded so that `before` becomes `after`.
fn difference<'a>(
    resource: &'a Resource,
    before: &'a Overrides,
    after: &'a Overrides,
) -> impl Iterator<Item = MetadataRecord> + 'a {
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    let removed = removed.map(|name| (name, None));
    let set = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    let set = set.map(|(name, value)| (name, Some(value.clone())));
    removed.chain(set).map(|(name, value)| MetadataRecord::Config {
        resource: resource.clone(),
        name: name.clone(),
        value,
    })
}

fn resolve(context: &Context<'_>, resource: &ConfigResource) -> Result<Resource, Refusal> {
    match resource {
        ConfigResource::Topic(name) => match context.image.topic(name) {
            Some(topic) => Ok(Resource::Topic(topic.id())),
            None => {
                topic_name::check(name)?;
                let message = format!("there is no topic {name:?}");
                Err(Refusal::new(RefusalKind::UnknownTopicOrPartition, message))
            }
        },
        ConfigResource::Broker(node) if context.image.broker(*node).is_none() => {
            let message = format!("there is no broker {node}");
            Err(Refusal::new(RefusalKind::BrokerIdNotRegistered, message))
        }
        ConfigResource::Broker(node) => Ok(Resource::Broker(*node)),
        ConfigResource::Cluster => Ok(Resource::Cluster),
        ConfigResource::Group(name) | ConfigResource::ClientMetrics(name) if name.is_empty() => {
            let message = "the resource needs a name";
            Err(Refusal::new(RefusalKind::InvalidRequest, message))
        }
        ConfigResource::Group(name) => Ok(Resource::Group(Arc::from(name.as_str()))),
        ConfigResource::ClientMetrics(name) => {
            Ok(Resource::ClientMetrics(Arc::from(name.as_str())))
        }
    }
}

fn definition(resource: &Resource, name: &str) -> Result<&'static Definition, Refusal> {
    let in_table = |table: &'static [Definition]| {
        let found = table.iter().find(|definition| definition.name == name);
        found.ok_or_else(|| unknown(name, &mut table.iter()))
    };
    match resource {
        Resource::Topic(_) => in_table(TOPIC),
        Resource::Group(_) => in_table(GROUP),
        Resource::ClientMetrics(_) => in_table(CLIENT_METRICS),
        Resource::Broker(_) | Resource::Cluster => match broker(name) {
            None => Err(unknown(name, &mut brokers())),
            Some(definition) if definition.update == Update::ReadOnly => {
                let message = format!("{name} changes only with a start of the broker");
                Err(Refusal::new(RefusalKind::InvalidRequest, message))
            }
            Some(definition) => Ok(definition),
        },
    }
}

fn unknown(name: &str, known: &mut dyn Iterator<Item = &'static Definition>) -> Refusal {
    let nearest = nearest(name, known.map(|definition| definition.name));
    invalid(&ConfigFault::Unknown { name: name.to_owned(), nearest })
}

fn invalid(fault: &ConfigFault) -> Refusal {
    Refusal::new(RefusalKind::InvalidConfig, fault.to_string())
}

/// The text of a value that may be set.
fn checked(definition: &Definition, value: Option<&str>) -> Result<String, Refusal> {
    let Some(value) = value else {
        let message = format!("{} needs a value", definition.name);
        return Err(Refusal::new(RefusalKind::InvalidConfig, message));
    };
    if value.len() > CONFIG_VALUE_BYTES_MAX {
        let message =
            format!("a value has at most {CONFIG_VALUE_BYTES_MAX} bytes, this one {}", value.len());
        return Err(Refusal::new(RefusalKind::InvalidConfig, message));
    }
    definition.parse(value).map_err(|fault| invalid(&fault))?;
    Ok(value.to_owned())
}

/// The text of a value that may be set on a topic that is being made.
pub(super) fn topic_value(name: &str, value: Option<&str>) -> Result<String, Refusal> {
    let definition = topic(name).ok_or_else(|| unknown(name, &mut TOPIC.iter()))?;
    checked(definition, value)
}

/// What a change makes of a configuration; `None`: left to its default.
fn changed(
    definition: &'static Definition,
    change: &ConfigChange,
    layers: Layers<'_>,
    resource: &Resource,
) -> Result<Option<String>, Refusal> {
    match change.operation {
        AlterOperation::Delete => return Ok(None),
        AlterOperation::Set => return checked(definition, change.value.as_deref()).map(Some),
        AlterOperation::Append | AlterOperation::Subtract => {}
    }
    if definition.kind != Kind::List {
        let message = format!("{} is no list: it can be set and deleted only", definition.name);
        return Err(Refusal::new(RefusalKind::InvalidConfig, message));
    }
    let Some(value) = &change.value else {
        let message = format!("{} needs a value", definition.name);
        return Err(Refusal::new(RefusalKind::InvalidConfig, message));
    };
    // Where nothing is set, the list that counts is the one that is changed.
    let counts = match resource {
        Resource::Topic(_) => layers.topic(definition).value,
        Resource::Broker(_) | Resource::Cluster => layers.broker(definition).value,
        Resource::Group(_) | Resource::ClientMetrics(_) => {
            let set = layers.topic.and_then(|overrides| overrides.get(definition.name));
            let set = set.and_then(|text| definition.parse(text).ok());
            set.or_else(|| definition.default_value())
        }
    };
    let counts = counts.as_ref().and_then(Value::as_list).unwrap_or_default();
    let items = edited(counts, change.operation, value);
    checked(definition, Some(&items.join(","))).map(Some)
}

/// The list with the items of `given` added behind it, or taken out of it.
fn edited<'a>(items: &'a [String], operation: AlterOperation, given: &'a str) -> Vec<&'a str> {
    let items = items.iter().map(String::as_str);
    let given = given.split(',').map(str::trim).filter(|item| !item.is_empty());
    if operation == AlterOperation::Subtract {
        let given: BTreeSet<_> = given.collect();
        return items.filter(|item| !given.contains(item)).collect();
    }
    let mut seen = BTreeSet::new();
    items.chain(given).filter(|item| seen.insert(*item)).collect()
}

/// The layers above and below what is set on `resource`, which is `overrides`.
fn layers<'a>(
    context: &'a Context<'_>,
    resource: &Resource,
    overrides: &'a Overrides,
) -> Layers<'a> {
    let (image, file): (_, &BrokerConfig) = (context.image, context.config);
    match resource {
        Resource::Broker(node) => {
            Layers { broker: Some(overrides), ..image.layers(None, *node, file) }
        }
        Resource::Cluster => Layers { broker: None, cluster: Some(overrides), topic: None, file },
        _ => Layers { topic: Some(overrides), ..image.layers(None, context.node, file) },
    }
}

fn check(context: &Context<'_>, resource: &Resource, after: &Overrides) -> Result<(), Refusal> {
    let checked = match resource {
        Resource::ClientMetrics(_) => Ok(()),
        Resource::Group(_) => check_group(after, context.config),
        // What is set on a broker is the default of topics, so it is held to the same rules.
        _ => check_topic(layers(context, resource, after)),
    };
    checked.map_err(|fault| invalid(&fault))
}
