//! Snappy: blocks in the framing of the Java library (`snappy-java`, by its author Xerial), which
//! Kafka's own clients write, or one bare block, which some others do.

use snap::raw::{Decoder, Encoder};

use super::output::Output;
use crate::error::CodecFault;

/// What the Java framing begins with; then two big-endian `i32`: its version, and the least
/// version that can read it. Chunks follow, each a block behind its big-endian `i32` size.
const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const VERSION: [u8; 4] = 1_i32.to_be_bytes();
const HEADER_BYTES: usize = MAGIC.len() + 2 * VERSION.len();
/// What the Java library puts into one chunk by default.
const CHUNK_BYTES: usize = 32 << 10;
/// No element of a block makes more than this of each of its bytes (64 of 3, by a copy). A block
/// that declares more is refused before memory is taken for it.
const EXPANSION_MAX: usize = 22;

pub(super) fn decompress(input: &[u8], output: &mut Output<'_>) -> Result<(), CodecFault> {
    if !input.starts_with(&MAGIC) {
        return decompress_block(input, output);
    }
    // Versions are not looked at: neither does the Java library refuse a later one.
    let (_, mut rest) = input.split_at_checked(HEADER_BYTES).ok_or(CodecFault::Truncated)?;
    while !rest.is_empty() {
        let (size, tail) = rest.split_first_chunk().ok_or(CodecFault::Truncated)?;
        let size = i32::from_be_bytes(*size);
        let size = usize::try_from(size).map_err(|_| CodecFault::Malformed)?;
        let (block, tail) = tail.split_at_checked(size).ok_or(CodecFault::Truncated)?;
        decompress_block(block, output)?;
        rest = tail;
    }
    Ok(())
}

fn decompress_block(block: &[u8], output: &mut Output<'_>) -> Result<(), CodecFault> {
    if block.is_empty() {
        return Err(CodecFault::Truncated);
    }
    let size_bytes = snap::raw::decompress_len(block).map_err(|_| CodecFault::Malformed)?;
    if size_bytes > output.left_bytes() {
        return Err(output.over_limit());
    }
    if size_bytes > block.len().saturating_mul(EXPANSION_MAX) {
        return Err(CodecFault::Malformed);
    }
    let filled = output.extend_with(size_bytes, |tail| Decoder::new().decompress(block, tail));
    filled.map(|_| ()).map_err(|error| fault(&error))
}

fn fault(error: &snap::Error) -> CodecFault {
    match error {
        // Its elements end before the declared size is reached.
        snap::Error::HeaderMismatch { .. } | snap::Error::CopyRead { .. } => CodecFault::Truncated,
        _ => CodecFault::Malformed,
    }
}

pub(super) fn compress(input: &[u8], output: &mut Vec<u8>) -> Result<(), CodecFault> {
    output.extend_from_slice(&MAGIC);
    output.extend_from_slice(&VERSION);
    output.extend_from_slice(&VERSION);
    let mut encoder = Encoder::new();
    for chunk in input.chunks(CHUNK_BYTES) {
        let size_at = output.len();
        let block_at = size_at + 4;
        output.resize(block_at + snap::raw::max_compress_len(chunk.len()), 0);
        let size_bytes =
            encoder.compress(chunk, &mut output[block_at..]).map_err(|_| CodecFault::Compress)?;
        let size = i32::try_from(size_bytes).expect("a chunk of 32 KiB stays small");
        output[size_at..block_at].copy_from_slice(&size.to_be_bytes());
        output.truncate(block_at + size_bytes);
    }
    Ok(())
}
