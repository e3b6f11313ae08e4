//! Fields that may be null in some versions.

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

impl<'a, T: Value<'a>> Value<'a> for Option<T> {
    const KIND: Kind = T::KIND;

    fn bytes_min(form: Form) -> usize {
        // A struct that may be null is at least its marker; all else has a length in any case.
        if form.nullable && matches!(T::KIND, Kind::Part(_)) { 1 } else { T::bytes_min(form) }
    }

    #[inline]
    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError> {
        if form.nullable {
            T::decode_nullable(decoder, form)
        } else {
            T::decode(decoder, form).map(Some)
        }
    }

    #[inline]
    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError> {
        match self {
            Some(value) if !form.nullable => value.encode(encoder, form),
            value => T::encode_nullable(value.as_ref(), encoder, form),
        }
    }
}
