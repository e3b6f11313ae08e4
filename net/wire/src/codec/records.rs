//! Record batches within a message: never looked into, and written without being copied.

use core::fmt;

use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::layout::{Form, Kind};
use crate::codec::value::Value;
use crate::error::WireError;

/// Bytes of a length that is not variable.
const LENGTH_BYTES: usize = 4;

/// A field that holds record batches.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Records<'a> {
    /// Not there.
    #[default]
    Null,
    /// In this frame. Reading gives no other (but null); writing copies them into the output,
    /// which suits tests and small tools.
    Borrowed(&'a [u8]),
    /// Somewhere that this crate does not know. Writing leaves a [`crate::codec::Gap`] of that
    /// many bytes; whoever sends the output puts them there.
    Elsewhere {
        /// Their size.
        bytes: usize,
    },
}

impl<'a> Records<'a> {
    /// No record, but not null.
    pub const EMPTY: Self = Self::Borrowed(&[]);

    /// Their size; `None` for null.
    #[must_use]
    pub const fn size_bytes(&self) -> Option<usize> {
        match self {
            Self::Null => None,
            Self::Borrowed(batches) => Some(batches.len()),
            Self::Elsewhere { bytes } => Some(*bytes),
        }
    }

    /// The bytes, where they are in this frame.
    #[must_use]
    pub const fn borrowed(&self) -> Option<&'a [u8]> {
        match self {
            Self::Borrowed(batches) => Some(batches),
            Self::Null | Self::Elsewhere { .. } => None,
        }
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(formatter, "Null"),
            Self::Borrowed(batches) => write!(formatter, "Borrowed({} bytes)", batches.len()),
            Self::Elsewhere { bytes } => write!(formatter, "Elsewhere({bytes} bytes)"),
        }
    }
}

impl<'a> Value<'a> for Records<'a> {
    const KIND: Kind = Kind::Records;

    fn bytes_min(form: Form) -> usize {
        if form.flexible { 1 } else { LENGTH_BYTES }
    }

    fn decode(decoder: &mut Decoder<'a>, form: Form) -> Result<Self, WireError> {
        match decoder.take_length(form)? {
            Some(length) => decoder.take(length).map(Self::Borrowed),
            None if form.nullable => Ok(Self::Null),
            None => Err(decoder.null()),
        }
    }

    fn encode(&self, encoder: &mut Encoder, form: Form) -> Result<(), WireError> {
        encoder.put_length(self.size_bytes(), form)?;
        match self {
            Self::Null => {}
            Self::Borrowed(batches) => encoder.put(batches),
            Self::Elsewhere { bytes } => encoder.put_gap(*bytes),
        }
        Ok(())
    }
}
