//! Arrays: a count, then so many elements.

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

/// Bytes of a count that is not variable.
const COUNT_BYTES: usize = 4;

impl<'a, T: Value<'a>> Value<'a> for Vec<T> {
    const KIND: Kind = Kind::Array(&T::KIND);

    fn bytes_min(form: Form) -> usize {
        if form.flexible { 1 } else { COUNT_BYTES }
    }

    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError> {
        Self::decode_nullable(decoder, form)?.ok_or_else(|| decoder.null())
    }

    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError> {
        Self::encode_nullable(Some(self), encoder, form)
    }

    fn decode_nullable(decoder: &mut Decoder<'a>, form: Form) -> Result<Option<Self>, WireError> {
        let Some(count) = decoder.take_length(form)? else { return Ok(None) };
        // Elements are never null, only the array itself.
        let form = Form { nullable: false, ..form };
        let mut elements = decoder.grant(count, T::bytes_min(form))?;
        for _ in 0..count {
            elements.push(T::decode(decoder, form)?);
        }
        Ok(Some(elements))
    }

    fn encode_nullable(
        value: Option<&Self>,
        encoder: &mut Encoder,
        form: Form,
    ) -> Result<(), WireError> {
        encoder.put_length(value.map(Self::len), form)?;
        let form = Form { nullable: false, ..form };
        value.into_iter().flatten().try_for_each(|element| element.encode(encoder, form))
    }
}
