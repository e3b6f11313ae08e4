//! Little-endian fields, one behind the other: how all formats of this crate are read and written.

/// Takes fields off the front of bytes that may be anything; never panics, never allocates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is not yet taken.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `byte_count` bytes, or `None` and nothing taken if there are fewer.
    pub(crate) fn bytes(&mut self, byte_count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(byte_count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next field of a size known here.
    pub(crate) fn array<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// Steps over reserved bytes; whether they are all zero, as writers of this version leave them.
    pub(crate) fn zeros(&mut self, byte_count: usize) -> Option<bool> {
        self.bytes(byte_count).map(is_zero)
    }
}

/// Puts fields one behind the other. The caller has made room: too little is our bug.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    into: &'a mut [u8],
    position: usize,
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(into: &'a mut [u8]) -> Self {
        Self { into, position: 0 }
    }

    /// How many bytes were put.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.position + bytes.len();
        assert!(end <= self.into.len(), "room for {end} bytes, not {}", self.into.len());
        self.into[self.position..end].copy_from_slice(bytes);
        self.position = end;
        self
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Puts zeros up to `position`, over whatever a recycled buffer held there.
    pub(crate) fn zeros_to(&mut self, position: usize) -> &mut Self {
        assert!(self.position <= position && position <= self.into.len(), "zeros go forward");
        self.into[self.position..position].fill(0);
        self.position = position;
        self
    }
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken() {
        let mut bytes = [0xee; 40];
        let mut writer = Writer::new(&mut bytes);
        writer.u8(1).u16(2).u32(3).u64(4).i64(-5).bytes(b"six").zeros_to(36);
        assert_eq!(writer.position(), 36);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Some(1));
        assert_eq!(reader.u16(), Some(2));
        assert_eq!(reader.u32(), Some(3));
        assert_eq!(reader.u64(), Some(4));
        assert_eq!(reader.i64(), Some(-5));
        assert_eq!(reader.bytes(3), Some(b"six".as_slice()));
        assert_eq!(reader.zeros(10), Some(true));
        assert_eq!(reader.rest(), [0xee; 4]);
        assert_eq!(reader.zeros(1), Some(false));
    }

    #[test]
    fn what_is_not_there_is_not_taken() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u32(), None);
        assert_eq!(reader.bytes(usize::MAX), None);
        assert_eq!(reader.u16(), Some(0x0201));
        assert_eq!(reader.u16(), None);
        assert_eq!(reader.u8(), Some(3));
        assert_eq!(reader.zeros(0), Some(true));
    }
}
