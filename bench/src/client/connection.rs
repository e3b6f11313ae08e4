//! One connection that waits for each answer: for what comes before and after a measurement.

use crate::failure::Failure;
use millstream_wire::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, Encoder, ErrorCode, RequestHeader,
    RequestMessage, ResponseMessage, WireError, decode_response, encode_request, frame_bytes,
};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A broker of the neighbourhood answers at once or not at all.
const CONNECT: Duration = Duration::from_secs(5);
/// Ten thousand partitions take a broker a while to make.
const ANSWER: Duration = Duration::from_secs(90);
/// Metadata of a million partitions stays below it.
pub(crate) const FRAME_BYTES_MAX: usize = 256 << 20;
/// What the broker's side may call this client.
pub(crate) const NAME: &str = "millstream-bench";

/// A connection whose other end has said which versions it speaks.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    correlation_id: i32,
    versions: Versions,
}

/// The versions of each API that a broker speaks, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions(BTreeMap<i16, (i16, i16)>);

/// An answer, still as it came.
pub(crate) struct Reply {
    frame: Vec<u8>,
    version: i16,
}

impl Reply {
    pub(crate) fn read<'a, R: ResponseMessage<'a>>(&'a self) -> Result<R, Failure> {
        decode_response::<R>(&self.frame, self.version)
            .map(|(_, response)| response)
            .map_err(|error| unintelligible(&error))
    }
}

impl Versions {
    /// The newest version that both sides speak, up to one.
    pub(crate) fn newest(&self, key: ApiKey, version_max: i16) -> Result<i16, Failure> {
        let ours = key.versions();
        let theirs = self.0.get(&key.code());
        let shared = theirs.and_then(|(min, max)| {
            let version = (*max).min(ours.max).min(version_max);
            (version >= (*min).max(ours.min)).then_some(version)
        });
        shared.ok_or_else(|| {
            let name = key.name();
            let (from, to) = (ours.min, ours.max.min(version_max));
            let theirs = theirs.map_or_else(
                || String::from("does not speak it at all"),
                |(min, max)| format!("speaks {min} to {max}"),
            );
            Failure::unreachable(format!(
                "{name} is needed in a version from {from} to {to}, and the broker {theirs}"
            ))
        })
    }
}

impl Connection {
    /// Connects, and asks which versions are spoken.
    pub(crate) fn open(address: &str) -> Result<Self, Failure> {
        let fail = |error: io::Error| Failure::unreachable(format!("{address}: {error}"));
        let stream = connect(address).map_err(fail)?;
        stream.set_nodelay(true).map_err(fail)?;
        stream.set_read_timeout(Some(ANSWER)).map_err(fail)?;
        let (address, versions) = (address.to_owned(), Versions::default());
        let mut connection = Self { stream, address, correlation_id: 0, versions };
        connection.versions = connection.ask_versions()?;
        Ok(connection)
    }

    /// Connects once more to where it was connected.
    pub(crate) fn open_anew(&mut self) -> Result<(), Failure> {
        *self = Self::open(&self.address)?;
        Ok(())
    }

    /// Asks in the newest version that both sides know, up to one.
    pub(crate) fn ask<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version_max: i16,
    ) -> Result<Reply, Failure> {
        let version = self.versions.newest(R::KEY, version_max)?;
        self.send(request, version)?;
        Ok(Reply { frame: self.receive()?, version })
    }

    /// What the other end speaks.
    pub(crate) fn versions(&self) -> &Versions {
        &self.versions
    }

    //= KIP-511: a broker that does not know our version of the question answers in version 0.
    fn ask_versions(&mut self) -> Result<Versions, Failure> {
        let request = ApiVersionsRequest {
            client_software_name: NAME,
            client_software_version: env!("CARGO_PKG_VERSION"),
            ..ApiVersionsRequest::default()
        };
        self.send(&request, 3)?;
        let mut reply = Reply { frame: self.receive()?, version: 3 };
        let code = reply.frame.get(4..6).and_then(|code| code.try_into().ok());
        if code.map(i16::from_be_bytes) == Some(ErrorCode::UNSUPPORTED_VERSION.0) {
            self.send(&request, 0)?;
            reply = Reply { frame: self.receive()?, version: 0 };
        }
        let response: ApiVersionsResponse<'_> = reply.read()?;
        let rows = response.api_keys.iter();
        Ok(Versions(rows.map(|row| (row.api_key, (row.min_version, row.max_version))).collect()))
    }

    fn send<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version: i16,
    ) -> Result<(), Failure> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let mut encoder = Encoder::new();
        encode(&mut encoder, request, version, self.correlation_id)?;
        self.stream.write_all(encoder.bytes()).map_err(|error| self.lost(&error))
    }

    fn receive(&mut self) -> Result<Vec<u8>, Failure> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).map_err(|error| self.lost(&error))?;
        let bytes = frame_bytes(length, FRAME_BYTES_MAX).map_err(|error| unintelligible(&error))?;
        let mut frame = Vec::new();
        let read = (&mut self.stream).take(bytes as u64).read_to_end(&mut frame);
        match read {
            Ok(got) if got < bytes => Err(self.lost(&io::ErrorKind::UnexpectedEof.into())),
            Ok(_) if frame.starts_with(&self.correlation_id.to_be_bytes()) => Ok(frame),
            Ok(_) => Err(Failure::unreachable(format!(
                "{}: an answer to another question; is it a broker?",
                self.address
            ))),
            Err(error) => Err(self.lost(&error)),
        }
    }

    fn lost(&self, error: &io::Error) -> Failure {
        let address = &self.address;
        Failure::unreachable(match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("{address} has closed the connection"),
            io::ErrorKind::WouldBlock => format!("{address} does not answer; is it a broker?"),
            _ => format!("{address}: {error}"),
        })
    }
}

/// Adds a request of this client's, with its length.
pub(crate) fn encode<'a, R: RequestMessage<'a>>(
    encoder: &mut Encoder,
    request: &R,
    version: i16,
    correlation_id: i32,
) -> Result<(), Failure> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id,
        client_id: Some(NAME),
    };
    encode_request(encoder, &header, request).map_err(|error| Failure::usage(error.to_string()))
}

/// The first address of a name.
pub(crate) fn resolve(address: &str) -> Result<SocketAddr, Failure> {
    let fail = |error: io::Error| Failure::unreachable(format!("{address}: {error}"));
    let nobody = || io::Error::new(io::ErrorKind::NotFound, "nothing has this name");
    let mut found = address.to_socket_addrs().map_err(fail)?;
    found.next().ok_or_else(|| fail(nobody()))
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "nothing has this name");
    for candidate in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&candidate, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What the other end says is not the protocol.
pub(crate) fn unintelligible(error: &WireError) -> Failure {
    Failure::unreachable(format!("an answer that is not Kafka's protocol: {error}"))
}
