//! What a topic's configurations demand of each record.

use crate::error::ProduceError;
use crate::options::ReplicaOptions;
use millstream_base::Timestamp;
use millstream_base::limits::REFUSED_RECORDS_MAX;
use millstream_batch::{CheckedBatch, DecompressLimit, Scratch, TimestampType};

/// The times that a record may have.
struct Bounds {
    min: Timestamp,
    max: Timestamp,
}

/// Checks keys and times, and reads the records only where a configuration needs that.
///
/// A header declares its first and its latest time, which is enough to see what lies ahead of the
/// clock. Only a limit on what lies behind it must look at each record; Kafka's default is none.
pub(super) fn check_records(
    batch: &CheckedBatch<'_>,
    options: &ReplicaOptions,
    now: Timestamp,
) -> Result<(), ProduceError> {
    let is_own_time = options.timestamp_type == TimestampType::Create;
    //= KIP-32: a producer does not speak for the broker's clock.
    if is_own_time && batch.timestamp_type() == TimestampType::LogAppend {
        return Err(ProduceError::AppendTime);
    }
    let bounds = is_own_time.then(|| Bounds::new(options, now));
    if let Some(bounds) = &bounds {
        bounds.check_header(batch)?;
    }
    let deep = bounds.filter(|_| options.timestamp_before_max_ms < i64::MAX);
    if !options.is_compacted && deep.is_none() {
        return Ok(());
    }
    let mut keyless = Vec::new();
    let mut late = Vec::new();
    let mut first_late = Timestamp::NONE;
    let mut scratch = Scratch::new();
    for record in batch.records(DecompressLimit::DEFAULT, &mut scratch)? {
        let record = record?;
        if options.is_compacted && record.key().is_none() {
            push(&mut keyless, record.offset_delta());
        }
        if deep.as_ref().is_some_and(|bounds| !bounds.hold(record.timestamp())) {
            first_late = if late.is_empty() { record.timestamp() } else { first_late };
            push(&mut late, record.offset_delta());
        }
    }
    if !keyless.is_empty() {
        return Err(ProduceError::Keyless { indexes: keyless });
    }
    match deep {
        Some(bounds) if !late.is_empty() => Err(bounds.refuse(first_late, late)),
        _ => Ok(()),
    }
}

fn push(indexes: &mut Vec<u32>, index: u32) {
    if indexes.len() < REFUSED_RECORDS_MAX {
        indexes.push(index);
    }
}

impl Bounds {
    fn new(options: &ReplicaOptions, now: Timestamp) -> Self {
        let min = now.get().saturating_sub(options.timestamp_before_max_ms);
        let max = now.get().saturating_add(options.timestamp_after_max_ms);
        Self { min: Timestamp::new(min), max: Timestamp::new(max) }
    }

    fn check_header(&self, batch: &CheckedBatch<'_>) -> Result<(), ProduceError> {
        let latest = batch.max_timestamp().max(batch.base_timestamp());
        if latest > self.max { Err(self.refuse(latest, Vec::new())) } else { Ok(()) }
    }

    /// A record without a time is as old as can be, and nobody minds.
    fn hold(&self, timestamp: Timestamp) -> bool {
        timestamp == Timestamp::NONE || (self.min..=self.max).contains(&timestamp)
    }

    fn refuse(&self, got: Timestamp, indexes: Vec<u32>) -> ProduceError {
        ProduceError::Timestamp { indexes, got, min: self.min, max: self.max }
    }
}
