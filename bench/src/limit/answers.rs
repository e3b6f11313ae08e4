//! Answers to what is not Produce: enough for a load to begin, to fetch and to tidy up.

use super::outgoing::Outgoing;
use super::prepared::Prepared;
use super::topics::{Topics, topic_id};
use millstream_base::Uuid;
use millstream_io::Slice;
use millstream_wire::message::k01_fetch::{FetchTopic, FetchableTopicResponse, PartitionData};
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
    DeleteTopicsResponse, Encoder, ErrorCode, FetchRequest, FetchResponse, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, MetadataResponse, Piece, Records, Request, RequestHeader,
    ResponseMessage, WireError, decode_request, encode_response,
};
use std::cell::RefCell;
use std::net::SocketAddr;

/// What is answered, in which versions.
const SERVED: &[(ApiKey, i16, i16)] = &[
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
/// No reader ever comes to the end.
const HIGH_WATERMARK: i64 = i64::MAX / 2;
/// Where the correlation id lies in an answer with its length.
const ANSWER_ID: std::ops::Range<usize> = 4..8;

/// What one shard answers with.
pub(super) struct Answers {
    address: SocketAddr,
    topics: RefCell<Topics>,
    prepared: Prepared,
    /// The answer to ApiVersions in each version, ready but for its id.
    api_versions: Vec<Vec<u8>>,
}

impl Answers {
    pub(super) fn new(address: SocketAddr, prepared: Prepared) -> Self {
        let row = |(key, min_version, max_version): &(ApiKey, i16, i16)| ApiVersion {
            api_key: key.code(),
            min_version: *min_version,
            max_version: *max_version,
        };
        let api_keys = SERVED.iter().map(row).collect();
        let response = ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() };
        let encode = |version| {
            let mut encoder = Encoder::new();
            encode_response(&mut encoder, 0, version, &response).expect("its versions are known");
            encoder.into_parts().0
        };
        let api_versions = (0..=5).map(encode).collect();
        Self { address, topics: RefCell::default(), prepared, api_versions }
    }

    /// Owes the answer to a request in its frame without the length.
    pub(super) fn answer(&self, frame: &[u8], outgoing: &Outgoing) -> Result<(), WireError> {
        let (header, request) = decode_request(frame)?;
        match &request {
            Request::ApiVersions(_) => {
                let version = usize::try_from(header.request_api_version).unwrap_or(0);
                outgoing.owe(0, |bytes| {
                    let begin = bytes.len();
                    bytes.extend_from_slice(&self.api_versions[version]);
                    bytes[begin..][ANSWER_ID].copy_from_slice(&header.correlation_id.to_be_bytes());
                });
            }
            Request::Fetch(request) => self.fetch(&header, request, outgoing)?,
            Request::Metadata(request) => self.metadata(&header, request, outgoing)?,
            Request::ListOffsets(request) => {
                owe(&header, &list_offsets(request), outgoing)?;
            }
            Request::CreateTopics(request) => {
                owe(&header, &self.create_topics(request), outgoing)?;
            }
            Request::DeleteTopics(request) => {
                owe(&header, &self.delete_topics(request), outgoing)?;
            }
            _ => return Err(WireError::UnknownApi { got: header.request_api_key }),
        }
        Ok(())
    }

    fn metadata(
        &self,
        header: &RequestHeader<'_>,
        request: &MetadataRequest<'_>,
        outgoing: &Outgoing,
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
        owe(header, &response, outgoing)
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

    fn fetch(
        &self,
        header: &RequestHeader<'_>,
        request: &FetchRequest<'_>,
        outgoing: &Outgoing,
    ) -> Result<(), WireError> {
        let mut left_bytes = usize::try_from(request.max_bytes).unwrap_or(0);
        let mut records = Vec::new();
        let mut responses = Vec::new();
        for topic in &request.topics {
            responses.push(self.fetch_topic(topic, &mut left_bytes, &mut records));
        }
        let response = FetchResponse { responses, ..FetchResponse::default() };
        let mut encoder = Encoder::new();
        let version = header.request_api_version;
        encode_response(&mut encoder, header.correlation_id, version, &response)?;
        let mut records = records.into_iter();
        let mut slices = Vec::new();
        for piece in encoder.pieces() {
            match piece {
                Piece::Encoded(bytes) => slices.push(Slice::from(bytes)),
                Piece::Gap { .. } => slices.extend(records.next().into_iter().flatten()),
            }
        }
        outgoing.owe_gathered(slices);
        Ok(())
    }

    fn fetch_topic<'a>(
        &self,
        topic: &FetchTopic<'a>,
        left_bytes: &mut usize,
        records: &mut Vec<Vec<Slice>>,
    ) -> FetchableTopicResponse<'a> {
        let mut partitions = Vec::new();
        for asked in &topic.partitions {
            let offset = u64::try_from(asked.fetch_offset).unwrap_or(0);
            let bytes_max = usize::try_from(asked.partition_max_bytes).unwrap_or(0);
            let is_spent = *left_bytes == 0;
            let slices = if is_spent {
                Vec::new()
            } else {
                self.prepared.from(offset, bytes_max.min(*left_bytes))
            };
            let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
            *left_bytes = left_bytes.saturating_sub(bytes);
            if !is_spent {
                records.push(slices);
            }
            partitions.push(PartitionData {
                partition_index: asked.partition,
                high_watermark: HIGH_WATERMARK,
                last_stable_offset: HIGH_WATERMARK,
                log_start_offset: 0,
                aborted_transactions: None,
                records: Records::Elsewhere { bytes },
                ..PartitionData::default()
            });
        }
        FetchableTopicResponse { topic: topic.topic, topic_id: topic.topic_id, partitions }
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

fn owe<'r, R: ResponseMessage<'r>>(
    header: &RequestHeader<'_>,
    response: &R,
    outgoing: &Outgoing,
) -> Result<(), WireError> {
    let mut encoder = Encoder::new();
    let version = header.request_api_version;
    encode_response(&mut encoder, header.correlation_id, version, response)?;
    outgoing.owe(0, |bytes| bytes.extend_from_slice(encoder.bytes()));
    Ok(())
}
