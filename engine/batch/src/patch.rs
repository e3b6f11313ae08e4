//! What is changed in a batch in place: by a broker on append, and by who sends one many times.

use millstream_base::{LeaderEpoch, Offset, Timestamp};

use crate::Producer;
use crate::attributes::TimestampType;
use crate::header::{self, HEADER_BYTES, HeaderView};

/// Sets the base offset and the leader epoch of the batch that begins at `batch`.
///
/// Both lie outside the CRC, which stays right. That the last offset exists is the caller's to
/// know; `batch` must be the bytes of a [`CheckedBatch`](crate::CheckedBatch), or their copy.
pub fn assign(batch: &mut [u8], base_offset: Offset, leader_epoch: LeaderEpoch) {
    assert!(batch.len() >= HEADER_BYTES, "a checked batch has a header");
    assert!(base_offset.get() >= 0, "no batch is appended before offset 0");
    header::write_base_offset(batch, base_offset);
    header::write_leader_epoch(batch, leader_epoch);
}

/// Sets the time of the append as the time of all records (KIP-32, `LogAppendTime`).
///
/// Lies under the CRC, which is computed anew: `batch` must be exactly the bytes of a
/// [`CheckedBatch`](crate::CheckedBatch), or their copy, for otherwise a fault would be sealed in.
pub fn assign_append_time(batch: &mut [u8], append_time: Timestamp) {
    let view = HeaderView::new(batch).expect("a checked batch has a header");
    assert_eq!(view.batch_bytes(), Ok(batch.len()), "exactly one batch");
    let attributes = view.attributes().with_timestamp_type(TimestampType::LogAppend);
    header::write_attributes(batch, attributes);
    header::write_max_timestamp(batch, append_time);
    header::write_crc(batch);
}

/// Says who produced the batch, and its place among that producer's (KIP-98).
///
/// Lies under the CRC: [`reseal`] it after this.
pub fn assign_producer(batch: &mut [u8], producer: Producer) {
    assert!(batch.len() >= HEADER_BYTES, "a batch has a header");
    header::write_producer(batch, producer);
}

/// Computes the CRC anew after bytes of the records were changed in place, their number and lengths
/// kept. `batch` must be exactly one batch.
pub fn reseal(batch: &mut [u8]) {
    let view = HeaderView::new(batch).expect("a batch has a header");
    assert_eq!(view.batch_bytes(), Ok(batch.len()), "exactly one batch");
    header::write_crc(batch);
}
