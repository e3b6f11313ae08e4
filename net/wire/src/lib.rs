//! Kafka's protocol: each message declared once as a table, read and written in all its versions.
//! Bytes in, bytes out; no I/O.
//!
//! ```
//! use millstream_wire::message::k01_fetch::{FetchableTopicResponse, PartitionData};
//! use millstream_wire::{
//!     Encoder, FetchResponse, MetadataRequest, Piece, Records, Request, RequestHeader,
//!     decode_request, encode_request, encode_response,
//! };
//!
//! # fn main() -> Result<(), millstream_wire::WireError> {
//! // A client asks.
//! let mut output = Encoder::new();
//! let header = RequestHeader {
//!     request_api_key: 3,
//!     request_api_version: 12,
//!     correlation_id: 7,
//!     client_id: Some("me"),
//! };
//! encode_request(&mut output, &header, &MetadataRequest { topics: None, ..Default::default() })?;
//!
//! // The broker takes the length off and reads. What it reads borrows from the frame.
//! let (header, request) = decode_request(&output.bytes()[4..])?;
//! let Request::Metadata(request) = request else { panic!("{}", request.key()) };
//! assert_eq!((header.correlation_id, request.topics), (7, None));
//!
//! // An answer with record batches that lie elsewhere: they are counted, not copied.
//! let partition = PartitionData {
//!     records: Records::Elsewhere { bytes: 1 << 20 },
//!     ..PartitionData::default()
//! };
//! let topic = FetchableTopicResponse { partitions: vec![partition], ..Default::default() };
//! let response = FetchResponse { responses: vec![topic], ..Default::default() };
//! let mut output = Encoder::new();
//! encode_response(&mut output, 7, 13, &response)?;
//! assert!(output.bytes().len() < 200 && output.total_bytes() > 1 << 20);
//! assert!(output.pieces().any(|piece| piece == Piece::Gap { index: 0, bytes: 1 << 20 }));
//! # Ok(())
//! # }
//! ```
//!
//! A request goes top to bottom through [`frame`] (length, header, API), [`api_key`] (which message
//! in which versions), [`message`] (the tables), [`codec`] (fields and bytes).
//!
//! # Invariants worth naming
//!
//! - A message stands in one place: its table. Structs, documentation, both directions of all
//!   versions, and the description that tests and tools read are made of it.
//! - Reading never panics, whatever the bytes, and takes memory in one place only
//!   (`Decoder::grant`): for an array whose elements the bytes that are left can hold, out of a
//!   budget that the size of the frame sets. How deep a message is is set by the types.
//! - What is read borrows from the frame: texts, bytes, record batches are never copied.
//! - What is written is what Kafka writes, byte for byte; tagged fields come in ascending order,
//!   and not at all where they have their default.
//! - Record batches are never looked into, and not copied into a response.
//! - The bytes of [`Blob`] and [`Records`] reach neither a `Debug` nor an error.
//! - A frame that could not be written leaves its output as it was.
//! - Unknown tagged fields are skipped and not stored: there is no way to send them on.
//! - Nothing here knows what a message means: whether a version is served, a name is good, or a
//!   client may ask, is the broker's.

#![forbid(unsafe_code)]

pub mod api_key;
pub mod codec;
pub mod error;
pub mod error_code;
pub mod frame;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod message;
pub mod partitioner;
pub mod record;

pub use api_key::*;
pub use codec::{Blob, Decoder, Encoder, Gap, Piece, Records, Versions};
pub use error::WireError;
pub use error_code::ErrorCode;
pub use frame::{
    RequestPrefix, decode_prefix, decode_request, decode_request_within, decode_response,
    encode_any_response, encode_request, encode_response, frame_bytes,
};
pub use header::{RequestHeader, ResponseHeader};
pub use message::Message;
pub use partitioner::partition_of_key;
