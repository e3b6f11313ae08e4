//! A client that speaks to a broker.

pub(crate) use millstream_site::Broker;
use millstream_wire::{
    Encoder, RequestHeader, RequestMessage, ResponseMessage, decode_response, encode_request,
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
