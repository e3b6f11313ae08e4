//! Which of several values of a configuration counts, and where it comes from.

use super::broker_config::BrokerConfig;
use super::broker_table::broker;
use super::definition::{Definition, Synonym};
use super::value::Value;
use std::collections::BTreeMap;

/// Values that were set while the cluster ran, as they were given.
pub type Overrides = BTreeMap<String, String>;

/// Where a value comes from; the discriminant is the code that DescribeConfigs uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum Source {
    /// Set on the topic.
    DynamicTopic = 1,
    /// Set on this broker while it ran.
    DynamicBroker = 2,
    /// Set on all brokers while they ran.
    DynamicDefaultBroker = 3,
    /// Set at the broker's start.
    StaticBroker = 4,
    /// Set by nobody.
    Default = 5,
    /// Set on the subscription to metrics.
    ClientMetrics = 7,
    /// Set on the group.
    Group = 8,
}

/// A value with the configuration that carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced {
    /// The name under which it was set.
    pub name: &'static str,
    /// The value, as it was set there.
    pub value: Value,
    /// Where.
    pub source: Source,
}

/// All places where a value may be set, the strongest first.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// Set on the topic, where it is one that is asked about.
    pub topic: Option<&'a Overrides>,
    /// Set on the broker that answers.
    pub broker: Option<&'a Overrides>,
    /// Set on all brokers.
    pub cluster: Option<&'a Overrides>,
    /// Set at the broker's start.
    pub file: &'a BrokerConfig,
}

/// What counts, and everything that would.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The value that counts, in the unit of the configuration that was asked for.
    pub value: Option<Value>,
    /// Where it comes from.
    pub source: Source,
    /// All values, the one that counts first, each in its own unit.
    pub synonyms: Vec<Sourced>,
}

impl Layers<'_> {
    /// A topic's configuration: its own value, or a broker's under any of its synonyms, or the
    /// default.
    #[must_use]
    pub fn topic(&self, definition: &'static Definition) -> Resolved {
        let own = self.topic.and_then(|overrides| {
            let value = override_of(overrides, definition)?;
            Some(Sourced { name: definition.name, value, source: Source::DynamicTopic })
        });
        let own = own.map(|sourced| (sourced, Synonym::own(definition)));
        let all: Vec<_> = own.into_iter().chain(self.fallbacks(definition.synonyms)).collect();
        let value = all.first().map(|(first, synonym)| synonym.scaled(definition, &first.value));
        Resolved {
            value: value.or_else(|| definition.default_value()),
            source: all.first().map_or(Source::Default, |(first, _)| first.source),
            synonyms: all.into_iter().map(|(sourced, _)| sourced).collect(),
        }
    }

    /// A broker's configuration.
    #[must_use]
    pub fn broker(&self, definition: &'static Definition) -> Resolved {
        let own = [Synonym::own(definition)];
        let synonyms: Vec<_> = self.fallbacks(&own).map(|(sourced, _)| sourced).collect();
        Resolved {
            value: synonyms.first().map(|first| first.value.clone()),
            source: synonyms.first().map_or(Source::Default, |first| first.source),
            synonyms,
        }
    }

    /// The brokers' values under `synonyms`: place by place, and in each the synonyms in their
    /// order.
    fn fallbacks(&self, synonyms: &[Synonym]) -> impl Iterator<Item = (Sourced, Synonym)> {
        let sources = [
            Source::DynamicBroker,
            Source::DynamicDefaultBroker,
            Source::StaticBroker,
            Source::Default,
        ];
        let places = sources
            .into_iter()
            .flat_map(|source| synonyms.iter().map(move |synonym| (source, *synonym)));
        places.filter_map(|(source, synonym)| {
            let definition = broker(synonym.name)?;
            let value = self.broker_value(source, definition)?;
            Some((Sourced { name: definition.name, value, source }, synonym))
        })
    }

    fn broker_value(&self, source: Source, definition: &'static Definition) -> Option<Value> {
        match source {
            Source::DynamicBroker => override_of(self.broker?, definition),
            Source::DynamicDefaultBroker => override_of(self.cluster?, definition),
            Source::StaticBroker => self.file.set_value(definition.name).cloned(),
            _ => definition.default_value(),
        }
    }
}

impl Synonym {
    fn own(definition: &'static Definition) -> Self {
        super::definition::same(definition.name)
    }

    /// The value in the unit and the type of the topic's configuration.
    fn scaled(self, definition: &Definition, value: &Value) -> Value {
        match value.as_i64() {
            Some(count) => {
                let scaled = self.scale.to_ms(count).to_string();
                Value::parse(definition.kind, &scaled).unwrap_or_else(|| value.clone())
            }
            None => value.clone(),
        }
    }
}

/// What was set, unless it has become impossible since: then it is as if nobody had set it.
fn override_of(overrides: &Overrides, definition: &Definition) -> Option<Value> {
    definition.parse(overrides.get(definition.name)?).ok()
}
