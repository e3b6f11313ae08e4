//! Strings: UTF-8 with a length, borrowed from the frame.

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

/// Bytes of a length that is not variable.
const LENGTH_BYTES: usize = 2;

impl<'a> Value<'a> for &'a str {
    const KIND: Kind = Kind::Text;

    fn bytes_min(form: Form) -> usize {
        if form.flexible { 1 } else { LENGTH_BYTES }
    }

    #[inline]
    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError> {
        Self::decode_nullable(decoder, form)?.ok_or_else(|| decoder.null())
    }

    #[inline]
    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError> {
        Self::encode_nullable(Some(self), encoder, form)
    }

    #[inline]
    fn decode_nullable(decoder: &mut Decoder<'a>, form: Form) -> Result<Option<Self>, WireError> {
        let Some(length) = decoder.take_text_length(form)? else { return Ok(None) };
        let position = decoder.position();
        match core::str::from_utf8(decoder.take(length)?) {
            Ok(text) => Ok(Some(text)),
            Err(fault) => Err(decoder.not_text(position + fault.valid_up_to())),
        }
    }

    fn encode_nullable(
        value: Option<&Self>,
        encoder: &mut Encoder,
        form: Form,
    ) -> Result<(), WireError> {
        encoder.put_text_length(value.map(|text| text.len()), form)?;
        encoder.put(value.map_or(&[], |text| text.as_bytes()));
        Ok(())
    }
}
