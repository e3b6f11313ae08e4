//! Batches that can be told apart, and what is remembered of one.

use millstream_base::{LeaderEpoch, Random, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, CheckOptions, CheckedBatch, Origin, check, patch,
};

/// The largest batch of any workload.
pub(crate) const BATCH_BYTES_MAX: usize = 5 << 20;

const FROM_PRODUCER: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Producer };
/// For batches that the log gave back.
pub(crate) const FROM_LOG: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };

/// What tells a batch from every other one, all records included: its checksum covers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) crc: u32,
    pub(crate) length_bytes: usize,
    pub(crate) record_count: u32,
    pub(crate) leader_epoch: LeaderEpoch,
}

impl Fingerprint {
    pub(crate) fn of(batch: &CheckedBatch<'_>) -> Self {
        Self {
            crc: batch.crc(),
            length_bytes: batch.bytes().len(),
            record_count: batch.record_count(),
            leader_epoch: batch.leader_epoch(),
        }
    }
}

/// The times of a batch's records: the first, and what lies between two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) first: Timestamp,
    pub(crate) step_ms: i64,
}

impl Times {
    /// The time of the record with this number.
    pub(crate) fn at(&self, index: u32) -> Timestamp {
        Timestamp::new(self.first.get() + i64::from(index) * self.step_ms)
    }
}

/// A batch as a producer sends it.
pub(crate) struct Parcel {
    bytes: Vec<u8>,
    pub(crate) times: Times,
}

impl Parcel {
    /// Batch number `id`, of about `size_bytes` in some records.
    pub(crate) fn build(id: u64, size_bytes: usize, times: Times, random: &mut Random) -> Self {
        let options =
            BuilderOptions { batch_bytes_max: BATCH_BYTES_MAX, ..BuilderOptions::default() };
        let mut builder = BatchBuilder::new(options);
        let record_count = 1 + u32::try_from(random.below(6)).expect("small");
        let value_bytes = (size_bytes / record_count as usize).max(12);
        for index in 0..record_count {
            let word = (id << 8 | u64::from(index)).to_le_bytes();
            let mut value = word.repeat(value_bytes.div_ceil(word.len()));
            value.truncate(value_bytes);
            builder.append(times.at(index), None, Some(&value), &[]).expect("within the limit");
        }
        let bytes = builder.finish().expect("has records").to_vec();
        Self { bytes, times }
    }

    pub(crate) fn checked(&self) -> CheckedBatch<'_> {
        check(&self.bytes, FROM_PRODUCER).expect("built right")
    }

    /// What the log will hold of it.
    pub(crate) fn fingerprint(
        &self,
        leader_epoch: LeaderEpoch,
        append_time: Option<Timestamp>,
    ) -> Fingerprint {
        let mut bytes = self.bytes.clone();
        if let Some(append_time) = append_time {
            patch::assign_append_time(&mut bytes, append_time);
        }
        let batch = check(&bytes, FROM_LOG).expect("patched right");
        Fingerprint { leader_epoch, ..Fingerprint::of(&batch) }
    }

    /// The times of the records as the log will have them.
    pub(crate) fn times_after(&self, append_time: Option<Timestamp>) -> Times {
        append_time.map_or(self.times, |first| Times { first, step_ms: 0 })
    }
}
