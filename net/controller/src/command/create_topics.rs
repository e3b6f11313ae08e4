//! CreateTopics: topic by topic, each is made or refused on its own.

use super::{Context, Outcome, PARTITIONS_PER_REQUEST_MAX, repeated, replicas};
use crate::config::{Layers, Overrides, check_topic};
use crate::error::{Refusal, RefusalKind};
use crate::image::Partition;
use crate::record::{MetadataRecord, Resource};
use crate::topic_name;
use millstream_base::{NodeId, PartitionIndex, TopicId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Make these topics.
#[derive(Clone, Debug, Default)]
pub struct CreateTopics {
    /// The topics.
    pub topics: Vec<NewTopic>,
    /// Decide and answer, but make nothing.
    pub validate_only: bool,
}

/// A topic to be made.
#[derive(Clone, Debug)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; −1 for the default, or where they are assigned.
    pub partition_count: i32,
    /// How many replicas of each; −1 for the default, or where they are assigned.
    pub replica_count: i16,
    /// The replicas of each partition; empty where they are to be chosen.
    pub assignments: Vec<(PartitionIndex, Vec<NodeId>)>,
    /// Its configurations.
    pub configs: Vec<(String, Option<String>)>,
}

/// A topic that was made, or, where it was only to be validated, would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id; no topic has it where it was only to be validated.
    pub id: TopicId,
    /// How many partitions it has.
    pub partition_count: i32,
    /// How many replicas each has.
    pub replica_count: i16,
    /// What was set on it, for the configurations in the answer.
    pub overrides: Overrides,
}

impl NewTopic {
    /// A topic with everything left to the defaults.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            partition_count: -1,
            replica_count: -1,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }

    /// The same with so many partitions.
    #[must_use]
    pub fn partitions(self, partition_count: i32) -> Self {
        Self { partition_count, ..self }
    }

    /// The same with one more configuration.
    #[must_use]
    pub fn config(mut self, name: &str, value: &str) -> Self {
        self.configs.push((name.to_owned(), Some(value.to_owned())));
        self
    }
}

/// The answer: each name once, in the order in which the names first came.
pub(crate) type Response = Vec<(String, Result<CreatedTopic, Refusal>)>;

pub(crate) fn create_topics(
    context: &mut Context<'_>,
    request: &CreateTopics,
) -> Outcome<Response> {
    let mut response = Response::new();
    let mut records = Vec::new();
    let repeated = repeated(request.topics.iter().map(|topic| topic.name.as_str()));
    let mut given = Given::default();
    let mut answered = BTreeSet::new();
    let mut budget = PARTITIONS_PER_REQUEST_MAX;
    for topic in &request.topics {
        if !answered.insert(topic.name.as_str()) {
            continue;
        }
        let result = if repeated.contains(topic.name.as_str()) {
            let message = "the request names this topic more than once";
            Err(Refusal::new(RefusalKind::InvalidRequest, message))
        } else {
            let named = given.check(context, &topic.name);
            named.and_then(|()| create_topic(context, topic, &mut budget))
        };
        let result = result.map(|(created, topic_records)| {
            given.add(&topic.name);
            records.extend(topic_records);
            created
        });
        response.push((topic.name.clone(), result));
    }
    if request.validate_only {
        records.clear();
    }
    Outcome { response, records }
}

/// The names that this request has given, by what they come to where `.` and `_` are the same.
#[derive(Default)]
struct Given {
    folded: BTreeMap<String, String>,
}

impl Given {
    /// Whether a topic may have this name, beside those that are there and those that were made.
    fn check(&self, context: &Context<'_>, name: &str) -> Result<(), Refusal> {
        topic_name::check(name)?;
        let given = self.folded.get(&topic_name::folded(name)).map(String::as_str);
        let other = context.image.collision(name).map(AsRef::as_ref).or(given);
        let Some(other) = other else { return Ok(()) };
        let message = format!(
            "{name:?} cannot be told from the topic {other:?} where '.' and '_' are the same, as \
             in the names of metrics"
        );
        Err(Refusal::new(RefusalKind::InvalidTopic, message))
    }

    fn add(&mut self, name: &str) {
        if name.contains(['.', '_']) {
            self.folded.insert(topic_name::folded(name), name.to_owned());
        }
    }
}

fn create_topic(
    context: &mut Context<'_>,
    topic: &NewTopic,
    budget: &mut usize,
) -> Result<(CreatedTopic, Vec<MetadataRecord>), Refusal> {
    if context.image.topic(&topic.name).is_some() {
        let message = format!("there is a topic {:?}", topic.name);
        return Err(Refusal::new(RefusalKind::TopicAlreadyExists, message));
    }
    let overrides = overrides(context, topic)?;
    let assignments = if topic.assignments.is_empty() {
        assign(context, topic, *budget)?
    } else {
        assigned(context, topic, *budget)?
    };
    *budget -= assignments.len();
    let created = CreatedTopic {
        id: TopicId::draw(context.random),
        partition_count: i32::try_from(assignments.len()).expect("at most ten thousand"),
        replica_count: i16::try_from(assignments[0].len()).expect("as the request counts them"),
        overrides,
    };
    let id = created.id;
    let mut records = vec![MetadataRecord::Topic { id, name: Arc::from(topic.name.as_str()) }];
    records.extend((0..).zip(assignments).map(|(index, replicas)| MetadataRecord::Partition {
        topic: id,
        index: PartitionIndex::new(index),
        partition: Partition::new(replicas),
    }));
    records.extend(created.overrides.iter().map(|(name, value)| MetadataRecord::Config {
        resource: Resource::Topic(id),
        name: name.clone(),
        value: Some(value.clone()),
    }));
    Ok((created, records))
}

/// Counts to replicas.
fn assign(
    context: &mut Context<'_>,
    topic: &NewTopic,
    budget: usize,
) -> Result<Vec<Vec<NodeId>>, Refusal> {
    let settings = context.config.settings();
    let replica_count = match topic.replica_count {
        -1 => settings.replica_count,
        count if count > 0 => u32::from(count.unsigned_abs()),
        count => {
            let message =
                format!("a partition needs a replica, and -1 is the default; got {count}");
            return Err(Refusal::new(RefusalKind::InvalidReplicationFactor, message));
        }
    };
    let partition_count = match topic.partition_count {
        -1 => settings.partition_count,
        count if count > 0 => count.unsigned_abs(),
        count => {
            let message = format!("a topic needs a partition, and -1 is the default; got {count}");
            return Err(Refusal::new(RefusalKind::InvalidPartitions, message));
        }
    };
    let [partition_count, replica_count] =
        [partition_count, replica_count].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    check_budget(partition_count, budget)?;
    replicas::chosen(context, partition_count, replica_count)
}

/// Replicas as whoever asks wants them.
fn assigned(
    context: &Context<'_>,
    topic: &NewTopic,
    budget: usize,
) -> Result<Vec<Vec<NodeId>>, Refusal> {
    for (name, count) in
        [("replicas", i32::from(topic.replica_count)), ("partitions", topic.partition_count)]
    {
        if count != -1 {
            let message = format!("where partitions are assigned, the number of {name} must be -1");
            return Err(Refusal::new(RefusalKind::InvalidRequest, message));
        }
    }
    check_budget(topic.assignments.len(), budget)?;
    let mut sorted: Vec<_> = topic.assignments.iter().collect();
    sorted.sort_by_key(|(index, _)| *index);
    let replica_count = sorted[0].1.len();
    for (expected, (index, nodes)) in (0..).zip(&sorted) {
        if index.get() != expected {
            let message = format!(
                "partitions count from 0 without a gap: {expected} comes next, not {index}"
            );
            return Err(Refusal::new(RefusalKind::InvalidReplicaAssignment, message));
        }
        replicas::check(context, nodes, replica_count)?;
    }
    Ok(sorted.into_iter().map(|(_, nodes)| nodes.clone()).collect())
}

pub(super) fn check_budget(partition_count: usize, budget: usize) -> Result<(), Refusal> {
    if partition_count <= budget {
        return Ok(());
    }
    let message = format!("one request may make at most {PARTITIONS_PER_REQUEST_MAX} partitions");
    Err(Refusal::new(RefusalKind::PolicyViolation, message))
}

fn overrides(context: &Context<'_>, topic: &NewTopic) -> Result<Overrides, Refusal> {
    let mut overrides = Overrides::new();
    for (name, value) in &topic.configs {
        let value = super::alter_configs::topic_value(name, value.as_deref())?;
        overrides.insert(name.clone(), value);
    }
    let layers = context.image.layers(None, context.node, context.config);
    check_topic(Layers { topic: Some(&overrides), ..layers })
        .map_err(|fault| Refusal::new(RefusalKind::InvalidConfig, fault.to_string()))?;
    Ok(overrides)
}
