//! Types of one size: numbers, truth values, ids.

use millstream_base::Uuid;

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

/// Makes a type of so many bytes a value, by two functions from and to them.
macro_rules! fixed {
    ($type:ty, $kind:ident, $bytes:literal, $from:expr, $to:expr) => {
        impl<'a> Value<'a> for $type {
            const KIND: Kind = Kind::$kind;

            #[inline]
            fn bytes_min(_: Form) -> usize {
                $bytes
            }

            #[inline]
            fn decode(decoder: &mut Decoder<'a>, _: Form) -> Result<Self, WireError> {
                decoder.take_array::<$bytes>().map($from)
            }

            #[inline]
            fn encode(&self, encoder: &mut Encoder, _: Form) -> Result<(), WireError> {
                let to: fn($type) -> [u8; $bytes] = $to;
                encoder.put(&to(*self));
                Ok(())
            }
        }
    };
}

pub(crate) use fixed;

//= Kafka protocol guide: 1 is written for true, and all but 0 is read as true.
fixed!(bool, Bool, 1, |[byte]| byte != 0, |value| [u8::from(value)]);
fixed!(i8, I8, 1, i8::from_be_bytes, i8::to_be_bytes);
fixed!(i16, I16, 2, i16::from_be_bytes, i16::to_be_bytes);
fixed!(u16, U16, 2, u16::from_be_bytes, u16::to_be_bytes);
fixed!(i32, I32, 4, i32::from_be_bytes, i32::to_be_bytes);
fixed!(i64, I64, 8, i64::from_be_bytes, i64::to_be_bytes);
fixed!(f64, F64, 8, f64::from_be_bytes, f64::to_be_bytes);
fixed!(Uuid, Uuid, 16, Uuid::from_bytes, Uuid::to_bytes);
