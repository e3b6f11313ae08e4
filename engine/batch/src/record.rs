//! One record within a payload, without a copy.

use core::fmt;
use core::ops::RangeInclusive;

use millstream_base::{Offset, Timestamp};

use crate::error::RecordFault;
use crate::record_header::{self, RecordHeaders};
use crate::varint;

/// The least a record takes: its length, and six fields of a byte each.
pub(crate) const RECORD_BYTES_MIN: usize = 7;

/// A record whose fields all lie within its declared length; comes only out of
/// [`Records`](crate::Records). Borrows the payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    offset: Offset,
    offset_delta: u32,
    timestamp: Timestamp,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    headers: RecordHeaders<'a>,
}

impl<'a> Record<'a> {
    /// Its place in the log, as far as the batch's base offset is final.
    #[must_use]
    pub const fn offset(&self) -> Offset {
        self.offset
    }

    /// Its place in the batch, gaps of compaction counted.
    #[must_use]
    pub const fn offset_delta(&self) -> u32 {
        self.offset_delta
    }

    /// The producer's time, or the batch's where that has the time of the append (KIP-32).
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The key; `None` is not the same as empty.
    #[must_use]
    pub const fn key(&self) -> Option<&'a [u8]> {
        self.key
    }

    /// The value; `None` is a tombstone, and not the same as empty.
    #[must_use]
    pub const fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// The headers in their order, doubles included.
    #[must_use]
    pub const fn headers(&self) -> RecordHeaders<'a> {
        self.headers
    }
}

impl fmt::Debug for Record<'_> {
    /// Sizes, never bytes: a payload must not reach a log line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("offset", &self.offset.get())
            .field("timestamp", &self.timestamp.get())
            .field("key_bytes", &self.key.map(<[u8]>::len))
            .field("value_bytes", &self.value.map(<[u8]>::len))
            .field("header_count", &self.headers.len())
            .finish()
    }
}

/// What the batch says about each of its records.
#[derive(Clone, Copy)]
pub(crate) struct RecordContext {
    pub(crate) base_offset: Offset,
    pub(crate) base_timestamp: Timestamp,
    /// The one time of all records, if it is that of the append.
    pub(crate) append_time: Option<Timestamp>,
}

impl RecordContext {
    /// Reads the record at the front of `rest` and leaves what follows it. Its offset delta must
    /// lie in `offset_deltas`, whose end the batch's checker has found to be an offset.
    pub(crate) fn read<'a>(
        &self,
        rest: &mut &'a [u8],
        offset_deltas: RangeInclusive<u32>,
    ) -> Result<Record<'a>, RecordFault> {
        let got = varint::read_i32(rest)?;
        let size = usize::try_from(got).map_err(|_| RecordFault::NegativeLength { got })?;
        let (mut body, tail) = rest.split_at_checked(size).ok_or(RecordFault::Truncated)?;
        //= Kafka protocol guide, "Record": eight attribute bits, all unused, ignored by readers.
        let (_, after_attributes) = body.split_first().ok_or(RecordFault::Truncated)?;
        body = after_attributes;
        let timestamp_delta = varint::read_i64(&mut body)?;
        let got = varint::read_i32(&mut body)?;
        let offset_delta = check_offset_delta(got, offset_deltas)?;
        let key = read_nullable(&mut body)?;
        let value = read_nullable(&mut body)?;
        let headers = record_header::read_all(&mut body)?;
        if !body.is_empty() {
            return Err(RecordFault::UnusedBytes { count: body.len() });
        }
        *rest = tail;
        let offset = self.base_offset.checked_add(i64::from(offset_delta));
        let offset = offset.expect("the checker proved that the last offset exists");
        let timestamp = self.timestamp(timestamp_delta)?;
        Ok(Record { offset, offset_delta, timestamp, key, value, headers })
    }

    fn timestamp(&self, delta_ms: i64) -> Result<Timestamp, RecordFault> {
        match self.append_time {
            Some(append_time) => Ok(append_time),
            None => self.base_timestamp.checked_add_ms(delta_ms).ok_or(RecordFault::Timestamp),
        }
    }
}

fn check_offset_delta(got: i32, expected: RangeInclusive<u32>) -> Result<u32, RecordFault> {
    let (expected_min, expected_max) = expected.into_inner();
    u32::try_from(got)
        .ok()
        .filter(|delta| (expected_min..=expected_max).contains(delta))
        .ok_or(RecordFault::OffsetDelta { got, expected_min, expected_max })
}

/// Reads bytes behind their length; -1 is null.
pub(crate) fn read_nullable<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, RecordFault> {
    let got = varint::read_i32(rest)?;
    if got == -1 {
        return Ok(None);
    }
    let size = usize::try_from(got).map_err(|_| RecordFault::NegativeLength { got })?;
    let (bytes, tail) = rest.split_at_checked(size).ok_or(RecordFault::Truncated)?;
    *rest = tail;
    Ok(Some(bytes))
}
