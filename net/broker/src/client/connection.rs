//! One connection: a request, and its answer.

use crate::client::error::{ClientError, check};
use millstream_wire::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, Encoder, ErrorCode, RequestHeader,
    RequestMessage, ResponseMessage, decode_response, encode_request, frame_bytes,
};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(5);
/// Longer than any answer that we ask for takes.
const ANSWER: Duration = Duration::from_secs(60);
/// No answer that we ask for is larger.
const FRAME_BYTES_MAX: usize = 256 << 20;
const NAME: &str = "millstream";

/// A connection whose other end has said which versions it speaks.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    correlation_id: i32,
    versions: BTreeMap<i16, (i16, i16)>,
}

/// An answer, still as it came.
pub(crate) struct Reply {
    frame: Vec<u8>,
    version: i16,
}

impl Reply {
    pub(crate) fn read<'a, R: ResponseMessage<'a>>(&'a self) -> Result<R, ClientError> {
        Ok(decode_response::<R>(&self.frame, self.version)?.1)
    }
}

impl Connection {
    /// Connects; [`ask_versions`] must come next.
    pub(crate) fn open(address: &str) -> Result<Self, ClientError> {
        let fail = |error| ClientError::Connect(address.to_owned(), error);
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no address has this name");
        for candidate in address.to_socket_addrs().map_err(fail)? {
            match TcpStream::connect_timeout(&candidate, CONNECT) {
                Ok(stream) => {
                    stream.set_nodelay(true).map_err(fail)?;
                    stream.set_read_timeout(Some(ANSWER)).map_err(fail)?;
                    let (address, versions) = (address.to_owned(), BTreeMap::new());
                    return Ok(Self { stream, address, correlation_id: 0, versions });
                }
                Err(error) => last = error,
            }
        }
        Err(fail(last))
    }

    /// Asks in the newest version that both sides know.
    pub(crate) fn ask<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
    ) -> Result<Reply, ClientError> {
        self.ask_up_to(request, i16::MAX)
    }

    /// As [`Self::ask`], in no version above this one.
    pub(crate) fn ask_up_to<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version_max: i16,
    ) -> Result<Reply, ClientError> {
        let version = self.version(R::KEY, version_max)?;
        self.send(request, version)?;
        let frame = self.receive()?;
        Ok(Reply { frame, version })
    }

    /// Asks for something that is not answered.
    pub(crate) fn tell_up_to<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version_max: i16,
    ) -> Result<(), ClientError> {
        let version = self.version(R::KEY, version_max)?;
        self.send(request, version)
    }

    /// The version that is spoken of an API.
    pub(crate) fn version(&self, key: ApiKey, version_max: i16) -> Result<i16, ClientError> {
        let ours = key.versions();
        let (min, max) = *self.versions.get(&key.code()).ok_or(ClientError::Unsupported(key))?;
        let version = max.min(ours.max).min(version_max);
        let is_shared = version >= min.max(ours.min);
        is_shared.then_some(version).ok_or(ClientError::Unsupported(key))
    }

    fn send<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version: i16,
    ) -> Result<(), ClientError> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let header = RequestHeader {
            request_api_key: R::KEY.code(),
            request_api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some(NAME),
        };
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request)?;
        self.stream.write_all(encoder.bytes()).map_err(|error| self.lost(error))
    }

    fn receive(&mut self) -> Result<Vec<u8>, ClientError> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).map_err(|error| self.lost(error))?;
        let bytes = frame_bytes(length, FRAME_BYTES_MAX)?;
        let mut frame = Vec::new();
        let read = (&mut self.stream).take(bytes as u64).read_to_end(&mut frame);
        match read {
            Ok(got) if got < bytes => Err(self.lost(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) if frame.starts_with(&self.correlation_id.to_be_bytes()) => Ok(frame),
            Ok(_) => Err(ClientError::Wire(String::from("an answer to another request"))),
            Err(error) => Err(self.lost(error)),
        }
    }

    fn lost(&self, error: io::Error) -> ClientError {
        let error = match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("closed by the broker"),
            io::ErrorKind::WouldBlock => io::Error::other("the broker does not answer"),
            _ => error,
        };
        ClientError::Lost(self.address.clone(), error)
    }
}

/// Learns which versions the other end speaks.
//= KIP-511: one that does not know our version of the question answers in version 0.
pub(crate) fn ask_versions(connection: &mut Connection) -> Result<(), ClientError> {
    let request = ApiVersionsRequest {
        client_software_name: NAME,
        client_software_version: env!("CARGO_PKG_VERSION"),
        ..ApiVersionsRequest::default()
    };
    let mut reply = Reply { frame: Vec::new(), version: 0 };
    for version in [3, 0] {
        connection.send(&request, version)?;
        reply = Reply { frame: connection.receive()?, version };
        let code = reply.frame.get(4..6).and_then(|code| code.try_into().ok());
        let code = code.map(i16::from_be_bytes).map_or(ErrorCode::NONE, ErrorCode);
        if code != ErrorCode::UNSUPPORTED_VERSION {
            break;
        }
    }
    let response: ApiVersionsResponse<'_> = reply.read()?;
    check(response.error_code, None, || String::from("ApiVersions"))?;
    let rows = response.api_keys.iter();
    connection.versions =
        rows.map(|row| (row.api_key, (row.min_version, row.max_version))).collect();
    Ok(())
}
