//! The four codecs of Kafka, each with a cap on what it may expand to.
//!
//! A stranger decides what is unpacked: output is taken as it comes, never as declared; memory is
//! at most twice the cap; what is cut off, and what goes on after its end, is refused.

mod compression;
mod gzip;
mod lz4;
mod output;
mod snappy;
mod zstd;

use core::fmt;

pub use compression::Compression;

use crate::error::BatchError;
use output::Output;

/// The most that a payload may expand to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecompressLimit {
    bytes_max: usize,
}

impl DecompressLimit {
    /// The engine's own limit.
    pub const DEFAULT: Self = Self { bytes_max: millstream_base::limits::BATCH_UNPACKED_BYTES_MAX };

    /// At most `bytes_max`.
    #[must_use]
    pub const fn new(bytes_max: usize) -> Self {
        Self { bytes_max }
    }

    /// The cap.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        self.bytes_max
    }
}

/// Memory and codec state to unpack and pack with, kept from batch to batch.
///
/// Holds what the largest batch so far needed, until it is dropped.
#[derive(Default)]
pub struct Scratch {
    bytes: Vec<u8>,
    zstd: zstd::Contexts,
    lz4: lz4::Table,
}

impl Scratch {
    /// Takes no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much memory it holds for output.
    #[must_use]
    pub const fn capacity_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scratch")
            .field("capacity_bytes", &self.capacity_bytes())
            .finish_non_exhaustive()
    }
}

/// Unpacks all of `input` into `scratch` and returns it there.
///
/// # Errors
/// [`BatchError::Codec`] where `input` is not exactly what the codec writes, or expands beyond
/// `limit`.
pub fn decompress<'s>(
    compression: Compression,
    input: &[u8],
    limit: DecompressLimit,
    scratch: &'s mut Scratch,
) -> Result<&'s [u8], BatchError> {
    let Scratch { bytes, zstd, .. } = scratch;
    let mut output = Output::new(bytes, limit.bytes_max());
    let result = match compression {
        Compression::None => output.extend_from_slice(input),
        Compression::Gzip => gzip::decompress(input, &mut output),
        Compression::Snappy => snappy::decompress(input, &mut output),
        Compression::Lz4 => lz4::decompress(input, &mut output),
        Compression::Zstd => zstd.decompress(input, &mut output),
    };
    match result {
        Ok(()) => {
            assert!(bytes.len() <= limit.bytes_max(), "no codec may pass the cap");
            Ok(bytes)
        }
        Err(fault) => Err(BatchError::Codec { compression, fault }),
    }
}

/// Packs `input` behind what `output` holds, at the level that Kafka's clients use by default.
///
/// # Errors
/// [`BatchError::Codec`] where the codec refuses, for want of memory.
pub fn compress(
    compression: Compression,
    input: &[u8],
    scratch: &mut Scratch,
    output: &mut Vec<u8>,
) -> Result<(), BatchError> {
    let result = match compression {
        Compression::None => {
            output.extend_from_slice(input);
            Ok(())
        }
        Compression::Gzip => gzip::compress(input, output),
        Compression::Snappy => snappy::compress(input, output),
        Compression::Lz4 => scratch.lz4.compress(input, output),
        Compression::Zstd => scratch.zstd.compress(input, &mut scratch.bytes, output),
    };
    result.map_err(|fault| BatchError::Codec { compression, fault })
}

#[cfg(test)]
#[path = "codec_test.rs"]
mod codec_test;
