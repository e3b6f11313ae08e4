//! One connection that sends a request and waits for its answer.

use millstream_base::Uuid;
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::message::k19_create_topics::{CreatableTopic, CreatableTopicConfig};
use millstream_wire::{
    CreateTopicsRequest, CreateTopicsResponse, Encoder, ErrorCode, ProduceRequest, ProduceResponse,
    Records, RequestHeader, RequestMessage, ResponseMessage, decode_response, encode_request,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// After so long a test fails rather than waits.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    stream: TcpStream,
    correlation_id: i32,
}

/// An answer as it came, to be read from.
pub(crate) struct Answer {
    frame: Vec<u8>,
    version: i16,
}

impl Answer {
    pub(crate) fn read<'a, R: ResponseMessage<'a>>(&'a self) -> R {
        let (_, response) = decode_response(&self.frame, self.version).expect("a sound answer");
        response
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the node listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout is set");
        Self { stream, correlation_id: 0 }
    }

    pub(crate) fn ask<'a, Q: RequestMessage<'a>>(&mut self, version: i16, request: &Q) -> Answer {
        self.correlation_id += 1;
        let header = RequestHeader {
            request_api_key: Q::KEY.code(),
            request_api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some("test"),
        };
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request).expect("a sound request");
        self.stream.write_all(encoder.bytes()).expect("the node takes it");
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("an answer");
        let length = u32::from_be_bytes(length);
        let mut frame = vec![0; usize::try_from(length).expect("fits memory")];
        self.stream.read_exact(&mut frame).expect("a whole answer");
        assert_eq!(frame[..4], self.correlation_id.to_be_bytes(), "{:?}", Q::KEY);
        Answer { frame, version }
    }

    /// Makes a topic, which must succeed.
    pub(crate) fn create(&mut self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Uuid {
        let configs = configs.iter();
        let configs =
            configs.map(|(name, value)| CreatableTopicConfig { name, value: Some(value) });
        let topic = CreatableTopic {
            name,
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.collect(),
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
        let answer = self.ask(7, &request);
        let response: CreateTopicsResponse<'_> = answer.read();
        assert_eq!(response.topics[0].error_code, ErrorCode::NONE, "{response:?}");
        response.topics[0].topic_id
    }

    /// Appends a batch, which must succeed; gives the offset of its first record.
    pub(crate) fn produce(&mut self, topic: &str, index: i32, batch: &[u8]) -> i64 {
        let records = Records::Borrowed(batch);
        let partition_data = vec![PartitionProduceData { index, records }];
        let topic = TopicProduceData { name: topic, partition_data, ..TopicProduceData::default() };
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: 1000,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        let answer = self.ask(9, &request);
        let response: ProduceResponse<'_> = answer.read();
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!(partition.error_code, ErrorCode::NONE, "{response:?}");
        partition.base_offset
    }
}
