//! Making a segment's index again from its batches.

use super::index::{IndexEntry, stretch_crc};
use super::span::OWN_BATCHES;
use crate::run::STRETCH_BYTES;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Position, Timestamp};
use millstream_batch::split_first;

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The stretches, in order.
    pub entries: Vec<IndexEntry>,
    /// The offset behind them.
    pub next_offset: Offset,
}

/// Follows the batches in `bytes`, which were read at `from` in the segment file, from the one with
/// offset `expected` on. Anything else is passed over block by block.
#[must_use]
pub fn walk(
    partition: PartitionId,
    segment: Offset,
    from: Position,
    bytes: &[u8],
    expected: Offset,
) -> Walk {
    let mut entries = Vec::new();
    let mut next_offset = expected;
    let mut start = 0;
    let mut at = 0;
    let mut max_timestamp = Timestamp::new(i64::MIN);
    let mut first_offset = expected;
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let found = split_first(rest, OWN_BATCHES).ok().flatten();
        let found = found.filter(|(batch, _)| batch.base_offset() == next_offset);
        if let Some((batch, _)) = &found {
            at += batch.bytes().len();
            next_offset = batch.next_offset();
            max_timestamp = max_timestamp.max(batch.max_timestamp());
        }
        if at > start && (found.is_none() || at - start >= STRETCH_BYTES) {
            let position = Position::new(from.get() + start as u64);
            let stretch = &bytes[start..at];
            entries.push(IndexEntry {
                first_offset,
                next_offset,
                position,
                length_bytes: u32::try_from(stretch.len()).unwrap_or(u32::MAX),
                max_timestamp,
                crc: stretch_crc(partition, segment, position, stretch),
            });
            (start, first_offset, max_timestamp) = (at, next_offset, Timestamp::new(i64::MIN));
        }
        if found.is_none() {
            let file_position = from.get() + at as u64 + 1;
            let next_block = file_position.next_multiple_of(BLOCK_BYTES as u64);
            at = usize::try_from(next_block - from.get()).unwrap_or(usize::MAX);
            start = at;
            if at >= bytes.len() {
                return Walk { entries, next_offset };
            }
        }
    }
}
