//! The headers of a record (KIP-82): ordered, repeatable, keys that need not be text.

use core::fmt;

use crate::error::RecordFault;
use crate::record::read_nullable;
use crate::varint;

/// The least a header takes: two lengths.
const RECORD_HEADER_BYTES_MIN: usize = 2;

/// One header of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordHeader<'a> {
    /// The key: UTF-8 by Kafka's convention, any bytes in fact.
    pub key: &'a [u8],
    /// The value; `None` is not the same as empty.
    pub value: Option<&'a [u8]>,
}

/// The headers of one record in their order, doubles included. All of them are known to be
/// readable, so that iterating cannot fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordHeaders<'a> {
    rest: &'a [u8],
    count: usize,
}

impl RecordHeaders<'_> {
    /// How many headers are left.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether none is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'a> Iterator for RecordHeaders<'a> {
    type Item = RecordHeader<'a>;

    fn next(&mut self) -> Option<RecordHeader<'a>> {
        self.count = self.count.checked_sub(1)?;
        Some(read(&mut self.rest).expect("read_all has read it before"))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl ExactSizeIterator for RecordHeaders<'_> {}

impl fmt::Debug for RecordHeader<'_> {
    /// Sizes, never bytes: a payload must not reach a log line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordHeader")
            .field("key_bytes", &self.key.len())
            .field("value_bytes", &self.value.map(<[u8]>::len))
            .finish()
    }
}

impl fmt::Debug for RecordHeaders<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecordHeaders").field("count", &self.count).finish_non_exhaustive()
    }
}

/// Reads the count and all headers from the front of `rest`, and leaves what follows them.
pub(crate) fn read_all<'a>(rest: &mut &'a [u8]) -> Result<RecordHeaders<'a>, RecordFault> {
    let got = varint::read_i32(rest)?;
    let count = usize::try_from(got).map_err(|_| RecordFault::NegativeLength { got })?;
    let expected_max = rest.len() / RECORD_HEADER_BYTES_MIN;
    if count > expected_max {
        return Err(RecordFault::HeaderCount { got, expected_max });
    }
    let headers = RecordHeaders { rest, count };
    for _ in 0..count {
        read(rest)?;
    }
    Ok(headers)
}

fn read<'a>(rest: &mut &'a [u8]) -> Result<RecordHeader<'a>, RecordFault> {
    //= KIP-82: the key is never null.
    let key = read_nullable(rest)?.ok_or(RecordFault::NegativeLength { got: -1 })?;
    let value = read_nullable(rest)?;
    Ok(RecordHeader { key, value })
}
