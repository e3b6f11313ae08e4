//! Cutting runs of checked batches at their borders.

use millstream_base::Offset;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_batch::{BatchError, Batches, CheckOptions, CheckedBatch, HeaderView, Origin};
use millstream_io::Slice;

/// What the log accepts of itself.
pub(crate) const OWN_BATCHES: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };

/// The batches of bytes that the log wrote.
pub(crate) fn batches(
    bytes: &[u8],
) -> impl Iterator<Item = std::result::Result<CheckedBatch<'_>, BatchError>> {
    Batches::new(bytes, OWN_BATCHES)
}

/// Length and end of the batch at the front of bytes whose checksum was compared.
fn front(bytes: &[u8]) -> (usize, Offset) {
    let header = HeaderView::new(bytes).expect("checked stretches hold whole batches");
    let length = header.batch_bytes().expect("checked stretches hold whole batches");
    let delta = i64::from(header.last_offset_delta()) + 1;
    let next = header.base_offset().checked_add(delta).expect("assigned by the log");
    (length, next)
}

/// Drops the batches that end at or before `offset`.
pub(crate) fn cut_front(bytes: &Slice, offset: Offset) -> Slice {
    let mut start = 0;
    while start < bytes.len() {
        let (length, next) = front(&bytes[start..]);
        if next > offset {
            break;
        }
        start += length;
    }
    bytes.slice(start..bytes.len())
}

/// The batches at the front that fit into `bytes_max`, with the offset behind them; where
/// `at_least_one`, the first batch even if it alone is larger. `None` if there is none.
pub(crate) fn cut_to_size(
    bytes: &Slice,
    bytes_max: usize,
    at_least_one: bool,
) -> Option<(Slice, Offset)> {
    let mut end = 0;
    let mut end_offset = None;
    while end < bytes.len() {
        let (length, next) = front(&bytes[end..]);
        let is_forced = at_least_one && end == 0;
        if end + length > bytes_max && !is_forced {
            break;
        }
        end += length;
        end_offset = Some(next);
    }
    end_offset.map(|offset| (bytes.slice(0..end), offset))
}
