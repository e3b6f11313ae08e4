//! Reading: a cursor over one frame that believes nothing.

use millstream_base::limits::{
    WIRE_DECODED_BYTES_FLOOR, WIRE_DECODED_BYTES_PER_BYTE_MAX, WIRE_STRING_BYTES_MAX,
    WIRE_TAGGED_FIELDS_MAX,
};

use crate::codec::layout::Form;
use crate::codec::varint;
use crate::error::WireError;

/// The field before any was read.
const NO_FIELD: &str = "frame";
/// Greatest length or count that the wire can declare with a sign.
const LENGTH_MAX: i64 = i32::MAX as i64;

/// A cursor over the bytes of one frame, without its length.
///
/// What it gives out borrows from the frame. It takes no memory itself; it grants memory for
/// arrays out of a budget, after it saw that the bytes which are left can hold the elements.
/// After an error its position is unspecified.
#[derive(Clone)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    frame_bytes: usize,
    /// Bytes behind `rest` that belong to what surrounds the tagged field being read.
    beyond_bytes: usize,
    budget_bytes: usize,
    field: &'static str,
}

impl core::fmt::Debug for Decoder<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            formatter,
            "Decoder({} at {}, {} bytes left)",
            self.field,
            self.position(),
            self.rest.len()
        )
    }
}

impl<'a> Decoder<'a> {
    /// Reads `frame`, with the memory budget of a request of that size.
    #[must_use]
    pub fn new(frame: &'a [u8]) -> Self {
        let budget_bytes = frame.len().saturating_mul(WIRE_DECODED_BYTES_PER_BYTE_MAX);
        Self::with_budget(frame, budget_bytes.saturating_add(WIRE_DECODED_BYTES_FLOOR))
    }

    /// Reads `frame`; all its arrays together take at most `budget_bytes` of memory.
    #[must_use]
    pub fn with_budget(frame: &'a [u8], budget_bytes: usize) -> Self {
        let frame_bytes = frame.len();
        Self { rest: frame, frame_bytes, beyond_bytes: 0, budget_bytes, field: NO_FIELD }
    }

    /// The byte of the frame that comes next.
    #[must_use]
    pub fn position(&self) -> usize {
        self.frame_bytes - self.beyond_bytes - self.rest.len()
    }

    /// Bytes that are left of the frame, or of the tagged field being read.
    #[must_use]
    pub fn remaining_bytes(&self) -> usize {
        self.rest.len()
    }

    /// Memory that arrays may still take.
    #[must_use]
    pub fn budget_bytes(&self) -> usize {
        self.budget_bytes
    }

    /// That nothing is left after `message`.
    pub fn finish(&self, message: &'static str) -> Result<(), WireError> {
        let unused_bytes = self.rest.len();
        if unused_bytes > 0 {
            let position = self.position();
            return Err(WireError::TrailingBytes { message, position, unused_bytes });
        }
        Ok(())
    }

    /// Names the field that errors speak of from here on.
    #[inline]
    pub(crate) fn begin(&mut self, field: &'static str) {
        self.field = field;
    }

    #[inline]
    pub(crate) fn take_array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let Some((chunk, rest)) = self.rest.split_first_chunk() else {
            return Err(self.truncated(N));
        };
        self.rest = rest;
        Ok(*chunk)
    }

    #[inline]
    pub(crate) fn take(&mut self, bytes: usize) -> Result<&'a [u8], WireError> {
        let Some((taken, rest)) = self.rest.split_at_checked(bytes) else {
            return Err(self.truncated(bytes));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// The version before what is written in it.
    pub(crate) fn take_version(&mut self) -> Result<i16, WireError> {
        self.begin("version");
        self.take_array().map(i16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn take_i8(&mut self) -> Result<i8, WireError> {
        self.take_array().map(i8::from_be_bytes)
    }

    #[inline]
    pub(crate) fn take_varint(&mut self) -> Result<u32, WireError> {
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < varint::MORE
        {
            self.rest = rest;
            return Ok(u32::from(byte));
        }
        self.take_long_varint()
    }

    #[cold]
    fn take_long_varint(&mut self) -> Result<u32, WireError> {
        match varint::read(self.rest) {
            varint::Read::Value { value, rest } => {
                self.rest = rest;
                Ok(value)
            }
            varint::Read::TooLong => {
                Err(WireError::Varint { field: self.field, position: self.position() })
            }
            varint::Read::Truncated => Err(self.truncated(self.rest.len() + 1)),
        }
    }

    /// The length of a string; `None` for null.
    #[inline]
    pub(crate) fn take_text_length(&mut self, form: Form) -> Result<Option<usize>, WireError> {
        let declared = if form.flexible {
            i64::from(self.take_varint()?) - 1
        } else {
            i64::from(self.take_array().map(i16::from_be_bytes)?)
        };
        self.check_length(declared, WIRE_STRING_BYTES_MAX as i64)
    }

    /// The length of bytes or the count of an array; `None` for null.
    #[inline]
    pub(crate) fn take_length(&mut self, form: Form) -> Result<Option<usize>, WireError> {
        let declared = if form.flexible {
            i64::from(self.take_varint()?) - 1
        } else {
            i64::from(self.take_array().map(i32::from_be_bytes)?)
        };
        self.check_length(declared, LENGTH_MAX)
    }

    #[inline]
    fn check_length(&self, got: i64, expected_max: i64) -> Result<Option<usize>, WireError> {
        if got == -1 {
            return Ok(None);
        }
        match usize::try_from(got) {
            Ok(length) if got <= expected_max => Ok(Some(length)),
            _ => {
                let (field, position) = (self.field, self.position());
                Err(WireError::Length { field, position, got, expected_max })
            }
        }
    }

    /// Room for `count` elements, each at least `element_bytes_min` on the wire: the only place
    /// where decoding takes memory.
    pub(crate) fn grant<T>(
        &mut self,
        count: usize,
        element_bytes_min: usize,
    ) -> Result<Vec<T>, WireError> {
        assert!(element_bytes_min > 0, "an element without bytes could be there without end");
        let (field, position) = (self.field, self.position());
        let expected_max = self.rest.len() / element_bytes_min;
        if count > expected_max {
            return Err(WireError::Count { field, position, got: count, expected_max });
        }
        let expected_bytes = count.saturating_mul(size_of::<T>());
        let left_bytes = self.budget_bytes;
        let Some(budget_bytes) = left_bytes.checked_sub(expected_bytes) else {
            return Err(WireError::Memory { field, position, expected_bytes, left_bytes });
        };
        self.budget_bytes = budget_bytes;
        Ok(Vec::with_capacity(count))
    }

    /// Reads the tagged fields (KIP-482) at the end of a struct. `known` reads the value of a tag
    /// that it knows and says whether it did; what it does not know is skipped.
    pub(crate) fn tagged_fields(
        &mut self,
        mut known: impl FnMut(u32, &mut Self) -> Result<bool, WireError>,
    ) -> Result<(), WireError> {
        let got = self.take_varint()? as usize;
        if got == 0 {
            return Ok(());
        }
        let (field, position, expected_max) = (self.field, self.position(), WIRE_TAGGED_FIELDS_MAX);
        if got > expected_max {
            return Err(WireError::TagCount { field, position, got, expected_max });
        }
        for _ in 0..got {
            let tag = self.take_varint()?;
            let value_bytes = self.take_varint()? as usize;
            let value = self.take(value_bytes)?;
            let behind = core::mem::replace(&mut self.rest, value);
            self.beyond_bytes += behind.len();
            let is_known = known(tag, self)?;
            let unused_bytes = self.rest.len();
            if is_known && unused_bytes > 0 {
                let (field, position) = (self.field, self.position());
                return Err(WireError::TagSize { field, position, unused_bytes });
            }
            self.beyond_bytes -= behind.len();
            self.rest = behind;
        }
        Ok(())
    }

    #[cold]
    fn truncated(&self, expected_bytes: usize) -> WireError {
        let (field, position, got_bytes) = (self.field, self.position(), self.rest.len());
        WireError::Truncated { field, position, expected_bytes, got_bytes }
    }

    #[cold]
    pub(crate) fn null(&self) -> WireError {
        WireError::Null { field: self.field, position: self.position() }
    }

    #[cold]
    pub(crate) fn not_text(&self, position: usize) -> WireError {
        WireError::Text { field: self.field, position }
    }
}
