//! Batches that cannot be stored as they came.

use crate::error::ProduceError;
use crate::options::ReplicaOptions;
use millstream_batch::{
    BatchBuilder, BuilderOptions, CheckedBatch, DecompressLimit, Producer, RecordHeader, Scratch,
    TimestampType,
};

/// Whether a batch must be packed anew: for another codec than the topic's, or since its writer
/// left the latest time out of the header, without which nobody finds its records by time.
pub(super) fn needs_rebuild(batch: &CheckedBatch<'_>, options: &ReplicaOptions) -> bool {
    let is_other_codec = options.compression.is_some_and(|wanted| wanted != batch.compression());
    let is_own_time = options.timestamp_type == TimestampType::Create;
    let is_unmarked = is_own_time && batch.max_timestamp() < batch.base_timestamp();
    is_other_codec || is_unmarked
}

/// The same records, by the same producer, in the topic's codec or their own.
pub(super) fn rebuild(
    batch: &CheckedBatch<'_>,
    options: &ReplicaOptions,
) -> Result<Vec<u8>, ProduceError> {
    let producer = batch.producer_id().is_some().then(|| Producer {
        id: batch.producer_id(),
        epoch: batch.producer_epoch(),
        base_sequence: batch.base_sequence(),
    });
    let limit = DecompressLimit::DEFAULT;
    let mut scratch = Scratch::new();
    let records = batch.records(limit, &mut scratch)?;
    let batch_bytes_max = options.batch_bytes_max.max(records.payload_bytes() * 2 + 1024);
    let mut builder = BatchBuilder::new(BuilderOptions {
        batch_bytes_max: batch_bytes_max.min(i32::MAX as usize),
        compression: options.compression.unwrap_or(batch.compression()),
        producer,
        ..BuilderOptions::default()
    });
    for record in records {
        let record = record?;
        let headers: Vec<RecordHeader<'_>> = record.headers().into_iter().collect();
        builder.append(record.timestamp(), record.key(), record.value(), &headers)?;
    }
    let rebuilt = builder.finish()?;
    let (got_bytes, bytes_max) = (rebuilt.len(), options.batch_bytes_max);
    if got_bytes > bytes_max {
        return Err(ProduceError::TooLarge { got_bytes, bytes_max });
    }
    Ok(rebuilt.to_vec())
}
