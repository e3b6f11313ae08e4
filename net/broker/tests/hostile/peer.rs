//! A server to be tormented, and raw connections to it.

use crate::REQUEST_BYTES_MAX;
use millstream_site::Broker;
use millstream_wire::{ApiVersionsRequest, Encoder, RequestHeader, RequestMessage, encode_request};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Nobody waits longer than that for an answer, or for the end of a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// A broker of two shards.
pub(crate) struct Server(Broker);

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With settings by their Kafka names.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let limit = REQUEST_BYTES_MAX.to_string();
        let settings = [&[("socket.request.max.bytes", limit.as_str())][..], settings].concat();
        Self(Broker::start_with("hostile", 2, &settings))
    }

    /// A number that it counts, of all shards together.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.0.number(name)
    }

    /// Asks again and again until that number is as wanted, which it will be soon.
    pub(crate) fn wait_until(&self, name: &str, is_wanted: impl Fn(u64) -> bool) {
        while !is_wanted(self.number(name)) {
            std::thread::yield_now();
        }
    }

    pub(crate) fn connect(&self) -> Peer {
        let stream = TcpStream::connect(self.0.address()).expect("listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_nodelay(true).expect("a socket");
        Peer { stream }
    }

    /// Whoever comes now is served.
    pub(crate) fn assert_serves(&self) {
        let answered = self.connect().ask(&ApiVersionsRequest::default(), 0);
        assert!(answered.is_some(), "another connection is served");
    }
}

/// One end of a connection.
pub(crate) struct Peer {
    stream: TcpStream,
}

impl Peer {
    /// The same connection once more.
    pub(crate) fn second(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a descriptor") }
    }

    /// Whether this very connection is answered.
    pub(crate) fn is_served(&mut self) -> bool {
        self.ask(&ApiVersionsRequest::default(), 0).is_some()
    }

    /// Sends; `false` if the server has closed the connection meanwhile.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        let Err(error) = self.stream.write_all(bytes) else { return true };
        let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset, ErrorKind::NotConnected];
        assert!(closed.contains(&error.kind()), "{error}");
        false
    }

    /// Nothing more will be sent.
    pub(crate) fn end(&mut self) {
        drop(self.stream.shutdown(Shutdown::Write));
    }

    /// The next frame without its length; `None` at the end of the connection.
    pub(crate) fn read_frame(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        if !self.fill(&mut length) {
            return None;
        }
        let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
        assert!(self.fill(&mut frame), "a frame that begins is whole");
        Some(frame)
    }

    /// Whether the server ends the connection, having said nothing.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.read_frame().is_none()
    }

    /// Asks something; gives the answer's frame and the version that it is in.
    pub(crate) fn ask<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version: i16,
    ) -> Option<(Vec<u8>, i16)> {
        if !self.tell(request, version) {
            return None;
        }
        Some((self.read_frame()?, version))
    }

    /// Asks something and leaves the answer where it is; `false` if the server has closed the
    /// connection.
    pub(crate) fn tell<'a, R: RequestMessage<'a>>(&mut self, request: &R, version: i16) -> bool {
        let header = RequestHeader {
            request_api_key: R::KEY.code(),
            request_api_version: version,
            correlation_id: 1,
            client_id: Some("test"),
        };
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request).expect("fits the version");
        self.write(encoder.bytes())
    }

    fn fill(&mut self, into: &mut [u8]) -> bool {
        match self.stream.read_exact(into) {
            Ok(()) => true,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ) =>
            {
                false
            }
            Err(error) => panic!("no answer and no end: {error}"),
        }
    }
}
