//! Reading: by reference from the tail, or from segments by direct reads.

use super::Engine;
use crate::error::{LogError, Result};
use crate::segment::span::{cut_front, cut_to_size};
use millstream_base::limits::{BATCH_UNPACKED_BYTES_MAX, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Timestamp};
use millstream_batch::{DecompressLimit, Scratch};
use millstream_io::Slice;

/// How much a read may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// Bytes at most; but always at least one batch, as Kafka has it (KIP-74).
    pub bytes_max: usize,
}

/// What a read gave. The batches are in the list that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// The offset to go on from.
    pub next_offset: Offset,
    /// Bytes of batches.
    pub bytes: usize,
    /// Whether they came from memory, by reference.
    pub is_tail: bool,
}

impl Engine {
    /// Reads whole batches from `offset` on, from the one that holds it, as far as they are stable.
    /// Adds to `into`; nothing at the end of the log.
    ///
    /// From the tail without a copy and, if `into` has room, without an allocation; from segments
    /// by a direct read whose checksums are compared. Each slice holds whole batches.
    ///
    /// # Errors
    /// [`LogError::OutOfRange`]; [`LogError::Quarantined`] where the bytes are damaged;
    /// [`LogError::UnknownPartition`]; [`LogError::Io`]; [`LogError::Busy`] if memory is spent.
    pub async fn read(
        &self,
        partition: PartitionId,
        offset: Offset,
        limit: ReadLimit,
        into: &mut Vec<Slice>,
    ) -> Result<Fetched> {
        if let Some(fetched) = self.read_tail(partition, offset, limit, into)? {
            return Ok(fetched);
        }
        loop {
            let plan = self.inner.plan_disk(partition, offset, limit.bytes_max).await?;
            if let Some(fetched) = self.read_tail(partition, offset, limit, into)? {
                return Ok(fetched);
            }
            let read = plan.submit(&self.inner, false)?;
            let result = self.inner.finish_disk(read, limit, into).await;
            // The segment may have gone to retention meanwhile: then the range check says so.
            match result {
                Err(LogError::Quarantined { .. }) if self.inner.has_gone(partition, offset) => {}
                result => return result,
            }
        }
    }

    /// As [`Engine::read`], but only from memory and at once: `None` if a segment must be read.
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub fn read_tail(
        &self,
        partition: PartitionId,
        offset: Offset,
        limit: ReadLimit,
        into: &mut Vec<Slice>,
    ) -> Result<Option<Fetched>> {
        let state = self.inner.state.borrow();
        let found = state.partition(partition)?;
        if offset < found.start() || offset > found.stable() {
            return Err(LogError::OutOfRange {
                offset,
                start_offset: found.start(),
                end_offset: found.stable(),
            });
        }
        if let Some((first_offset, next_offset)) = found.quarantined(offset) {
            return Err(LogError::Quarantined { partition, first_offset, next_offset });
        }
        let mut fetched = Fetched { next_offset: offset, bytes: 0, is_tail: true };
        if offset == found.stable() {
            return Ok(Some(fetched));
        }
        if found.tail.first_offset().is_none_or(|first| first > offset) {
            return Ok(None);
        }
        let copies = offset < found.settled() && self.inner.are_too_many_pinned(&state);
        if copies {
            // Slow readers hold enough of the tail already: this one is served from disk.
            return Ok(None);
        }
        let mut items = found.tail.from(offset).peekable();
        if let Some(first) = items.peek() {
            state.tail_demand.note(state.ledger.lag_bytes(first.sequence));
        }
        for item in items {
            let mut bytes = item.bytes.clone();
            if item.first_offset < offset {
                bytes = cut_front(&bytes, offset);
            }
            let left_bytes = limit.bytes_max.saturating_sub(fetched.bytes);
            let is_first = fetched.bytes == 0;
            let (bytes, next_offset) = if bytes.len() <= left_bytes {
                (bytes, item.next_offset)
            } else {
                match cut_to_size(&bytes, left_bytes, is_first) {
                    Some(cut) => cut,
                    None => break,
                }
            };
            fetched.bytes += bytes.len();
            fetched.next_offset = next_offset;
            into.push(bytes);
            if next_offset < item.next_offset || fetched.bytes >= limit.bytes_max {
                break;
            }
        }
        Ok(Some(fetched))
    }

    /// The first offset whose record has a timestamp of at least `timestamp`, with that record's
    /// timestamp, or `None` if all are older (Kafka's `ListOffsets` by time).
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub async fn find_timestamp(
        &self,
        partition: PartitionId,
        timestamp: Timestamp,
    ) -> Result<Option<(Offset, Timestamp)>> {
        let mut offset = self.inner.timestamp_start(partition, timestamp).await?;
        let mut slices = Vec::new();
        let limit = ReadLimit { bytes_max: REGION_BYTES / 2 };
        loop {
            slices.clear();
            let fetched = self.read(partition, offset, limit, &mut slices).await?;
            if fetched.bytes == 0 {
                return Ok(None);
            }
            for slice in &slices {
                if let Some(found) = find_in(slice, offset, timestamp)? {
                    return Ok(Some(found));
                }
            }
            offset = fetched.next_offset;
        }
    }
}

impl Engine {
    /// The latest timestamp that the headers of stable batches declare; `None` in an empty log. Of
    /// a segment that the log's start has cut, what was cut off counts too.
    ///
    /// # Errors
    /// [`LogError::UnknownPartition`].
    pub fn max_timestamp(&self, partition: PartitionId) -> Result<Option<Timestamp>> {
        let state = self.inner.state.borrow();
        let found = state.partition(partition)?;
        let settled = found.segments.iter().filter(|segment| segment.next > found.start());
        let settled = settled.map(|segment| segment.max_timestamp);
        let tail = found.tail.from(found.tail_start()).map(|item| item.max_timestamp);
        Ok(settled.chain(tail).max().filter(|_| found.start() < found.stable()))
    }
}

fn find_in(
    bytes: &[u8],
    from: Offset,
    timestamp: Timestamp,
) -> Result<Option<(Offset, Timestamp)>> {
    for batch in crate::segment::span::batches(bytes) {
        let batch = batch?;
        if batch.max_timestamp() < timestamp || batch.next_offset() <= from {
            continue;
        }
        let limit = DecompressLimit::new(BATCH_UNPACKED_BYTES_MAX);
        // Not the batch's own first match, which may lie before `from` and hide one behind it.
        for record in batch.records(limit, &mut Scratch::default())? {
            let record = record?;
            if record.offset() >= from && record.timestamp() >= timestamp {
                return Ok(Some((record.offset(), record.timestamp())));
            }
        }
    }
    Ok(None)
}
