//! Checksums over whole batches that do not read their records again.
//!
//! A checked batch carries the CRC-32C of nearly all of its bytes. What covers it as a part of
//! something larger, as a frame of the journal does, follows from that sum by arithmetic. Should
//! bytes have changed in memory since they were checked, the sum is that of what they were before:
//! whoever reads them back finds the fault. A sum computed anew would have sealed it in.

use crate::header::{CRC_COVERED, HeaderView};
use millstream_base::crc::{combine, crc32c_append};

/// From this size on arithmetic is cheaper than reading: it takes as long as a few hundred bytes.
const COMBINED_BYTES_MIN: usize = 1024;

/// The CRC-32C of what has the sum `seed_crc` and is followed by `batches`, which are checked
/// batches one behind the other, or their copies as [`patch`](crate::patch) leaves them.
#[must_use]
pub fn extend(seed_crc: u32, mut batches: &[u8]) -> u32 {
    let mut sum = seed_crc;
    while let Some((batch, rest)) = split_batch(batches) {
        sum = extend_by_one(sum, batch);
        batches = rest;
    }
    crc32c_append(sum, batches)
}

/// The first batch, if its length makes sense; else what is there is read as bytes.
fn split_batch(batches: &[u8]) -> Option<(&[u8], &[u8])> {
    let batch_bytes = HeaderView::new(batches).ok()?.batch_bytes().ok()?;
    batches.split_at_checked(batch_bytes)
}

fn extend_by_one(seed_crc: u32, batch: &[u8]) -> u32 {
    let (head, covered) = batch.split_at(CRC_COVERED);
    let covered_bytes = u32::try_from(covered.len());
    match (HeaderView::new(batch), covered_bytes) {
        (Ok(header), Ok(covered_bytes)) if covered.len() >= COMBINED_BYTES_MIN => {
            combine(crc32c_append(seed_crc, head), header.crc(), covered_bytes)
        }
        _ => crc32c_append(seed_crc, batch),
    }
}

#[cfg(test)]
mod tests {
    use super::extend;
    use crate::{BatchBuilder, BuilderOptions, patch};
    use millstream_base::crc::crc32c_append;
    use millstream_base::{LeaderEpoch, Offset, Timestamp};

    fn batch(value_bytes: usize) -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions::default());
        let value = vec![0xa5; value_bytes];
        builder.append(Timestamp::new(7), None, Some(&value), &[]).unwrap();
        builder.finish().unwrap().to_vec()
    }

    #[test]
    fn batches_of_all_sizes_have_the_sum_of_their_bytes() {
        let mut all = Vec::new();
        for value_bytes in [0, 1, 900, 1000, 1024, 5000, 70_000] {
            let mut batch = batch(value_bytes);
            patch::assign(&mut batch, Offset::new(1 << 40), LeaderEpoch::new(3));
            assert_eq!(extend(9, &batch), crc32c_append(9, &batch), "{value_bytes} bytes");
            patch::assign_append_time(&mut batch, Timestamp::new(8));
            assert_eq!(extend(9, &batch), crc32c_append(9, &batch), "{value_bytes} bytes, stamped");
            all.extend(batch);
        }
        assert_eq!(extend(0, &all), crc32c_append(0, &all));
    }

    #[test]
    fn what_changed_in_memory_is_not_sealed_in() {
        let mut batch = batch(5000);
        let sum = extend(0, &batch);
        batch[3000] ^= 1;
        assert_eq!(extend(0, &batch), sum);
        assert_ne!(crc32c_append(0, &batch), sum, "whoever reads them back finds the fault");
    }

    #[test]
    fn bytes_that_are_no_batch_are_read() {
        let batch = batch(5000);
        for cut in [0, 5, 60, 61, 4000] {
            assert_eq!(extend(1, &batch[..cut]), crc32c_append(1, &batch[..cut]), "{cut} bytes");
        }
    }
}
