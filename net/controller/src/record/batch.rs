//! The records of one command as one batch of the log: there wholly or not at all.

use super::MetadataRecord;
use super::decode::{RecordFault, decode};
use super::encode::encode;
use crate::image::ApplyFault;
use core::fmt;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, Timestamp};
use millstream_batch::{
    BatchBuilder, BatchError, BuilderOptions, CheckedBatch, DecompressLimit, Scratch,
};

/// The largest batch of the log: a command of ten thousand partitions needs less than one MiB, the
/// image of a cluster of a million partitions less than this.
pub const METADATA_BATCH_BYTES_MAX: usize = BATCH_BYTES_MAX;

/// Why a batch of the log cannot be carried out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReplayFault {
    /// The batch cannot be read.
    Batch(BatchError),
    /// A record cannot be read.
    Record {
        /// Where it is in the log.
        offset: Offset,
        /// Why.
        fault: RecordFault,
    },
    /// A record contradicts those before it.
    Apply {
        /// Where it is in the log.
        offset: Offset,
        /// How.
        fault: ApplyFault,
    },
}

/// The records as one batch, to be appended to the log at the time `now`.
///
/// # Errors
/// [`BatchError::Full`] for more than [`METADATA_BATCH_BYTES_MAX`], [`BatchError::Empty`] for none.
pub fn encode_batch(records: &[MetadataRecord], now: Timestamp) -> Result<Vec<u8>, BatchError> {
    let batch_bytes_max = METADATA_BATCH_BYTES_MAX;
    let options = BuilderOptions { batch_bytes_max, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    let mut value = Vec::new();
    for record in records {
        value.clear();
        encode(record, &mut value);
        builder.append(now, None, Some(&value), &[])?;
    }
    builder.finish().map(<[u8]>::to_vec)
}

/// The records of a batch of the log, each with its offset.
///
/// # Errors
/// [`ReplayFault::Batch`] and [`ReplayFault::Record`].
pub fn decode_batch(
    batch: &CheckedBatch<'_>,
) -> Result<Vec<(Offset, MetadataRecord)>, ReplayFault> {
    let mut scratch = Scratch::new();
    let mut records = Vec::new();
    for record in batch.records(DecompressLimit::DEFAULT, &mut scratch)? {
        let record = record?;
        let offset = record.offset();
        let decoded = decode(record.value().unwrap_or_default());
        let decoded = decoded.map_err(|fault| ReplayFault::Record { offset, fault })?;
        records.push((offset, decoded));
    }
    Ok(records)
}

impl From<BatchError> for ReplayFault {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

impl core::error::Error for ReplayFault {}

impl fmt::Display for ReplayFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the log __cluster_metadata cannot be followed: ")?;
        match self {
            Self::Batch(error) => write!(formatter, "{error}"),
            Self::Record { offset, fault } => write!(formatter, "record {offset}: {fault}"),
            Self::Apply { offset, fault } => write!(formatter, "record {offset}: {fault}"),
        }
    }
}
