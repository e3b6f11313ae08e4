//! Walking over the records of a payload.

use core::fmt;

use crate::attributes::TimestampType;
use crate::checked::CheckedBatch;
use crate::error::{BatchError, RecordFault};
use crate::record::{Record, RecordContext};

/// The records of one checked batch, in their order, read one by one without a copy.
///
/// Yields an error where the payload stops being what the header says, also for fewer or more
/// records than declared, and nothing after that: whoever iterates to the end without an error
/// has checked the whole payload. Offset deltas grow, and each leaves room for those after it:
/// where the header declares no gap, there is none.
#[derive(Clone)]
pub struct Records<'a> {
    context: RecordContext,
    payload_bytes: usize,
    rest: &'a [u8],
    count: u32,
    index: u32,
    offset_delta_min: u32,
    last_offset_delta: u32,
    is_done: bool,
}

impl<'a> Records<'a> {
    /// The records of `batch`, whose unpacked payload is `payload`.
    pub(crate) fn new(batch: &CheckedBatch<'_>, payload: &'a [u8]) -> Self {
        let append_time = match batch.timestamp_type() {
            TimestampType::Create => None,
            TimestampType::LogAppend => Some(batch.max_timestamp()),
        };
        let context = RecordContext {
            base_offset: batch.base_offset(),
            base_timestamp: batch.base_timestamp(),
            append_time,
        };
        assert!(batch.record_count() <= batch.next_offset_delta(), "checked");
        Self {
            context,
            payload_bytes: payload.len(),
            rest: payload,
            count: batch.record_count(),
            index: 0,
            offset_delta_min: 0,
            last_offset_delta: batch.last_offset_delta(),
            is_done: false,
        }
    }

    /// Size of all records, decompressed.
    #[must_use]
    pub const fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    fn fail(&mut self, fault: RecordFault, rest: &[u8]) -> BatchError {
        self.is_done = true;
        let position_bytes = self.payload_bytes - rest.len();
        BatchError::Record { index: self.index, position_bytes, fault }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let start = self.rest;
        if self.index == self.count {
            self.is_done = true;
            let fault = RecordFault::TrailingBytes { count: start.len() };
            return (!start.is_empty()).then(|| Err(self.fail(fault, start)));
        }
        let after_count = self.count - self.index - 1;
        let offset_delta_max = self.last_offset_delta - after_count;
        match self.context.read(&mut self.rest, self.offset_delta_min..=offset_delta_max) {
            Ok(record) => {
                self.index += 1;
                self.offset_delta_min = record.offset_delta() + 1;
                Some(Ok(record))
            }
            Err(fault) => Some(Err(self.fail(fault, start))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Never the declared count as a lower bound: a collector would reserve for it.
        let left = self.count - self.index;
        (0, usize::try_from(left).ok().and_then(|left| left.checked_add(1)))
    }
}

impl core::iter::FusedIterator for Records<'_> {}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Records")
            .field("payload_bytes", &self.payload_bytes)
            .field("count", &self.count)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
