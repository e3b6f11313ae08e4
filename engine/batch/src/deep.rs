//! Checking what the header only declares, by reading every record.

use millstream_base::{Offset, Timestamp};

use crate::checked::CheckedBatch;
use crate::codec::{DecompressLimit, Scratch};
use crate::error::BatchError;

/// What the records of a batch turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// How many records there are, as declared.
    pub record_count: u32,
    /// Size of all records, decompressed.
    pub payload_bytes: usize,
    /// The latest time and the first record that has it; `None` without records. The header's
    /// maximum need not agree: some clients leave it at 0.
    pub latest: Option<(Timestamp, Offset)>,
}

/// Unpacks `batch` and reads every record: their number, sizes and fields agree with the header,
/// and their offset deltas grow to no more than the header's last; where the header declares no
/// gap, there is none.
///
/// Costs the decompression and a pass over the payload: for what must know (compaction,
/// conversion, an inspection), not for each append.
///
/// # Errors
/// [`BatchError::Codec`] or [`BatchError::Record`].
pub fn check_deep(
    batch: &CheckedBatch<'_>,
    limit: DecompressLimit,
    scratch: &mut Scratch,
) -> Result<Content, BatchError> {
    let records = batch.records(limit, scratch)?;
    let payload_bytes = records.payload_bytes();
    let mut latest: Option<(Timestamp, Offset)> = None;
    let mut record_count = 0;
    for record in records {
        let record = record?;
        if latest.is_none_or(|(timestamp, _)| record.timestamp() > timestamp) {
            latest = Some((record.timestamp(), record.offset()));
        }
        record_count += 1;
    }
    assert_eq!(record_count, batch.record_count(), "the iterator compares the count");
    Ok(Content { record_count, payload_bytes, latest })
}
