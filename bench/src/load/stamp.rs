//! The time at which a batch was sent, within the batch.

use millstream_base::Instant;
use millstream_batch::patch::reseal;
use millstream_io::{Io, Slice};
use std::time::Duration;

/// Bytes of a stamp: the sender's monotonic clock in nanoseconds, which the reader shares.
pub(crate) const STAMP_BYTES: usize = 8;

/// The time that stamps are compared with.
pub(crate) fn now(io: &Io) -> Instant {
    io.now()
}

/// A copy of a batch that carries `at` in its first record, `position` bytes from its beginning.
pub(crate) fn put(io: &Io, batch: &Slice, position: usize, at: Instant) -> Slice {
    let Ok(mut copy) = io.buffers().buffer(batch.len()) else { return batch.clone() };
    copy.copy_from_slice(batch);
    copy[position..position + STAMP_BYTES].copy_from_slice(&at.get().to_be_bytes());
    reseal(&mut copy);
    copy.freeze()
}

/// How long ago a batch was sent, if it says so.
pub(crate) fn age(batch: &[u8], position: usize, now: Instant) -> Option<Duration> {
    let stamp: &[u8; STAMP_BYTES] = batch.get(position..)?.first_chunk()?;
    let sent = Instant::new(u64::from_be_bytes(*stamp));
    Some(now - sent)
}
