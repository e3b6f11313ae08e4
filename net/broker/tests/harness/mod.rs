//! A client that speaks to a broker.

use millstream_base::Uuid;
pub(crate) use millstream_site::Broker;
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::message::k19_create_topics::CreatableTopic;
use millstream_wire::{
    CreateTopicsRequest, Encoder, ErrorCode, ProduceRequest, Records, RequestHeader,
    RequestMessage, ResponseMessage, decode_response, encode_request,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What an answer may take: an error rather than a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    sent: i32,
    received: i32,
}

impl Client {
    pub(crate) fn of(broker: &Broker) -> Self {
        Self::connect(broker.address())
    }

    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("is set");
        stream.set_nodelay(true).expect("is set");
        Self { stream, sent: 0, received: 0 }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version: i16,
    ) -> R::Response {
        self.send(request, version);
        self.receive(version)
    }

    /// Makes a topic, which must succeed; gives its id.
    pub(crate) fn create(&mut self, name: &str, partition_count: i32) -> Uuid {
        let topic = CreatableTopic {
            name,
            num_partitions: partition_count,
            replication_factor: 1,
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
        let created = self.ask(&request, 7);
        assert_eq!(created.topics[0].error_code, ErrorCode::NONE);
        created.topics[0].topic_id
    }

    /// Appends a batch to partition 0, which must succeed; gives the offset of its first record.
    pub(crate) fn produce(&mut self, name: &str, batch: &[u8]) -> i64 {
        let partition = PartitionProduceData { index: 0, records: Records::Borrowed(batch) };
        let topic = TopicProduceData {
            name,
            partition_data: vec![partition],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        let produced = self.ask(&request, 9);
        let partition = &produced.responses[0].partition_responses[0];
        assert_eq!(partition.error_code, ErrorCode::NONE);
        partition.base_offset
    }

    /// Sends a request; the answer is to be received, after those before it.
    pub(crate) fn send<'a, R: RequestMessage<'a>>(&mut self, request: &R, version: i16) {
        self.sent += 1;
        let header = RequestHeader {
            request_api_key: R::KEY.code(),
            request_api_version: version,
            correlation_id: self.sent,
            client_id: Some("test"),
        };
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request).expect("is written");
        self.stream.write_all(encoder.bytes()).expect("is sent");
    }

    /// The next answer.
    pub(crate) fn receive<'a, R: ResponseMessage<'a>>(&mut self, version: i16) -> R {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("an answer comes");
        let length = usize::try_from(i32::from_be_bytes(length)).expect("is not negative");
        let mut frame = vec![0; length];
        self.stream.read_exact(&mut frame).expect("the answer is whole");
        // What is read borrows from the frame, and a test is over soon.
        let (header, response) = decode_response(frame.leak(), version).expect("is understood");
        self.received += 1;
        assert_eq!(header.correlation_id, self.received, "answers come in order");
        response
    }
}
