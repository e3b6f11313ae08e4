//! DeleteTopics: by name or by id.

use super::{Context, Outcome, repeated};
use crate::error::{Refusal, RefusalKind};
use crate::record::MetadataRecord;
use millstream_base::{TopicId, Uuid};
use std::sync::Arc;

/// Delete these topics.
#[derive(Clone, Debug, Default)]
pub struct DeleteTopics {
    /// The topics.
    pub topics: Vec<TopicSelector>,
}

/// Which topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicSelector {
    /// The one of this name.
    Name(String),
    /// The one of this id; whatever the client sent, also zero.
    Id(Uuid),
}

/// A topic that is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTopic {
    /// What its id was.
    pub id: TopicId,
    /// What its name was.
    pub name: Arc<str>,
}

/// The answer, in the order of the request.
pub(crate) type Response = Vec<(TopicSelector, Result<DeletedTopic, Refusal>)>;

pub(crate) fn delete_topics(context: &Context<'_>, request: &DeleteTopics) -> Outcome<Response> {
    let is_enabled = context.config.settings().delete_topics;
    let found: Vec<_> = request.topics.iter().map(|topic| find(context, topic)).collect();
    // A name and an id may mean the same topic.
    let repeated = repeated(found.iter().flatten().map(|deleted| deleted.id));
    let mut response = Response::new();
    let mut records = Vec::new();
    for (index, selector) in request.topics.iter().enumerate() {
        let result = found[index].clone().and_then(|deleted| {
            if repeated.contains(&deleted.id) {
                let message = "the request names this topic more than once";
                return Err(Refusal::new(RefusalKind::InvalidRequest, message));
            }
            if !is_enabled {
                let message = "delete.topic.enable is false";
                return Err(Refusal::new(RefusalKind::TopicDeletionDisabled, message));
            }
            Ok(deleted)
        });
        if let Ok(deleted) = &result {
            records.push(MetadataRecord::TopicRemoved { id: deleted.id });
        }
        response.push((selector.clone(), result));
    }
    Outcome { response, records }
}

fn find(context: &Context<'_>, selector: &TopicSelector) -> Result<DeletedTopic, Refusal> {
    let topic = match selector {
        TopicSelector::Name(name) => context.image.topic(name).ok_or_else(|| {
            let message = format!("there is no topic {name:?}");
            Refusal::new(RefusalKind::UnknownTopicOrPartition, message)
        })?,
        TopicSelector::Id(uuid) => {
            let found = TopicId::new(*uuid).and_then(|id| context.image.topic_by_id(id));
            found.ok_or_else(|| {
                let message = format!("there is no topic with the id {uuid}");
                Refusal::new(RefusalKind::UnknownTopicId, message)
            })?
        }
    };
    Ok(DeletedTopic { id: topic.id(), name: Arc::clone(topic.name()) })
}
