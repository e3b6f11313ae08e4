//! A segment as text: the header of each batch, wherever one begins.
//!
//! How far the file is in use stands in the checkpoint. Behind that lie batches of its former life,
//! which this prints like any others.

use super::super::bytes;
use super::Source;
use crate::error::Result;
use crate::segment::span::OWN_BATCHES;
use millstream_base::limits::{BATCH_BYTES_MAX, BLOCK_BYTES};
use millstream_batch::header::MAGIC;
use millstream_batch::{HEADER_BYTES, HeaderView, check};
use millstream_io::Slice;

pub(super) async fn dump(source: &mut Source) -> Result<()> {
    let length_bytes = source.file.length_bytes().await?;
    let mut position = 0;
    let mut gap_start = None;
    while position < length_bytes {
        let piece = source.piece(position).await?;
        let mut at = 0;
        while at < piece.len() {
            let here = position + at as u64;
            match find_batch(source, &piece, at, here, length_bytes).await? {
                Some((batch_bytes, text)) => {
                    end_gap(source, &mut gap_start, here).await?;
                    source.lines.push(text).await?;
                    at += batch_bytes;
                }
                None => {
                    gap_start.get_or_insert(here);
                    let block = BLOCK_BYTES as u64;
                    let next = (here / block + 1) * block;
                    at = usize::try_from(next - position).unwrap_or(usize::MAX);
                }
            }
        }
        position += (at as u64).max(1);
    }
    end_gap(source, &mut gap_start, length_bytes).await
}

async fn end_gap(source: &mut Source, gap_start: &mut Option<u64>, end: u64) -> Result<()> {
    let Some(start) = gap_start.take() else { return Ok(()) };
    // The padding behind a batch up to its block's end is as it should be.
    let block = BLOCK_BYTES as u64;
    if !start.is_multiple_of(block) && end <= start.next_multiple_of(block) {
        return Ok(());
    }
    source.lines.push(format!("at {start}: no batch up to {end}")).await
}

/// The size and text of the batch that begins at `at` of a piece, if one does. One that reaches
/// beyond the piece is read on its own.
async fn find_batch(
    source: &Source,
    piece: &Slice,
    at: usize,
    position: u64,
    length_bytes: u64,
) -> Result<Option<(usize, String)>> {
    // The header itself may be cut by the end of the piece.
    let front = if piece.len() - at >= HEADER_BYTES {
        piece.slice(at..piece.len())
    } else {
        bytes::read(&source.io, &source.file, position..position + HEADER_BYTES as u64).await?
    };
    let Ok(header) = HeaderView::new(&front) else { return Ok(None) };
    let Ok(batch_bytes) = header.batch_bytes() else { return Ok(None) };
    let end = position + batch_bytes as u64;
    if header.magic() != MAGIC || batch_bytes > BATCH_BYTES_MAX || end > length_bytes {
        return Ok(None);
    }
    let whole = if front.len() >= batch_bytes {
        front.slice(0..batch_bytes)
    } else {
        bytes::read(&source.io, &source.file, position..end).await?
    };
    Ok(Some((batch_bytes, format!("at {position} {}", describe(&whole)))))
}

/// The header of one batch as text, and whether the batch is right; for chunks too.
pub(super) fn describe(bytes: &[u8]) -> String {
    let Ok(header) = HeaderView::new(bytes) else {
        return format!("batch of {} bytes, too short to be one", bytes.len());
    };
    let attributes = header.attributes();
    let codec = attributes.compression().map_or("unknown".to_owned(), |codec| codec.to_string());
    let producer = match header.producer_id().get() {
        -1 => String::new(),
        id => format!(" producer {id}/{}/{}", header.producer_epoch(), header.base_sequence()),
    };
    let flags =
        [(attributes.is_transactional(), " transactional"), (attributes.is_control(), " control")];
    let flags: String = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| *flag).collect();
    let verdict = match check(bytes, OWN_BATCHES) {
        Ok(_) => String::new(),
        Err(fault) => format!(" DAMAGED: {fault}"),
    };
    format!(
        "batch offsets {}..{} records {} bytes {} codec {codec} timestamps {}..{} epoch \
         {}{producer}{flags}{verdict}",
        header.base_offset(),
        header.base_offset().get().saturating_add(i64::from(header.last_offset_delta()) + 1),
        header.record_count(),
        bytes.len(),
        header.base_timestamp(),
        header.max_timestamp(),
        header.leader_epoch(),
    )
}
