//! From bytes to a batch: the only way to a [`CheckedBatch`].

use millstream_base::crc;

use crate::checked::CheckedBatch;
use crate::codec::Compression;
use crate::error::BatchError;
use crate::header::{CRC_COVERED, HEADER_BYTES, HeaderView, MAGIC, MAGIC_AT};
use crate::record::RECORD_BYTES_MIN;

/// What a reader permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Size of the largest batch, header included.
    pub batch_bytes_max: usize,
    /// Who wrote it.
    pub origin: Origin,
}

/// Who wrote a batch, and so what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client: at least one record, offsets without a gap, neither control batches nor delete
    /// horizons.
    Producer,
    /// A log: compaction leaves gaps, and batches without any record that remember a producer's
    /// last sequence; coordinators write control batches.
    Log,
}

/// Checks that `bytes` are exactly one batch: length, magic, CRC, known attributes, and header
/// fields that agree with each other. Reads the bytes once, for the CRC; records are not parsed
/// (see [`check_deep`](crate::check_deep)).
///
/// Base offset and leader epoch are not under the CRC, since the broker sets them. A flipped bit
/// there shows only where it makes the offset impossible; formats that store batches protect them
/// by a checksum of their own.
///
/// # Errors
/// What is wrong first, in the order of the list above.
pub fn check(bytes: &[u8], options: CheckOptions) -> Result<CheckedBatch<'_>, BatchError> {
    check_magic(bytes)?;
    let header = HeaderView::new(bytes)?;
    let expected_bytes = header.batch_bytes()?;
    let got_bytes = bytes.len();
    if expected_bytes > options.batch_bytes_max {
        let bytes_max = options.batch_bytes_max;
        return Err(BatchError::TooLarge { got_bytes: expected_bytes, bytes_max });
    }
    if got_bytes < expected_bytes {
        return Err(BatchError::Truncated { expected_bytes, got_bytes });
    }
    if got_bytes > expected_bytes {
        return Err(BatchError::TrailingBytes { expected_bytes, got_bytes });
    }
    let got = crc::crc32c(&bytes[CRC_COVERED..]);
    if got != header.crc() {
        return Err(BatchError::Checksum { got, expected: header.crc() });
    }
    check_attributes(&header, options.origin)?;
    check_counts(&header, got_bytes - HEADER_BYTES, options.origin)?;
    check_producer(&header)?;
    Ok(CheckedBatch::new(bytes, header))
}

/// Before the rest of the header, since a batch of Kafka's older formats may be shorter than ours.
fn check_magic(bytes: &[u8]) -> Result<(), BatchError> {
    match bytes.get(MAGIC_AT) {
        Some(&magic) if magic.cast_signed() != MAGIC => {
            Err(BatchError::Magic { got: magic.cast_signed() })
        }
        _ => Ok(()),
    }
}

fn check_attributes(header: &HeaderView<'_>, origin: Origin) -> Result<(), BatchError> {
    let attributes = header.attributes();
    attributes.check()?;
    if origin == Origin::Log {
        return Ok(());
    }
    //= KIP-98, KIP-534: only coordinators write control batches, only compaction delete horizons.
    if attributes.is_control() {
        return Err(BatchError::ControlFromProducer);
    }
    if attributes.has_delete_horizon() {
        return Err(BatchError::DeleteHorizonFromProducer);
    }
    Ok(())
}

fn check_counts(
    header: &HeaderView<'_>,
    payload_bytes: usize,
    origin: Origin,
) -> Result<(), BatchError> {
    let record_count = header.record_count();
    let expected_min = i32::from(origin == Origin::Producer);
    let expected_max = match header.attributes().compression()? {
        Compression::None => payload_bytes / RECORD_BYTES_MIN,
        // What it expands to is known only when it is unpacked.
        _ => usize::MAX,
    };
    let expected_max = i32::try_from(expected_max).unwrap_or(i32::MAX);
    if !(expected_min..=expected_max).contains(&record_count) {
        return Err(BatchError::RecordCount { got: record_count, expected_min, expected_max });
    }
    let got = header.last_offset_delta();
    // In i64: a count of 0 gives -1.
    let dense_delta = i64::from(record_count) - 1;
    let is_possible = match origin {
        Origin::Producer => i64::from(got) == dense_delta,
        Origin::Log => got >= 0 && i64::from(got) >= dense_delta,
    };
    if !is_possible {
        return Err(BatchError::LastOffsetDelta { got, record_count });
    }
    // One more than the last must be an offset too: it is where the next batch begins.
    let base_offset = header.base_offset();
    let next_offset = base_offset.checked_add(i64::from(got) + 1);
    if base_offset.get() < 0 || next_offset.is_none() {
        return Err(BatchError::BaseOffset { got: base_offset, last_offset_delta: got });
    }
    Ok(())
}

fn check_producer(header: &HeaderView<'_>) -> Result<(), BatchError> {
    let (id, epoch) = (header.producer_id(), header.producer_epoch());
    let sequence = header.base_sequence();
    let attributes = header.attributes();
    if id.get() == -1 {
        // Epoch and sequence are not looked at: some clients leave zeros there.
        return match attributes.is_transactional() {
            true => Err(BatchError::TransactionWithoutProducer),
            false => Ok(()),
        };
    }
    //= KIP-98: control batches carry the producer's id and epoch, and no sequence.
    let has_sequence = sequence.get() >= 0 || attributes.is_control();
    if id.get() < 0 || epoch.get() < 0 || !has_sequence {
        return Err(BatchError::Producer { id, epoch, sequence });
    }
    Ok(())
}
