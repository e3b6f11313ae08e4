//! A question to a broker, beside the program under test.

use millstream_wire::{Encoder, RequestHeader, RequestMessage, encode_request};
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

/// The frame of the answer.
pub(crate) fn ask<'a, R: RequestMessage<'a>>(
    broker: impl ToSocketAddrs,
    request: &R,
    version: i16,
) -> Vec<u8> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id: 1,
        client_id: None,
    };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header, request).expect("encodable");
    let mut stream = TcpStream::connect(broker).expect("it listens");
    stream.write_all(encoder.bytes()).expect("it reads");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("it answers");
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("small")];
    stream.read_exact(&mut frame).expect("it answers");
    frame
}
