//! An index as text: each block and its entries.

use super::Source;
use crate::error::Result;
use crate::identity::LogId;
use crate::segment::index::{IndexEntry, IndexFault, IndexOwner, decode_block};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId};

/// An owner that no block has, so that each says whose it is.
const NOBODY: IndexOwner = IndexOwner {
    log_id: LogId([0; 16]),
    partition: PartitionId::new(u64::MAX),
    segment: Offset::new(-1),
};

pub(super) async fn dump(source: &mut Source) -> Result<()> {
    let mut number = 0;
    loop {
        let piece = source.piece(u64::from(number) * BLOCK_BYTES as u64).await?;
        if piece.is_empty() {
            return Ok(());
        }
        for block in piece.chunks(BLOCK_BYTES) {
            dump_block(source, number, block).await?;
            number += 1;
        }
    }
}

async fn dump_block(source: &mut Source, number: u32, block: &[u8]) -> Result<()> {
    let owner = match decode_block(&NOBODY, number, block) {
        Err(IndexFault::Foreign { got }) => got,
        Err(fault) => return source.lines.push(format!("block {number}: {fault}")).await,
        Ok(_) => NOBODY,
    };
    let entries = match decode_block(&owner, number, block) {
        Ok(entries) => entries,
        Err(fault) => return source.lines.push(format!("block {number}: {fault}")).await,
    };
    let IndexOwner { log_id, partition, segment } = owner;
    let count = entries.len();
    let line = format!(
        "block {number} log {log_id} partition {partition} segment {segment} entries {count}"
    );
    source.lines.push(line).await?;
    for IndexEntry { first_offset, next_offset, position, length_bytes, max_timestamp, crc } in
        entries
    {
        let line = format!(
            "  offsets {first_offset}..{next_offset} at {position} bytes {length_bytes} \
             max_timestamp {max_timestamp} crc {crc:08x}"
        );
        source.lines.push(line).await?;
    }
    Ok(())
}
