//! Answers to what is neither Produce nor Fetch: enough for a load to begin and to tidy up.

use super::topics::{Topics, topic_id};
use millstream_base::Uuid;
use millstream_wire::message::k02_list_offsets::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use millstream_wire::message::k03_metadata::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use millstream_wire::message::k18_api_versions::ApiVersion;
use millstream_wire::message::k19_create_topics::CreatableTopicResult;
use millstream_wire::message::k20_delete_topics::DeletableTopicResult;
use millstream_wire::{
    ApiKey, ApiVersionsResponse, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest,
    DeleteTopicsResponse, Encoder, ErrorCode, ListOffsetsRequest, ListOffsetsResponse,
    MetadataRequest, MetadataResponse, Request, RequestHeader, ResponseMessage, WireError,
    encode_response,
};
use std::cell::RefCell;
use std::net::SocketAddr;

/// What a limit answers, in which versions.
pub const SERVED: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 3, 13),
    (ApiKey::Fetch, 4, 18),
    (ApiKey::ListOffsets, 1, 11),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::ApiVersions, 0, 5),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
];
const NODE_ID: i32 = 0;
const CLUSTER_ID: &str = "millstream-bench-limit";
/// Where the correlation id lies in an answer with its length.
const ANSWER_ID: std::ops::Range<usize> = 4..8;

/// The little that a limit remembers.
#[derive(Debug)]
pub struct Control {
    address: SocketAddr,
    topics: RefCell<Topics>,
    /// The answer to ApiVersions in each version, ready but for its id.
    api_versions: Vec<Vec<u8>>,
}

impl Control {
    /// Of a limit that clients reach at this address, and that serves so much of [`SERVED`].
    #[must_use]
    pub fn new(address: SocketAddr, served: &[(ApiKey, i16, i16)]) -> Self {
        let row = |(key, min_version, max_version): &(ApiKey, i16, i16)| ApiVersion {
            api_key: key.code(),
            min_version: *min_version,
            max_version: *max_version,
        };
        let api_keys = served.iter().map(row).collect();
        let response = ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() };
        let encode = |version| {
            let mut encoder = Encoder::new();
            encode_response(&mut encoder, 0, version, &response).expect("its versions are known");
            encoder.into_parts().0
        };
        let api_versions = (0..=5).map(encode).collect();
        Self { address, topics: RefCell::default(), api_versions }
    }

    /// Appends the answer to a request, with its length.
    ///
    /// # Errors
    /// Another API than those of [`SERVED`], or one of the two that are answered elsewhere.
    pub fn answer(
        &self,
        header: &RequestHeader<'_>,
        request: &Request<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), WireError> {
        match request {
            Request::ApiVersions(_) => {
                let version = usize::try_from(header.request_api_version).unwrap_or(0);
                let begin = answer.len();
                answer.extend_from_slice(&self.api_versions[version]);
                answer[begin..][ANSWER_ID].copy_from_slice(&header.correlation_id.to_be_bytes());
                Ok(())
            }
            Request::Metadata(request) => self.metadata(header, request, answer),
            Request::ListOffsets(request) => put(header, &list_offsets(request), answer),
            Request::CreateTopics(request) => put(header, &self.create_topics(request), answer),
            Request::DeleteTopics(request) => put(header, &self.delete_topics(request), answer),
            _ => Err(WireError::UnknownApi { got: header.request_api_key }),
        }
    }

    fn metadata(
        &self,
        header: &RequestHeader<'_>,
        request: &MetadataRequest<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), WireError> {
        let mut topics = self.topics.borrow_mut();
        let names: Vec<String> = match &request.topics {
            Some(asked) => {
                let name =
                    |id: Uuid, name: Option<&str>| name.or(topics.name(id)).map(str::to_owned);
                asked.iter().filter_map(|asked| name(asked.topic_id, asked.name)).collect()
            }
            None => topics.names(),
        };
        let host = self.address.ip().to_string();
        let response = MetadataResponse {
            brokers: vec![MetadataResponseBroker {
                node_id: NODE_ID,
                host: &host,
                port: self.address.port().into(),
                rack: None,
            }],
            cluster_id: Some(CLUSTER_ID),
            controller_id: NODE_ID,
            topics: names.iter().map(|name| topic(name, topics.partition_count(name))).collect(),
            ..MetadataResponse::default()
        };
        put(header, &response, answer)
    }

    fn create_topics<'a>(&self, request: &CreateTopicsRequest<'a>) -> CreateTopicsResponse<'a> {
        let mut topics = self.topics.borrow_mut();
        let mut made = Vec::new();
        for topic in &request.topics {
            topics.create(topic.name, topic.num_partitions);
            made.push(CreatableTopicResult {
                name: topic.name,
                topic_id: topic_id(topic.name),
                error_message: None,
                num_partitions: topic.num_partitions.max(1),
                replication_factor: 1,
                ..CreatableTopicResult::default()
            });
        }
        CreateTopicsResponse { topics: made, ..CreateTopicsResponse::default() }
    }

    fn delete_topics<'a>(&self, request: &DeleteTopicsRequest<'a>) -> DeleteTopicsResponse<'a> {
        let mut topics = self.topics.borrow_mut();
        let by_state = request.topics.iter().map(|topic| (topic.name, topic.topic_id));
        let by_name = request.topic_names.iter().map(|name| (Some(*name), topic_id(name)));
        let mut responses = Vec::new();
        for (name, topic_id) in by_state.chain(by_name) {
            let known = name.or(topics.name(topic_id)).map(str::to_owned);
            if let Some(known) = known {
                topics.delete(&known);
            }
            responses.push(DeletableTopicResult { name, topic_id, ..Default::default() });
        }
        DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() }
    }
}

fn topic(name: &str, partition_count: i32) -> MetadataResponseTopic<'_> {
    let partition = |partition_index| MetadataResponsePartition {
        partition_index,
        leader_id: NODE_ID,
        leader_epoch: 0,
        replica_nodes: vec![NODE_ID],
        isr_nodes: vec![NODE_ID],
        ..MetadataResponsePartition::default()
    };
    MetadataResponseTopic {
        name: Some(name),
        topic_id: topic_id(name),
        partitions: (0..partition_count).map(partition).collect(),
        ..MetadataResponseTopic::default()
    }
}

fn list_offsets<'a>(request: &ListOffsetsRequest<'a>) -> ListOffsetsResponse<'a> {
    let mut topics = Vec::new();
    for topic in &request.topics {
        let partition = |partition_index| ListOffsetsPartitionResponse {
            partition_index,
            offset: 0,
            leader_epoch: 0,
            error_code: ErrorCode::NONE,
            ..ListOffsetsPartitionResponse::default()
        };
        let indexes = topic.partitions.iter().map(|partition| partition.partition_index);
        let partitions = indexes.map(partition).collect();
        topics.push(ListOffsetsTopicResponse { name: topic.name, partitions });
    }
    ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }
}

fn put<'r, R: ResponseMessage<'r>>(
    header: &RequestHeader<'_>,
    response: &R,
    answer: &mut Vec<u8>,
) -> Result<(), WireError> {
    let mut encoder = Encoder::onto(std::mem::take(answer));
    let version = header.request_api_version;
    let written = encode_response(&mut encoder, header.correlation_id, version, response);
    *answer = encoder.into_parts().0;
    written
}
