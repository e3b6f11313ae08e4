//! A checkpoint as text: the journal's start, then each partition with its segments.

use super::super::bytes;
use super::Source;
use crate::checkpoint::{Checkpoint, JournalStart, PartitionState};
use crate::error::Result;

pub(super) async fn dump(source: &mut Source) -> Result<()> {
    let bytes = bytes::read_whole(&source.io, &source.file).await?;
    let checkpoint = match Checkpoint::decode(&bytes) {
        Ok(checkpoint) => checkpoint,
        Err(fault) => return source.lines.push(fault).await,
    };
    let Checkpoint { log_id, shard, generation, journal, next_partition, .. } = &checkpoint;
    let head = format!(
        "checkpoint {generation} log {log_id} shard {shard} partitions {} next_partition \
         {next_partition}",
        checkpoint.partitions.len()
    );
    source.lines.push(head).await?;
    let JournalStart { place, sequence, previous_hash, synced_upto, epoch, epoch_start } = journal;
    let start = format!(
        "journal from frame {sequence} at {place} behind {:016x} synced_upto {synced_upto} epoch \
         {epoch} epoch_start {epoch_start}",
        previous_hash.get()
    );
    source.lines.push(start).await?;
    for partition in &checkpoint.partitions {
        dump_partition(source, partition).await?;
    }
    Ok(())
}

async fn dump_partition(source: &mut Source, partition: &PartitionState) -> Result<()> {
    let PartitionState { id, name, options, start_offset, next_offset, .. } = partition;
    let line = format!(
        "partition {id} name {name:?} offsets {start_offset}..{next_offset} barrier {} suspect {} \
         segment_bytes {} retention_bytes {} retention_ms {} batch_bytes_max {} flush {}",
        partition.barrier_sequence,
        partition.is_suspect,
        options.segment_bytes,
        options.retention_bytes,
        options.retention_ms,
        options.batch_bytes_max,
        options.flush
    );
    source.lines.push(line).await?;
    for segment in &partition.segments {
        let line = format!(
            "  segment {} offsets {}..{} bytes {} max_timestamp {}",
            segment.base_offset,
            segment.base_offset,
            segment.next_offset,
            segment.length_bytes,
            segment.max_timestamp
        );
        source.lines.push(line).await?;
    }
    for (first_offset, next_offset) in &partition.quarantine {
        source.lines.push(format!("  damaged offsets {first_offset}..{next_offset}")).await?;
    }
    Ok(())
}
