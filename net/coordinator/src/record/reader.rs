//! Reads the fields of a stored record, trusting none of its lengths.

use bytes::Bytes;

use crate::error::RecordError;
use crate::limits::NAME_BYTES_MAX;
use crate::names::Payload;

/// Most tagged fields of one structure.
const TAGS_MAX: usize = 64;

/// A place in the bytes of one key or value.
pub(crate) struct Reader<'bytes> {
    bytes: &'bytes [u8],
    position: usize,
    /// Whether lengths are compact and structures end in tagged fields.
    is_flexible: bool,
}

impl<'bytes> Reader<'bytes> {
    pub(crate) const fn new(bytes: &'bytes [u8]) -> Self {
        Self { bytes, position: 0, is_flexible: false }
    }

    pub(crate) const fn set_flexible(&mut self, is_flexible: bool) {
        self.is_flexible = is_flexible;
    }

    pub(crate) fn int16(&mut self) -> Result<i16, RecordError> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn int32(&mut self) -> Result<i32, RecordError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn int64(&mut self) -> Result<i64, RecordError> {
        self.array().map(i64::from_be_bytes)
    }

    /// A name that must be there.
    pub(crate) fn name(&mut self) -> Result<&'bytes str, RecordError> {
        let position = self.position;
        self.nullable_name()?.ok_or(RecordError::Name { position })
    }

    /// A name, or null.
    pub(crate) fn nullable_name(&mut self) -> Result<Option<&'bytes str>, RecordError> {
        let position = self.position;
        let length = if self.is_flexible { self.compact_length()? } else { self.short_length()? };
        let Some(length) = length else { return Ok(None) };
        let bytes = self.take(length, position)?;
        if bytes.len() > NAME_BYTES_MAX {
            return Err(RecordError::Name { position });
        }
        core::str::from_utf8(bytes).map(Some).map_err(|_| RecordError::Name { position })
    }

    /// Bytes, which are copied into memory of their own.
    pub(crate) fn payload(&mut self) -> Result<Payload, RecordError> {
        let position = self.position;
        let length = if self.is_flexible { self.compact_length()? } else { self.long_length()? };
        let length = length.ok_or(RecordError::Length { position })?;
        let bytes = self.take(length, position)?;
        Ok(Payload::new(Bytes::copy_from_slice(bytes)))
    }

    /// The count of an array whose elements take at least `element_bytes_min` each: never more
    /// than the remaining bytes can hold, whatever is declared.
    pub(crate) fn count(&mut self, element_bytes_min: usize) -> Result<usize, RecordError> {
        let position = self.position;
        let count = if self.is_flexible { self.compact_length()? } else { self.long_length()? };
        let count = count.ok_or(RecordError::Length { position })?;
        if count > self.remaining() / element_bytes_min {
            return Err(RecordError::Length { position });
        }
        Ok(count)
    }

    /// Skips the tagged fields at the end of a structure, where it has them.
    pub(crate) fn tags(&mut self) -> Result<(), RecordError> {
        if !self.is_flexible {
            return Ok(());
        }
        let position = self.position;
        let count = self.varint()?;
        if count > TAGS_MAX {
            return Err(RecordError::Length { position });
        }
        for _ in 0..count {
            self.varint()?;
            let position = self.position;
            let length = self.varint()?;
            self.take(length, position)?;
        }
        Ok(())
    }

    /// Asserts the end.
    pub(crate) fn finish(self) -> Result<(), RecordError> {
        if self.remaining() > 0 {
            return Err(RecordError::TrailingBytes { position: self.position });
        }
        Ok(())
    }

    fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], RecordError> {
        let position = self.position;
        let bytes = self.bytes[position..].first_chunk();
        let bytes = bytes.ok_or(RecordError::Truncated { position })?;
        self.position += SIZE;
        Ok(*bytes)
    }

    fn take(&mut self, length: usize, declared_at: usize) -> Result<&'bytes [u8], RecordError> {
        if length > self.remaining() {
            return Err(RecordError::Length { position: declared_at });
        }
        let bytes = &self.bytes[self.position..self.position + length];
        self.position += length;
        Ok(bytes)
    }

    fn short_length(&mut self) -> Result<Option<usize>, RecordError> {
        let position = self.position;
        plain_length(i32::from(self.int16()?), position)
    }

    fn long_length(&mut self) -> Result<Option<usize>, RecordError> {
        let position = self.position;
        plain_length(self.int32()?, position)
    }

    fn compact_length(&mut self) -> Result<Option<usize>, RecordError> {
        Ok(self.varint()?.checked_sub(1))
    }

    /// An unsigned number of at most 32 bits, seven to a byte.
    fn varint(&mut self) -> Result<usize, RecordError> {
        let position = self.position;
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let value = u32::try_from(value).map_err(|_| RecordError::Length { position })?;
                return Ok(value as usize);
            }
        }
        Err(RecordError::Length { position })
    }
}

/// -1 is null; other negative lengths are impossible.
fn plain_length(length: i32, position: usize) -> Result<Option<usize>, RecordError> {
    if length == -1 {
        return Ok(None);
    }
    usize::try_from(length).map(Some).map_err(|_| RecordError::Length { position })
}
