//! Zstandard (RFC 8878, KIP-110).
//!
//! Whole payloads at once, straight into the output: no window is ever allocated, whatever a frame
//! declares (a streaming reader would take up to 2 GiB for it).

use zstd::zstd_safe::{self, CCtx, DCtx, zstd_sys::ZSTD_ErrorCode};

use super::output::Output;
use crate::error::CodecFault;

//= KIP-390: `compression.zstd.level` is 3 unless set.
const LEVEL: i32 = 3;
/// Most frames of one payload, skippable ones included. All clients write one.
const FRAME_COUNT_MAX: usize = 64;
/// Where no size is declared, the first try expects this much from each byte of input, ...
const FIRST_EXPANSION: usize = 4;
/// ... where one is declared, it believes no more than this, ...
const DECLARED_EXPANSION: usize = 64;
/// ... neither tries less than this, ...
const FIRST_BYTES_MIN: usize = 4 << 10;
/// ... and each further try takes this many times as much, up to the cap.
const RETRY_FACTOR: usize = 4;

/// The library's states, some 100 KB and more each, made when first needed.
#[derive(Default)]
pub(super) struct Contexts {
    unpacking: Option<DCtx<'static>>,
    packing: Option<CCtx<'static>>,
}

impl Contexts {
    pub(super) fn decompress(
        &mut self,
        input: &[u8],
        output: &mut Output<'_>,
    ) -> Result<(), CodecFault> {
        check_frames(input)?;
        let context = match &mut self.unpacking {
            Some(context) => context,
            none => none.insert(DCtx::try_create().ok_or(CodecFault::Malformed)?),
        };
        let mut size_bytes = first_size_bytes(input, output)?;
        loop {
            match context.decompress(output.restart(size_bytes), input) {
                Ok(_) => break,
                Err(code) if is_too_small(code) && size_bytes < output.bytes_max() => {
                    size_bytes = size_bytes.saturating_mul(RETRY_FACTOR).min(output.bytes_max());
                }
                Err(code) if is_too_small(code) => return Err(output.over_limit()),
                Err(_) => return Err(CodecFault::Malformed),
            }
        }
        // The allocator may have given more room than was asked for.
        if output.bytes().len() > output.bytes_max() { Err(output.over_limit()) } else { Ok(()) }
    }

    pub(super) fn compress(
        &mut self,
        input: &[u8],
        scratch: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> Result<(), CodecFault> {
        let context = match &mut self.packing {
            Some(context) => context,
            none => none.insert(CCtx::try_create().ok_or(CodecFault::Compress)?),
        };
        scratch.clear();
        scratch.reserve(zstd_safe::compress_bound(input.len()));
        context.compress(scratch, input, LEVEL).map_err(|_| CodecFault::Compress)?;
        output.extend_from_slice(scratch);
        Ok(())
    }
}

/// Walks over the frames by the sizes of their blocks, which reads a few bytes of each: `input`
/// is one frame or more and nothing else.
fn check_frames(input: &[u8]) -> Result<(), CodecFault> {
    let mut rest = input;
    for index in 0..FRAME_COUNT_MAX {
        let frame_bytes = match zstd_safe::find_frame_compressed_size(rest) {
            Ok(frame_bytes) => frame_bytes,
            Err(code) if is_kind(code, ZSTD_ErrorCode::ZSTD_error_prefix_unknown) && index > 0 => {
                return Err(CodecFault::TrailingBytes);
            }
            Err(code) if is_kind(code, ZSTD_ErrorCode::ZSTD_error_srcSize_wrong) => {
                return Err(CodecFault::Truncated);
            }
            Err(_) => return Err(CodecFault::Malformed),
        };
        rest = rest.get(frame_bytes..).ok_or(CodecFault::Truncated)?;
        if rest.is_empty() {
            return Ok(());
        }
    }
    Err(CodecFault::Unsupported)
}

fn first_size_bytes(input: &[u8], output: &Output<'_>) -> Result<usize, CodecFault> {
    let declared = zstd_safe::get_frame_content_size(input).map_err(|_| CodecFault::Malformed)?;
    let size_bytes = match declared {
        Some(declared) if declared > output.bytes_max() as u64 => return Err(output.over_limit()),
        Some(declared) => usize::try_from(declared)
            .unwrap_or(usize::MAX)
            .min(input.len().saturating_mul(DECLARED_EXPANSION)),
        None => input.len().saturating_mul(FIRST_EXPANSION),
    };
    Ok(size_bytes.max(FIRST_BYTES_MIN).min(output.bytes_max()))
}

fn is_too_small(code: zstd_safe::ErrorCode) -> bool {
    is_kind(code, ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall)
}

fn is_kind(code: zstd_safe::ErrorCode, kind: ZSTD_ErrorCode) -> bool {
    zstd_safe::is_error_kind(code, kind)
}
