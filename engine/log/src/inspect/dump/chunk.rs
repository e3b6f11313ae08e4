//! A chunk of a journal as text: each frame and its entries, and what lies between.

use super::super::bytes;
use super::Source;
use super::segment::describe;
use crate::error::Result;
use crate::journal::chunks::chunk_number;
use crate::journal::entry::{Entry, RunPlace};
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameFault, FrameHeader, Payload};
use millstream_base::limits::{BLOCK_BYTES, JOURNAL_CHUNK_BYTES};
use std::path::Path;

/// Blocks that say the same, of which one line tells.
struct Same {
    start: usize,
    text: String,
}

pub(super) async fn dump(source: &mut Source, path: &Path) -> Result<()> {
    let number = path.file_name().and_then(chunk_number);
    let bytes = bytes::read(&source.io, &source.file, 0..JOURNAL_CHUNK_BYTES as u64).await?;
    let mut same: Option<Same> = None;
    let mut at = 0;
    while at < bytes.len() {
        match FrameHeader::decode(&bytes[at..]) {
            Ok(header) => {
                end_same(source, &mut same, at).await?;
                at += dump_frame(source, number, &header, at, &bytes[at..]).await?;
            }
            Err(fault) => {
                let text = describe_fault(fault);
                if same.as_ref().is_none_or(|same| same.text != text) {
                    end_same(source, &mut same, at).await?;
                    same = Some(Same { start: at, text });
                }
                at += BLOCK_BYTES;
            }
        }
    }
    end_same(source, &mut same, bytes.len()).await
}

/// Faults that hold a number of each block's own would each have a line of their own.
fn describe_fault(fault: FrameFault) -> String {
    match fault {
        FrameFault::HeaderChecksum { .. } => "frame whose header is damaged".to_owned(),
        fault => fault.to_string(),
    }
}

async fn end_same(source: &mut Source, same: &mut Option<Same>, end: usize) -> Result<()> {
    let Some(Same { start, text }) = same.take() else { return Ok(()) };
    source.lines.push(format!("at {start}: {text} up to {end}")).await
}

/// Writes a frame; gives the bytes to go on behind, as the survey does.
async fn dump_frame(
    source: &mut Source,
    chunk: Option<u32>,
    header: &FrameHeader,
    at: usize,
    bytes: &[u8],
) -> Result<usize> {
    let FrameHeader { log_id, shard, epoch, epoch_start, sequence, place, synced_upto, .. } =
        header;
    let is_here = chunk.is_none_or(|chunk| chunk == place.chunk) && place.position as usize == at;
    let misplaced = if is_here { String::new() } else { format!(" MISPLACED: meant for {place}") };
    let payload = header.check_payload(&bytes[FRAME_HEADER_BYTES..]);
    let verdict =
        payload.as_ref().map_or_else(|fault| format!(" DAMAGED: {fault}"), |_| String::new());
    let line = format!(
        "at {at} frame {sequence} log {log_id} shard {shard} epoch {epoch} epoch_start \
         {epoch_start} synced_upto {synced_upto} behind {:016x} bytes {} payload {} entries {} \
         time {}{misplaced}{verdict}",
        header.previous_hash.get(),
        header.frame_bytes,
        header.payload_bytes,
        header.entry_count,
        header.wall_time
    );
    source.lines.push(line).await?;
    match payload {
        Ok(payload) => {
            dump_entries(source, payload).await?;
            Ok(header.frame_bytes as usize)
        }
        Err(_) => Ok(BLOCK_BYTES),
    }
}

async fn dump_entries(source: &mut Source, payload: Payload<'_>) -> Result<()> {
    for entry in payload.entries() {
        let line = match entry {
            Ok(entry) => describe_entry(&entry),
            Err(fault) => fault.to_string(),
        };
        source.lines.push(format!("  {line}")).await?;
    }
    Ok(())
}

fn describe_entry(entry: &Entry<'_>) -> String {
    let partition = entry.partition();
    match entry {
        Entry::Batch { bytes, .. } => format!("partition {partition} {}", describe(bytes)),
        Entry::Run { run, .. } => {
            let RunPlace { segment, position, length_bytes, first_offset, next_offset, .. } = run;
            format!(
                "partition {partition} run offsets {first_offset}..{next_offset} in segment \
                 {segment} at {position} bytes {length_bytes} max_timestamp {} crc {:08x}",
                run.max_timestamp, run.crc
            )
        }
        Entry::Create { name, .. } => format!("partition {partition} created as {name:?}"),
        Entry::Trim { start_offset, .. } => {
            format!("partition {partition} begins with {start_offset}")
        }
        other => format!("{other:?}"),
    }
}
