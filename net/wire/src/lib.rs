//! Kafka's protocol: each message declared once as data, read and written in all its versions.
//!
//! # Invariants worth naming
//!
//! - Nothing here does I/O.

#![forbid(unsafe_code)]

pub mod api_key;
pub mod codec;
pub mod error;
pub mod error_code;
pub mod frame;
pub mod header;
pub mod message;
pub mod record;

pub use api_key::*;
pub use codec::{Blob, Decoder, Encoder, Gap, Piece, Records, Versions};
pub use error::WireError;
pub use error_code::ErrorCode;
pub use frame::{
    RequestPrefix, decode_prefix, decode_request, decode_request_within, decode_response,
    encode_request, encode_response, frame_bytes,
};
pub use header::{RequestHeader, ResponseHeader};
pub use message::Message;
