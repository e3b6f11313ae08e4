//! Which of several values of a configuration counts, and where it comes from.

use super::broker_config::BrokerConfig;
use super::broker_table::{broker, brokers};
use super::definition::{Definition, Synonym, same};
use super::topic_table::TOPIC;
use super::unserved;
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
        let all: Vec<_> =
            own.into_iter().chain(self.fallbacks(definition, definition.synonyms)).collect();
        let value = all.first().map(|(first, synonym)| synonym.scaled(definition, &first.value));
        Resolved {
            value: value.or_else(|| definition.default_value()),
            source: all.first().map_or(Source::Default, |(first, _)| first.source),
            synonyms: all.into_iter().map(|(sourced, _)| sourced).collect(),
        }
    }

    /// A broker's configuration: its own value, and beside it those under the other names of the
    /// same thing.
    #[must_use]
    pub fn broker(&self, definition: &'static Definition) -> Resolved {
        let own = [Synonym::own(definition)];
        let names = family(definition).unwrap_or(&own);
        let all = self.fallbacks(definition, names).map(|(sourced, _)| sourced);
        Resolved::of(definition, from_name(definition.name, all))
    }

    /// A group's configuration: its own value, or the broker's of the same name behind `group.`, or
    /// the default.
    #[must_use]
    pub fn group(&self, definition: &'static Definition, set: Option<&Overrides>) -> Resolved {
        let own = set.and_then(|set| override_of(set, definition));
        let own = own.map(|value| Sourced { name: definition.name, value, source: Source::Group });
        // Where brokers have none of that name, its default stands under its own.
        let names = [of_group(definition).unwrap_or(Synonym::own(definition))];
        let fallbacks = self.fallbacks(definition, &names).map(|(sourced, _)| sourced);
        Resolved::of(definition, own.into_iter().chain(fallbacks).collect())
    }

    /// The brokers' values under `synonyms`: place by place, and in each the synonyms in their
    /// order.
    fn fallbacks(
        &self,
        definition: &'static Definition,
        synonyms: &[Synonym],
    ) -> impl Iterator<Item = (Sourced, Synonym)> {
        let sources = [
            Source::DynamicBroker,
            Source::DynamicDefaultBroker,
            Source::StaticBroker,
            Source::Default,
        ];
        let places = sources
            .into_iter()
            .flat_map(|source| synonyms.iter().map(move |synonym| (source, *synonym)));
        places.filter_map(move |(source, synonym)| {
            let value = match broker(synonym.name) {
                Some(found) => self.broker_value(source, found),
                // One that is not served counts with its default, which is the asking one's.
                None if source == Source::Default => definition.default_value(),
                None => None,
            };
            Some((Sourced { name: synonym.name, value: value?, source }, synonym))
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

impl Resolved {
    /// The first of values that are in one unit, or the default.
    pub(super) fn of(definition: &Definition, synonyms: Vec<Sourced>) -> Self {
        let value = synonyms.first().map(|first| first.value.clone());
        let value = value.or_else(|| definition.default_value());
        let source = synonyms.first().map_or(Source::Default, |first| first.source);
        Self { value, source, synonyms }
    }

    /// As Kafka tells it of a topic: of the brokers' values those before the first under the
    /// topic's first synonym are left out, and the source is that of the first one that is left. So
    /// a time that was set in minutes has its value, and no source.
    pub(super) fn told(self, definition: &Definition) -> Self {
        let (own, others): (Vec<_>, Vec<_>) =
            self.synonyms.into_iter().partition(|found| found.source == Source::DynamicTopic);
        let first = definition.synonyms.first().map_or("", |synonym| synonym.name);
        let synonyms: Vec<_> =
            own.into_iter().chain(from_name(first, others.into_iter())).collect();
        let source = synonyms.first().map_or(Source::Default, |first| first.source);
        Self { synonyms, source, ..self }
    }
}

/// What there is from the first value under `name` on.
fn from_name(name: &str, all: impl Iterator<Item = Sourced>) -> Vec<Sourced> {
    all.skip_while(|found| found.name != name).collect()
}

/// All names of what a broker's configuration says, where it has several.
fn family(definition: &Definition) -> Option<&'static [Synonym]> {
    let names = TOPIC.iter().map(|of| of.synonyms).filter(|names| names.len() > 1);
    let mut own = names.filter(|names| names.iter().any(|synonym| synonym.name == definition.name));
    own.next()
}

/// The broker's configuration that a group's falls back to.
fn of_group(definition: &Definition) -> Option<Synonym> {
    let name = match definition.name {
        // The one of a group is the first of those that the broker knows.
        "streams.assignor.name" => "streams.assignors",
        name => name,
    };
    let mut all = brokers().map(|of| of.name).chain(unserved::names());
    all.find(|of| of.strip_prefix("group.") == Some(name)).map(same)
}

impl Synonym {
    fn own(definition: &'static Definition) -> Self {
        same(definition.name)
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
