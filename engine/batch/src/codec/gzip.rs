//! Gzip (RFC 1952), also of several members, as `cat a.gz b.gz` makes them.

use std::io::{ErrorKind, Read, Write};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::output::Output;
use crate::error::CodecFault;

/// Most members of one payload. Java writes one. Each costs a reset of 40 KB of decoder state for
/// as few as 20 bytes of input, which without a bound would keep a core busy for seconds.
const MEMBER_COUNT_MAX: usize = 64;
/// How much output a read asks for: as much again as there is, within these bounds. Without the
/// upper one, each empty member behind a large one would zero as much memory as that filled.
const READ_BYTES_MIN: usize = 16 << 10;
const READ_BYTES_MAX: usize = 256 << 10;

pub(super) fn decompress(input: &[u8], output: &mut Output<'_>) -> Result<(), CodecFault> {
    let mut decoder = GzDecoder::new(input);
    for _ in 0..MEMBER_COUNT_MAX {
        decompress_member(&mut decoder, output)?;
        let rest = *decoder.get_ref();
        if rest.is_empty() {
            return Ok(());
        }
        //= RFC 1952 §2.3.1: a member begins with 31, 139.
        if !rest.starts_with(&[31, 139]) {
            return Err(CodecFault::TrailingBytes);
        }
        decoder = GzDecoder::new(rest);
    }
    Err(CodecFault::Unsupported)
}

fn decompress_member(
    decoder: &mut GzDecoder<&[u8]>,
    output: &mut Output<'_>,
) -> Result<(), CodecFault> {
    loop {
        if output.left_bytes() == 0 {
            return decompress_nothing(decoder, output);
        }
        let wanted_bytes = output.bytes().len().clamp(READ_BYTES_MIN, READ_BYTES_MAX);
        let wanted_bytes = wanted_bytes.min(output.left_bytes());
        let read = output.extend_with(wanted_bytes, |tail| decoder.read(tail));
        match read {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(fault(&error)),
        }
    }
}

/// At the cap: the member must end here, and its checksum must still be read.
fn decompress_nothing(
    decoder: &mut GzDecoder<&[u8]>,
    output: &Output<'_>,
) -> Result<(), CodecFault> {
    match decoder.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(output.over_limit()),
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &std::io::Error) -> CodecFault {
    match error.kind() {
        ErrorKind::UnexpectedEof => CodecFault::Truncated,
        _ => CodecFault::Malformed,
    }
}

pub(super) fn compress(input: &[u8], output: &mut Vec<u8>) -> Result<(), CodecFault> {
    //= KIP-390: `compression.gzip.level` is zlib's own default unless set.
    let mut encoder = GzEncoder::new(output, flate2::Compression::default());
    encoder.write_all(input).map_err(|_| CodecFault::Compress)?;
    encoder.finish().map_err(|_| CodecFault::Compress)?;
    Ok(())
}
