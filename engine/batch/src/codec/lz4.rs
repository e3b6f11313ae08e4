//! The LZ4 frame format (version 1.6.1), as Kafka's clients write it: one frame, of independent
//! blocks, with the proper header checksum that KIP-57 brought.
//!
//! The frame is read here rather than by the library, so that a block goes straight to its place
//! in the output and no buffer of a declared size (up to 4 MiB) is taken.

use lz4_flex::block::{self, CompressTable, DecompressError};
use twox_hash::XxHash32;

use super::output::Output;
use crate::error::CodecFault;

const MAGIC: [u8; 4] = 0x184d_2204_u32.to_le_bytes();
/// Descriptor flags: version 01 in the two highest bits, then one bit each.
const VERSION_MASK: u8 = 0b1100_0000;
const VERSION: u8 = 0b0100_0000;
const INDEPENDENT: u8 = 1 << 5;
const BLOCK_CHECKSUM: u8 = 1 << 4;
const CONTENT_SIZE: u8 = 1 << 3;
const CONTENT_CHECKSUM: u8 = 1 << 2;
/// A reserved bit, and the one for a dictionary, which nobody could look up.
const REFUSED: u8 = 0b11;
/// The size code stands in bits 4 to 6 of the descriptor's second byte; the others are reserved.
const SIZE_CODE_64_KIB: u8 = 4;
const SIZE_CODE_MAX: u8 = 7;
const STORED: u32 = 1 << 31;
/// No byte of a block makes more than this many (a run of length bytes).
const EXPANSION_MAX: usize = 255;

struct Descriptor {
    flags: u8,
    block_bytes_max: usize,
    content_bytes: Option<u64>,
}

pub(super) fn decompress(input: &[u8], output: &mut Output<'_>) -> Result<(), CodecFault> {
    let mut rest = input;
    if read(&mut rest)? != MAGIC {
        return Err(CodecFault::Malformed);
    }
    let descriptor = read_descriptor(&mut rest)?;
    loop {
        let word = u32::from_le_bytes(read(&mut rest)?);
        if word == 0 {
            break;
        }
        let size_bytes = (word & !STORED) as usize;
        if size_bytes > descriptor.block_bytes_max {
            return Err(CodecFault::Malformed);
        }
        let (block, tail) = rest.split_at_checked(size_bytes).ok_or(CodecFault::Truncated)?;
        rest = tail;
        if descriptor.flags & BLOCK_CHECKSUM != 0 {
            check_sum(block, &mut rest)?;
        }
        match word & STORED {
            0 => decompress_block(block, descriptor.block_bytes_max, output)?,
            _ => output.extend_from_slice(block)?,
        }
    }
    if descriptor.flags & CONTENT_CHECKSUM != 0 {
        check_sum(output.bytes(), &mut rest)?;
    }
    if descriptor.content_bytes.is_some_and(|declared| declared != output.bytes().len() as u64) {
        return Err(CodecFault::Malformed);
    }
    if rest.is_empty() { Ok(()) } else { Err(CodecFault::TrailingBytes) }
}

fn read_descriptor(rest: &mut &[u8]) -> Result<Descriptor, CodecFault> {
    let start = *rest;
    let [flags, size_code] = read(rest)?;
    if flags & VERSION_MASK != VERSION || size_code & 0b1000_1111 != 0 {
        return Err(CodecFault::Malformed);
    }
    //= Kafka's own reader refuses dependent blocks, so no client writes them.
    if flags & INDEPENDENT == 0 || flags & REFUSED != 0 {
        return Err(CodecFault::Unsupported);
    }
    let size_code = size_code >> 4;
    if !(SIZE_CODE_64_KIB..=SIZE_CODE_MAX).contains(&size_code) {
        return Err(CodecFault::Malformed);
    }
    let content_bytes = match flags & CONTENT_SIZE {
        0 => None,
        _ => Some(u64::from_le_bytes(read(rest)?)),
    };
    let expected = header_checksum(&start[..start.len() - rest.len()]);
    if read(rest)? != [expected] {
        return Err(CodecFault::Malformed);
    }
    // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
    let block_bytes_max = 1 << (8 + 2 * size_code);
    Ok(Descriptor { flags, block_bytes_max, content_bytes })
}

/// The second byte of the descriptor's hash.
fn header_checksum(descriptor: &[u8]) -> u8 {
    XxHash32::oneshot(0, descriptor).to_le_bytes()[1]
}

fn check_sum(bytes: &[u8], rest: &mut &[u8]) -> Result<(), CodecFault> {
    let expected = u32::from_le_bytes(read(rest)?);
    if XxHash32::oneshot(0, bytes) == expected { Ok(()) } else { Err(CodecFault::Malformed) }
}

fn decompress_block(
    block: &[u8],
    block_bytes_max: usize,
    output: &mut Output<'_>,
) -> Result<(), CodecFault> {
    let possible_bytes = block.len().saturating_mul(EXPANSION_MAX).min(block_bytes_max);
    let room_bytes = possible_bytes.min(output.left_bytes());
    let filled = output.extend_with(room_bytes, |tail| block::decompress_into(block, tail));
    match filled {
        Ok(_) => Ok(()),
        Err(DecompressError::OutputTooSmall { .. }) if room_bytes < possible_bytes => {
            Err(output.over_limit())
        }
        Err(DecompressError::ExpectedAnotherByte | DecompressError::LiteralOutOfBounds) => {
            Err(CodecFault::Truncated)
        }
        Err(_) => Err(CodecFault::Malformed),
    }
}

fn read<const SIZE: usize>(rest: &mut &[u8]) -> Result<[u8; SIZE], CodecFault> {
    let (bytes, tail) = rest.split_first_chunk().ok_or(CodecFault::Truncated)?;
    *rest = tail;
    Ok(*bytes)
}

/// The match finder's table, kept from batch to batch.
#[derive(Default)]
pub(super) struct Table(CompressTable);

impl Table {
    pub(super) fn compress(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), CodecFault> {
        //= Kafka's clients write blocks of 64 KiB, with neither sizes nor further checksums.
        let descriptor = [VERSION | INDEPENDENT, SIZE_CODE_64_KIB << 4];
        output.extend_from_slice(&MAGIC);
        output.extend_from_slice(&descriptor);
        output.push(header_checksum(&descriptor));
        for chunk in input.chunks(64 << 10) {
            self.compress_block(chunk, output)?;
        }
        output.extend_from_slice(&0_u32.to_le_bytes());
        Ok(())
    }

    fn compress_block(&mut self, chunk: &[u8], output: &mut Vec<u8>) -> Result<(), CodecFault> {
        let word_at = output.len();
        let block_at = word_at + 4;
        output.resize(block_at + block::get_maximum_output_size(chunk.len()), 0);
        let packed = block::compress_into_with_table(chunk, &mut output[block_at..], &mut self.0);
        let packed_bytes = packed.map_err(|_| CodecFault::Compress)?;
        output.truncate(block_at + packed_bytes);
        let mut word = u32::try_from(packed_bytes).expect("a block of 64 KiB stays small");
        if packed_bytes >= chunk.len() {
            output.truncate(block_at);
            output.extend_from_slice(chunk);
            word = u32::try_from(chunk.len()).expect("at most 64 KiB") | STORED;
        }
        output[word_at..block_at].copy_from_slice(&word.to_le_bytes());
        Ok(())
    }
}
