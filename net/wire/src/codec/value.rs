//! What every type of a field can do.

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::error::WireError;

/// A type that stands in messages: read from a frame that lives for `'a`, and written.
///
/// What is read may borrow from the frame. Reading neither panics nor takes memory beyond the
/// decoder's budget, whatever the bytes.
pub trait Value<'a>: Sized {
    /// The type as data.
    const KIND: Kind;

    /// The least that a value takes on the wire, and at least 1.
    fn bytes_min(form: Form) -> usize;

    /// Reads a value that is not null.
    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError>;

    /// Writes a value that is not null. After an error the output is unspecified.
    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError>;

    /// Reads a value that may be null: by default, a byte says whether it is there.
    //= Kafka protocol guide: -1 is written for null and 1 for a value. Kafka itself takes every
    //= negative byte for null and all others for a value.
    fn decode_nullable(decoder: &mut Decoder<'a>, form: Form) -> Result<Option<Self>, WireError> {
        if decoder.take_i8()? < 0 { Ok(None) } else { Self::decode(decoder, form).map(Some) }
    }

    /// Writes a value that may be null; the form says so.
    fn encode_nullable(
        value: Option<&Self>,
        encoder: &mut Encoder,
        form: Form,
    ) -> Result<(), WireError> {
        match value {
            None if !form.nullable => Err(encoder.null()),
            None => {
                encoder.put(&(-1_i8).to_be_bytes());
                Ok(())
            }
            Some(value) => {
                encoder.put(&1_i8.to_be_bytes());
                value.encode(encoder, form)
            }
        }
    }
}
