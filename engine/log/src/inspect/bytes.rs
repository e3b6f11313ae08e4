//! Reading ranges of files: direct, aligned, and never more than the file has.

use crate::directory::shard_path;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Position, ShardId};
use millstream_io::{Buffer, File, Io, IoError, OpenOptions, Slice};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes that are read at once of something longer.
pub(super) const PIECE_BYTES: u64 = 1 << 20;

/// Opens a file for reading; `None` if it is not there.
pub(super) async fn open(io: &Io, path: &Path) -> Result<Option<File>, IoError> {
    match io.open(path, OpenOptions::read_direct()).await {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bytes of a range, as far as the file has them. The read begins with the call.
///
/// The caller bounds the range by the file's length: memory is taken for all of it.
pub(super) fn read(
    io: &Io,
    file: &File,
    range: Range<u64>,
) -> impl Future<Output = Result<Slice, IoError>> + use<> {
    let block = BLOCK_BYTES as u64;
    let start = range.start / block * block;
    let size = |bytes: u64| usize::try_from(bytes).expect("a range of memory's size");
    let length = size(range.end.next_multiple_of(block) - start);
    let pooled = if length <= REGION_BYTES { io.buffers().buffer(length).ok() } else { None };
    let buffer = pooled.unwrap_or_else(|| Buffer::unpooled(length));
    let reading = file.read_at(buffer, Position::new(start));
    async move {
        let (result, buffer) = reading.await;
        let count = result?;
        let from = size(range.start - start).min(count);
        let to = size(range.end - start).min(count);
        Ok(buffer.freeze().slice(from..to))
    }
}

/// A whole file that is expected to be small or to be needed whole: taken piece by piece, since its
/// length is no reason to take that much memory at once.
pub(super) async fn read_whole(io: &Io, file: &File) -> Result<Vec<u8>, IoError> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len() as u64;
        let piece = read(io, file, start..start + PIECE_BYTES).await?;
        bytes.extend_from_slice(&piece);
        if (piece.len() as u64) < PIECE_BYTES {
            return Ok(bytes);
        }
    }
}

/// Where a shard has its journal.
pub(super) fn journal_path(directory: &Path, shard: ShardId) -> PathBuf {
    shard_path(directory, shard).join("journal")
}
