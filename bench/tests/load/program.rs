//! The program under test, and what it leaves at a broker.

use millstream_site::Broker;
use millstream_wire::{
    Encoder, MetadataRequest, MetadataResponse, RequestHeader, decode_response, encode_request,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};

/// The topics that a broker has.
pub(crate) fn topics(broker: &Broker) -> Vec<String> {
    const VERSION: i16 = 9;
    let header = RequestHeader {
        request_api_key: 3,
        request_api_version: VERSION,
        correlation_id: 1,
        client_id: None,
    };
    let mut encoder = Encoder::new();
    let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
    encode_request(&mut encoder, &header, &request).expect("encodable");
    let mut stream = TcpStream::connect(broker.address()).expect("it listens");
    stream.write_all(encoder.bytes()).expect("it reads");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("it answers");
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("small")];
    stream.read_exact(&mut frame).expect("it answers");
    let (_, response) = decode_response::<MetadataResponse<'_>>(&frame, VERSION).expect("Metadata");
    response.topics.iter().filter_map(|topic| topic.name.map(str::to_owned)).collect()
}

/// Runs `millstream-bench load`.
pub(crate) fn load(arguments: Vec<&str>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    program.arg("load").args(arguments).output().expect("the program runs")
}
