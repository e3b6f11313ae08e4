//! The time at which a batch was sent, within the batch.

use millstream_base::Instant;
use millstream_batch::patch::reseal;
use millstream_io::{Buffer, Io, Slice};
use std::time::Duration;

/// Bytes of a stamp: the sender's monotonic clock in nanoseconds, which the reader shares.
pub(crate) const STAMP_BYTES: usize = 8;

/// The time that stamps are compared with.
pub(crate) fn now(io: &Io) -> Instant {
    io.now()
}

/// A copy of a batch in which something was changed, with the right checksum.
pub(crate) fn changed(io: &Io, batch: &Slice, change: impl FnOnce(&mut [u8])) -> Slice {
    let pooled = io.buffers().buffer(batch.len());
    let mut copy = pooled.unwrap_or_else(|_| Buffer::unpooled(batch.len()));
    copy.copy_from_slice(batch);
    change(&mut copy);
    reseal(&mut copy);
    copy.freeze()
}

/// Puts `at` into the first record, `position` bytes from the beginning of its batch.
pub(crate) fn put(batch: &mut [u8], position: usize, at: Instant) {
    batch[position..position + STAMP_BYTES].copy_from_slice(&at.get().to_be_bytes());
}

/// How long ago a batch was sent, if it says so.
pub(crate) fn age(batch: &[u8], position: usize, now: Instant) -> Option<Duration> {
    let stamp: &[u8; STAMP_BYTES] = batch.get(position..)?.first_chunk()?;
    let sent = Instant::new(u64::from_be_bytes(*stamp));
    Some(now - sent)
}
