//! Whole frames: length, header, message.

use crate::api_key::{ApiKey, Request, RequestMessage, Response, ResponseMessage};
use crate::codec::{Decoder, Encoder};
use crate::error::WireError;
use crate::header::{RequestHeader, ResponseHeader};
use crate::message::Message;

/// Bytes of the length before each frame.
pub const LENGTH_BYTES: usize = 4;

/// The beginning of a request, which is alike in all versions of all APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestPrefix {
    /// Which API; perhaps none that we know.
    pub api_key: i16,
    /// In which version; perhaps none that we know.
    pub api_version: i16,
    /// Comes back in the answer.
    pub correlation_id: i32,
}

/// The size of a frame without its length, from the bytes of the length.
///
/// An error if it is negative or above `frame_bytes_max`: nothing of the connection can be
/// believed after that.
pub fn frame_bytes(length: [u8; LENGTH_BYTES], frame_bytes_max: usize) -> Result<usize, WireError> {
    let got = i32::from_be_bytes(length);
    match usize::try_from(got) {
        Ok(bytes) if bytes <= frame_bytes_max => Ok(bytes),
        _ => Err(WireError::FrameLength { got: got.into(), expected_max: frame_bytes_max }),
    }
}

/// Reads the beginning of a request whatever follows, so that also an ApiVersions request of a
/// version that we do not know can be answered.
pub fn decode_prefix(frame: &[u8]) -> Result<RequestPrefix, WireError> {
    let mut decoder = Decoder::new(frame);
    let header = RequestHeader::read(&mut decoder, 0)?;
    Ok(RequestPrefix {
        api_key: header.request_api_key,
        api_version: header.request_api_version,
        correlation_id: header.correlation_id,
    })
}

/// Reads a request from its frame, without the length. Bytes that follow the request are left.
///
/// Takes no more memory than `millstream_base::limits` grants a frame of this size.
pub fn decode_request(frame: &[u8]) -> Result<(RequestHeader<'_>, Request<'_>), WireError> {
    decode_request_from(Decoder::new(frame))
}

/// As [`decode_request`]; all arrays together take at most `budget_bytes` of memory.
pub fn decode_request_within(
    frame: &[u8],
    budget_bytes: usize,
) -> Result<(RequestHeader<'_>, Request<'_>), WireError> {
    decode_request_from(Decoder::with_budget(frame, budget_bytes))
}

fn decode_request_from(
    mut decoder: Decoder<'_>,
) -> Result<(RequestHeader<'_>, Request<'_>), WireError> {
    let mut ahead = decoder.clone();
    let prefix = RequestHeader::read(&mut ahead, 0)?;
    let key = ApiKey::from_code(prefix.request_api_key)
        .ok_or(WireError::UnknownApi { got: prefix.request_api_key })?;
    let version = prefix.request_api_version;
    key.check_version(version)?;
    let header = RequestHeader::read(&mut decoder, key.request_header_version(version))?;
    let request = Request::read(&mut decoder, key, version)?;
    //= librdkafka issue 5049: its Metadata request for all topics, from version 9 on, has three
    // bytes too many, and Kafka looks at no byte behind a request.
    Ok((header, request))
}

/// Reads the response to a request of `version` from its frame, without the length.
///
/// The budget of memory is generous, since the broker was asked; see [`Decoder::with_budget`] for
/// a stricter one.
pub fn decode_response<'a, R: ResponseMessage<'a>>(
    frame: &'a [u8],
    version: i16,
) -> Result<(ResponseHeader, R), WireError> {
    let mut decoder = Decoder::with_budget(frame, usize::MAX);
    let header_version = R::KEY.response_header_version(version);
    let header = ResponseHeader::read(&mut decoder, header_version)?;
    let response = R::read(&mut decoder, version)?;
    decoder.finish(R::NAME)?;
    Ok((header, response))
}

/// Appends a request's frame, with its length, to `encoder`. After an error the output is as
/// before.
pub fn encode_request<'a, R: RequestMessage<'a>>(
    encoder: &mut Encoder,
    header: &RequestHeader<'_>,
    request: &R,
) -> Result<(), WireError> {
    assert_eq!(header.request_api_key, R::KEY.code(), "the header is of another API");
    let version = header.request_api_version;
    R::KEY.check_version(version)?;
    encoder.frame(|encoder| {
        header.write(encoder, R::KEY.request_header_version(version))?;
        request.write(encoder, version)
    })
}

/// Appends the frame, with its length, of the response to a request of `version` to `encoder`.
/// After an error the output is as before.
pub fn encode_response<'a, R: ResponseMessage<'a>>(
    encoder: &mut Encoder,
    correlation_id: i32,
    version: i16,
    response: &R,
) -> Result<(), WireError> {
    encode_response_of(encoder, correlation_id, version, R::KEY, |encoder| {
        response.write(encoder, version)
    })
}

/// As [`encode_response`], for a response of any API.
pub fn encode_any_response(
    encoder: &mut Encoder,
    correlation_id: i32,
    version: i16,
    response: &Response<'_>,
) -> Result<(), WireError> {
    encode_response_of(encoder, correlation_id, version, response.key(), |encoder| {
        response.write(encoder, version)
    })
}

fn encode_response_of(
    encoder: &mut Encoder,
    correlation_id: i32,
    version: i16,
    key: ApiKey,
    body: impl FnOnce(&mut Encoder) -> Result<(), WireError>,
) -> Result<(), WireError> {
    key.check_version(version)?;
    encoder.frame(|encoder| {
        let header = ResponseHeader { correlation_id };
        header.write(encoder, key.response_header_version(version))?;
        body(encoder)
    })
}
