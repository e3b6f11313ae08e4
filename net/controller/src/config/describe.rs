//! The answer to DescribeConfigs, before it is encoded.

use super::broker_table::brokers;
use super::definition::{Definition, Kind, Update};
use super::group_table::{CLIENT_METRICS, GROUP};
use super::resolve::{Layers, Overrides, Resolved, Source, Sourced};
use super::topic_table::TOPIC;

/// One configuration as a client is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: &'static str,
    /// Its value; `None` where it has none, or must not be shown.
    pub value: Option<String>,
    /// Whether it can be changed only by starting the broker anew.
    pub read_only: bool,
    /// Where the value comes from.
    pub source: Source,
    /// Whether the value is a secret.
    pub sensitive: bool,
    /// All values that were set anywhere, the one that counts first; empty if not asked for.
    pub synonyms: Vec<SynonymEntry>,
    /// Its type.
    pub kind: Kind,
    /// What it is for; `None` if not asked for.
    pub documentation: Option<&'static str>,
}

/// A value under one of the names of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct SynonymEntry {
    /// The name.
    pub name: &'static str,
    /// The value, as for [`ConfigEntry::value`].
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// What of the configurations is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Describe<'a> {
    /// Which ones; `None`: all. Names that are not known are left out of the answer.
    pub names: Option<&'a [&'a str]>,
    /// With all values under all names.
    pub synonyms: bool,
    /// With what they are for.
    pub documentation: bool,
}

/// The configurations of a topic.
#[must_use]
pub fn describe_topic(layers: Layers<'_>, describe: Describe<'_>) -> Vec<ConfigEntry> {
    let asked = TOPIC.iter().filter(|definition| describe.asks_for(definition));
    let told = |definition: &'static Definition| layers.topic(definition).told(definition);
    asked.map(|definition| describe.entry(definition, false, told(definition))).collect()
}

/// The configurations of the broker whose layers they are.
#[must_use]
pub fn describe_broker(layers: Layers<'_>, describe: Describe<'_>) -> Vec<ConfigEntry> {
    let asked = brokers().filter(|definition| describe.asks_for(definition));
    let entry = |definition: &'static Definition| {
        let read_only = definition.update == Update::ReadOnly;
        describe.entry(definition, read_only, layers.broker(definition))
    };
    asked.map(entry).collect()
}

/// What was set on all brokers, and nothing else: Kafka's answer for the broker without a name.
#[must_use]
pub fn describe_cluster(layers: Layers<'_>, describe: Describe<'_>) -> Vec<ConfigEntry> {
    let only_cluster = Layers { topic: None, broker: None, ..layers };
    let mut entries = describe_broker(only_cluster, describe);
    entries.retain(|entry| entry.source == Source::DynamicDefaultBroker);
    for entry in &mut entries {
        entry.synonyms.retain(|synonym| synonym.source == Source::DynamicDefaultBroker);
    }
    entries
}

/// The configurations of a group on which `set` was set.
#[must_use]
pub fn describe_group(
    layers: Layers<'_>,
    set: Option<&Overrides>,
    describe: Describe<'_>,
) -> Vec<ConfigEntry> {
    let asked = GROUP.iter().filter(|definition| describe.asks_for(definition));
    asked
        .map(|definition| describe.entry(definition, false, layers.group(definition, set)))
        .collect()
}

/// The configurations of a subscription to metrics, on which nothing counts but what was set there.
#[must_use]
pub fn describe_client_metrics(
    set: Option<&Overrides>,
    describe: Describe<'_>,
) -> Vec<ConfigEntry> {
    let asked = CLIENT_METRICS.iter().filter(|definition| describe.asks_for(definition));
    let entry = |definition: &'static Definition| {
        let set = set.and_then(|set| set.get(definition.name));
        let set = set.and_then(|text| definition.parse(text).ok());
        let (name, source) = (definition.name, Source::ClientMetrics);
        let set = set.map(|value| Sourced { name, value, source });
        describe.entry(definition, false, Resolved::of(definition, set.into_iter().collect()))
    };
    asked.map(entry).collect()
}

impl Describe<'_> {
    fn asks_for(&self, definition: &Definition) -> bool {
        self.names.is_none_or(|names| names.contains(&definition.name))
    }

    fn entry(
        &self,
        definition: &'static Definition,
        read_only: bool,
        resolved: Resolved,
    ) -> ConfigEntry {
        let sensitive = definition.is_sensitive();
        let shown = |value: String| if sensitive { None } else { Some(value) };
        let synonym = |sourced: Sourced| SynonymEntry {
            name: sourced.name,
            value: shown(sourced.value.to_string()),
            source: sourced.source,
        };
        let synonyms = resolved.synonyms.into_iter().filter(|_| self.synonyms).map(synonym);
        ConfigEntry {
            name: definition.name,
            value: resolved.value.and_then(|value| shown(value.to_string())),
            read_only,
            source: resolved.source,
            sensitive,
            synonyms: synonyms.collect(),
            kind: definition.kind,
            documentation: self.documentation.then_some(definition.doc),
        }
    }
}
