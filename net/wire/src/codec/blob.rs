//! Bytes whose meaning is somebody else's, borrowed from the frame.

use core::fmt;
use core::ops::Deref;

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

/// Bytes of a length that is not variable.
const LENGTH_BYTES: usize = 4;

/// Bytes that the protocol carries and does not look into: passwords, assignments, metadata.
///
/// A type of its own so that a `Debug` of the message around it shows the size alone.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob<'a>(pub &'a [u8]);

impl Deref for Blob<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl<'a> From<&'a [u8]> for Blob<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Blob<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Blob({} bytes)", self.0.len())
    }
}

impl<'a> Value<'a> for Blob<'a> {
    const KIND: Kind = Kind::Blob;

    fn bytes_min(form: Form) -> usize {
        if form.flexible { 1 } else { LENGTH_BYTES }
    }

    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError> {
        Self::decode_nullable(decoder, form)?.ok_or_else(|| decoder.null())
    }

    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError> {
        Self::encode_nullable(Some(self), encoder, form)
    }

    fn decode_nullable(decoder: &mut Decoder<'a>, form: Form) -> Result<Option<Self>, WireError> {
        let Some(length) = decoder.take_length(form)? else { return Ok(None) };
        decoder.take(length).map(|bytes| Some(Self(bytes)))
    }

    fn encode_nullable(
        value: Option<&Self>,
        encoder: &mut Encoder,
        form: Form,
    ) -> Result<(), WireError> {
        encoder.put_length(value.map(|blob| blob.len()), form)?;
        encoder.put(value.map_or(&[], |blob| blob.0));
        Ok(())
    }
}
