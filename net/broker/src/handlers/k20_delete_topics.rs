//! DeleteTopics, versions 1 to 6: topics go, by name or (from version 6) by id.
//!
//! - An entry with both a name and an id, or with neither, is refused: the two might be of two
//!   topics, and the wrong one would be gone.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use millstream_base::Uuid;
use millstream_controller::{DeleteTopics, DeletedTopic, Refusal, TopicSelector};
use millstream_wire::message::k20_delete_topics::DeletableTopicResult;
use millstream_wire::{DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &DeleteTopicsRequest<'_>) -> Outcome {
    let by_name = request.topic_names.iter().map(|name| TopicSelector::Name((*name).to_owned()));
    let (clear, unclear): (Vec<_>, Vec<_>) = request
        .topics
        .iter()
        .partition(|topic| topic.name.is_some() == (topic.topic_id == Uuid::ZERO));
    let selected = clear.iter().map(|topic| match topic.name {
        Some(name) => TopicSelector::Name(name.to_owned()),
        None => TopicSelector::Id(topic.topic_id),
    });
    let delete = DeleteTopics { topics: by_name.chain(selected).collect() };
    let deleted = exchange.shard.command(move |controller| controller.delete_topics(&delete)).await;
    let results = match deleted {
        Ok(results) => results,
        Err(error) => return failed(exchange, request, error_map::of_log(&error)),
    };
    let refused = unclear.iter().map(|topic| DeletableTopicResult {
        name: topic.name,
        topic_id: topic.topic_id,
        error_code: ErrorCode::INVALID_REQUEST,
        error_message: Some("a topic is deleted by its name or by its id, and not by both"),
    });
    let responses = results.iter().map(|(selector, result)| one(selector, result.as_ref()));
    let responses = responses.chain(refused).collect();
    exchange.answer(&DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() })
}

fn one<'a>(
    selector: &'a TopicSelector,
    result: Result<&'a DeletedTopic, &'a Refusal>,
) -> DeletableTopicResult<'a> {
    let (name, topic_id) = match selector {
        TopicSelector::Name(name) => (Some(name.as_str()), Uuid::ZERO),
        TopicSelector::Id(id) => (None, *id),
    };
    match result {
        Ok(deleted) => DeletableTopicResult {
            name: Some(&deleted.name),
            topic_id: deleted.id.uuid(),
            ..DeletableTopicResult::default()
        },
        Err(refusal) => DeletableTopicResult {
            name,
            topic_id,
            error_code: error_map::of_refusal(refusal),
            error_message: Some(error_map::short(&refusal.message)),
        },
    }
}

fn failed(
    exchange: &Exchange<'_>,
    request: &DeleteTopicsRequest<'_>,
    error_code: ErrorCode,
) -> Outcome {
    let names = request.topic_names.iter().map(|name| (Some(*name), Uuid::ZERO));
    let topics = request.topics.iter().map(|topic| (topic.name, topic.topic_id));
    let response = |(name, topic_id)| DeletableTopicResult {
        name,
        topic_id,
        error_code,
        ..DeletableTopicResult::default()
    };
    exchange.answer(&DeleteTopicsResponse {
        responses: names.chain(topics).map(response).collect(),
        ..DeleteTopicsResponse::default()
    })
}
