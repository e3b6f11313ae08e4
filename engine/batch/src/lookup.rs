//! Finding a record by its time.

use millstream_base::{Offset, Timestamp};

use crate::checked::CheckedBatch;
use crate::codec::{DecompressLimit, Scratch};
use crate::error::BatchError;

/// A record found by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its offset.
    pub offset: Offset,
    /// Its time, at or after the wanted one.
    pub timestamp: Timestamp,
}

/// The first record of `batch`, in the order of the log, with a time at or after `wanted`.
///
/// A batch whose header says that all its records are older is not unpacked.
///
/// # Errors
/// [`BatchError::Codec`] or [`BatchError::Record`], as far as the payload had to be read.
pub fn find_timestamp(
    batch: &CheckedBatch<'_>,
    wanted: Timestamp,
    limit: DecompressLimit,
    scratch: &mut Scratch,
) -> Result<Option<Found>, BatchError> {
    if batch.max_timestamp() < wanted {
        return Ok(None);
    }
    for record in batch.records(limit, scratch)? {
        let record = record?;
        if record.timestamp() >= wanted {
            let (offset, timestamp) = (record.offset(), record.timestamp());
            return Ok(Some(Found { offset, timestamp }));
        }
    }
    Ok(None)
}
