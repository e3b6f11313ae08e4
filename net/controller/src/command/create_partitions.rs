//! CreatePartitions: more partitions for topics that are there.

use super::create_topics::check_budget;
use super::{Context, Outcome, PARTITIONS_PER_REQUEST_MAX, repeated, replicas};
use crate::error::{Refusal, RefusalKind};
use crate::image::Partition;
use crate::record::MetadataRecord;
use crate::topic_name::CONSUMER_OFFSETS;
use millstream_base::{NodeId, PartitionIndex};

/// Add partitions to these topics.
#[derive(Clone, Debug, Default)]
pub struct CreatePartitions {
    /// The topics.
    pub topics: Vec<MorePartitions>,
    /// Decide and answer, but make nothing.
    pub validate_only: bool,
}

/// A topic that is to have more partitions.
#[derive(Clone, Debug)]
pub struct MorePartitions {
    /// Its name.
    pub name: String,
    /// How many it shall have in the end.
    pub partition_count: i32,
    /// The replicas of each new one; `None` where they are to be chosen.
    pub assignments: Option<Vec<Vec<NodeId>>>,
}

/// The answer: one for each topic of the request, in its order.
pub(crate) type Response = Vec<(String, Result<(), Refusal>)>;

pub(crate) fn create_partitions(
    context: &mut Context<'_>,
    request: &CreatePartitions,
) -> Outcome<Response> {
    let mut response = Response::new();
    let mut records = Vec::new();
    let mut budget = PARTITIONS_PER_REQUEST_MAX;
    let repeated = repeated(request.topics.iter().map(|topic| topic.name.as_str()));
    for topic in &request.topics {
        let result = if repeated.contains(topic.name.as_str()) {
            let message = "the request names this topic more than once";
            Err(Refusal::new(RefusalKind::InvalidRequest, message))
        } else {
            add_partitions(context, topic, &mut budget).map(|added| records.extend(added))
        };
        response.push((topic.name.clone(), result));
    }
    if request.validate_only {
        records.clear();
    }
    Outcome { response, records }
}

fn add_partitions(
    context: &mut Context<'_>,
    request: &MorePartitions,
    budget: &mut usize,
) -> Result<Vec<MetadataRecord>, Refusal> {
    let topic = context.image.topic(&request.name).ok_or_else(|| {
        let message = format!("there is no topic {:?}", request.name);
        Refusal::new(RefusalKind::UnknownTopicOrPartition, message)
    })?;
    if topic.name().as_ref() == CONSUMER_OFFSETS {
        let message = "the number of its partitions says where each group is: it stays";
        return Err(Refusal::new(RefusalKind::InvalidPartitions, message));
    }
    let (id, has) = (topic.id(), topic.partitions().len());
    let replica_count = topic.partitions().first().map_or(1, |first| first.replicas.len());
    let wanted = usize::try_from(request.partition_count).unwrap_or(0);
    if wanted <= has {
        let got = request.partition_count;
        let message = format!("the topic has {has} partitions, and {got} would not be more");
        return Err(Refusal::new(RefusalKind::InvalidPartitions, message));
    }
    let added_count = wanted - has;
    check_budget(added_count, *budget)?;
    let assignments = match &request.assignments {
        None => replicas::chosen(context, added_count, replica_count)?,
        Some(assignments) if assignments.len() == added_count => {
            for nodes in assignments {
                replicas::check(context, nodes, replica_count)?;
            }
            assignments.clone()
        }
        Some(assignments) => {
            let got = assignments.len();
            let message = format!("{added_count} partitions are added, and {got} assigned");
            return Err(Refusal::new(RefusalKind::InvalidReplicaAssignment, message));
        }
    };
    *budget -= added_count;
    let first = i32::try_from(has).expect("a request names the count as an i32");
    let added = (first..).zip(assignments).map(|(index, replicas)| MetadataRecord::Partition {
        topic: id,
        index: PartitionIndex::new(index),
        partition: Partition::new(replicas),
    });
    Ok(added.collect())
}
