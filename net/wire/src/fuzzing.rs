//! Bodies of the fuzz targets, here so that the ordinary tests can replay the corpora.

use crate::api_key::{ApiKey, Request, Response};
use crate::codec::{Decoder, Encoder};
use crate::error::WireError;
use crate::frame::{decode_prefix, decode_request};
use crate::header::RequestHeader;
use crate::message::Message;
use crate::record::consumer_protocol::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use crate::record::group_metadata::GroupMetadataValue;
use crate::record::offset_commit::OffsetCommitValue;
use crate::record::{GroupRecordKey, decode_extensible, decode_versioned, encode_versioned};

/// A request's frame. If it is sound, it is written, and what was written is read as the same.
pub fn request(frame: &[u8]) {
    let prefix = decode_prefix(frame);
    let Ok((header, request)) = decode_request(frame) else { return };
    let prefix = prefix.expect("the frame is sound");
    let key = ApiKey::from_code(prefix.api_key).expect("the frame is sound");
    assert!(request.key() == key && key.versions().contains(prefix.api_version));
    let written = write_request(&header, &request);
    let (header, request) = decode_request(&written).expect("it was written");
    // Bytes are compared, since a number that is none differs from itself.
    assert_eq!(write_request(&header, &request), written);
}

fn write_request(header: &RequestHeader<'_>, request: &Request<'_>) -> Vec<u8> {
    let version = header.request_api_version;
    written(|encoder| {
        header.write(encoder, request.key().request_header_version(version))?;
        request.write(encoder, version)
    })
}

/// Two bytes that choose an API and a version, then a response as a broker that lies may send it.
pub fn response(input: &[u8]) {
    let Some((&[choice, version], body)) = input.split_first_chunk() else { return };
    let key = ApiKey::ALL[usize::from(choice) % ApiKey::ALL.len()];
    let version = i16::from(version);
    if !key.versions().contains(version) {
        return;
    }
    let Ok(response) = read_response(body, key, version) else { return };
    let again = written(|encoder| response.write(encoder, version));
    let response = read_response(&again, key, version).expect("it was written");
    assert_eq!(written(|encoder| response.write(encoder, version)), again);
}

fn read_response(body: &[u8], key: ApiKey, version: i16) -> Result<Response<'_>, WireError> {
    let mut decoder = Decoder::new(body);
    let response = Response::read(&mut decoder, key, version)?;
    decoder.finish(key.name())?;
    Ok(response)
}

/// One byte that chooses a kind of record content, then the content.
pub fn record(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else { return };
    match choice % 5 {
        0 => drop(GroupRecordKey::decode(bytes)),
        1 => check_record::<OffsetCommitValue<'_>>(bytes),
        2 => check_record::<GroupMetadataValue<'_>>(bytes),
        3 => drop(decode_extensible::<ConsumerProtocolSubscription<'_>>(bytes)),
        _ => drop(decode_extensible::<ConsumerProtocolAssignment<'_>>(bytes)),
    }
}

fn check_record<'a, T: Message<'a>>(bytes: &'a [u8]) {
    let Ok((version, content)) = decode_versioned::<T>(bytes) else { return };
    let again = written(|encoder| encode_versioned(encoder, version, &content));
    assert_eq!(again[..2], version.to_be_bytes());
}

fn written(content: impl FnOnce(&mut Encoder) -> Result<(), WireError>) -> Vec<u8> {
    let mut encoder = Encoder::new();
    content(&mut encoder).expect("what was read can be written");
    assert!(encoder.gaps().is_empty(), "what was read lies in the frame");
    encoder.into_parts().0
}
