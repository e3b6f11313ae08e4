//! Record batches that lie in memory for whoever fetches.

use crate::failure::Failure;
use millstream_base::limits::REGION_BYTES;
use millstream_base::{Offset, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions};
use millstream_io::{Io, Slice};

/// Regions of batches: more than the caches of most processors, as a broker's tail.
const REGION_COUNT: usize = 16;
const BATCH_BYTES_MAX: usize = 16 << 10;
const RECORD_BYTES: usize = 1000;

/// Batches of equal size, with offsets from 0 on. Behind the last one comes the first again.
pub(super) struct Prepared {
    regions: Vec<Slice>,
    batch_bytes: usize,
    records_per_batch: u64,
}

impl Prepared {
    pub(super) fn make(io: &Io) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("batches: {error}"));
        let mut regions = Vec::new();
        let mut next_offset = 0_u64;
        let (mut batch_bytes, mut records_per_batch) = (0, 0);
        for _ in 0..REGION_COUNT {
            let mut region = io.buffers().region().map_err(|error| failed(&error))?;
            let mut filled_bytes = 0;
            loop {
                let (batch, count) = batch(next_offset).map_err(|error| failed(&error))?;
                if filled_bytes + batch.len() > REGION_BYTES {
                    break;
                }
                region[filled_bytes..filled_bytes + batch.len()].copy_from_slice(&batch);
                filled_bytes += batch.len();
                next_offset += count;
                (batch_bytes, records_per_batch) = (batch.len(), count);
            }
            region.truncate(filled_bytes);
            regions.push(region.freeze());
        }
        Ok(Self { regions, batch_bytes, records_per_batch })
    }

    /// Whole batches from an offset on, at least one, of at most about `bytes_max`.
    pub(super) fn from(&self, offset: u64, bytes_max: usize) -> Vec<Slice> {
        let per_region = self.regions[0].len() / self.batch_bytes;
        let total_count = (per_region * self.regions.len()) as u64;
        let index = (offset / self.records_per_batch) % total_count;
        let mut index = usize::try_from(index).expect("below the number of batches");
        let mut left_count = (bytes_max / self.batch_bytes).max(1);
        let mut slices = Vec::new();
        while left_count > 0 && index < per_region * self.regions.len() {
            let within = index % per_region;
            let count = left_count.min(per_region - within);
            let bytes = within * self.batch_bytes..(within + count) * self.batch_bytes;
            slices.push(self.regions[index / per_region].slice(bytes));
            index += count;
            left_count -= count;
        }
        slices
    }
}

/// A batch that begins at an offset, and how many records it has.
fn batch(base_offset: u64) -> Result<(Vec<u8>, u64), millstream_batch::BatchError> {
    let base_offset = Offset::new(i64::try_from(base_offset).expect("few are prepared"));
    let options =
        BuilderOptions { batch_bytes_max: BATCH_BYTES_MAX, base_offset, ..Default::default() };
    let mut builder = BatchBuilder::new(options);
    let value = [0x5a; RECORD_BYTES];
    let mut count = 0;
    while builder.append(Timestamp::new(0), None, Some(&value), &[]).is_ok() {
        count += 1;
    }
    Ok((builder.finish()?.to_vec(), count))
}
