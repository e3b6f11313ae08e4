//! Whose files these are: the identity of a data directory.
//!
//! Each frame, index block and checkpoint repeats it, so that a file of another directory is told
//! apart from one of this. The bytes: `docs/formats/checkpoint.md`.

use crate::cursor::{Reader, Writer, is_zero};
use core::fmt;
use millstream_base::limits::{BLOCK_BYTES, SHARDS_MAX};
use millstream_base::{Timestamp, crc};

/// The version that this code writes.
pub const IDENTITY_VERSION: u16 = 1;

const MAGIC: [u8; 8] = *b"MSTIDENT";
const FIELDS_BYTES: usize = 40;
const CRC: usize = BLOCK_BYTES - 4;

/// The random name of a data directory, drawn when it is made. It must not be guessable: bytes
/// that a client appended lie at block boundaries of recycled journal space too, and only what
/// names this id is taken for a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub [u8; 16]);

/// The file `identity`: one block that is written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The directory's name.
    pub log_id: LogId,
    /// How many shards it was made with; from 1 to [`SHARDS_MAX`].
    pub shard_count: u16,
    /// When it was made.
    pub created: Timestamp,
}

/// Why bytes are not an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityFault {
    /// Fewer bytes than one block.
    Truncated {
        /// How many there are.
        got_bytes: usize,
    },
    /// Only zeros: the file was made, but never written.
    Blank,
    /// Some other file.
    NotAnIdentity,
    /// The checksum is wrong.
    Checksum {
        /// What the bytes have.
        got: u32,
        /// What they say.
        expected: u32,
    },
    /// Written by a newer version of this program.
    Newer {
        /// The version it was written as.
        version: u16,
    },
    /// The checksum is right, but a field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
    },
}

impl Identity {
    /// The block as it is written.
    #[must_use]
    pub fn encode(&self) -> [u8; BLOCK_BYTES] {
        assert!(
            (1..=SHARDS_MAX).contains(&usize::from(self.shard_count)),
            "a directory has shards"
        );
        let mut block = [0; BLOCK_BYTES];
        let mut writer = Writer::new(&mut block);
        writer.bytes(&MAGIC).u16(IDENTITY_VERSION).u16(self.shard_count).u32(0);
        writer.bytes(&self.log_id.0).i64(self.created.get());
        assert_eq!(writer.position(), FIELDS_BYTES);
        let sum = crc::crc32c(&block[..CRC]);
        block[CRC..].copy_from_slice(&sum.to_le_bytes());
        block
    }

    /// Reads the first block of `bytes`.
    ///
    /// # Errors
    /// What is wrong first: size, magic, checksum, version, fields. A newer version is told only
    /// by a right checksum, so that rot in the version is not taken for one.
    pub fn decode(bytes: &[u8]) -> Result<Self, IdentityFault> {
        let Some(block) = bytes.first_chunk::<BLOCK_BYTES>() else {
            return Err(IdentityFault::Truncated { got_bytes: bytes.len() });
        };
        if is_zero(block) {
            return Err(IdentityFault::Blank);
        }
        if !block.starts_with(&MAGIC) {
            return Err(IdentityFault::NotAnIdentity);
        }
        let (covered, sum) = block.split_last_chunk::<4>().expect("a block has a checksum");
        let (got, expected) = (crc::crc32c(covered), u32::from_le_bytes(*sum));
        if got != expected {
            return Err(IdentityFault::Checksum { got, expected });
        }
        Self::read(Reader::new(&covered[MAGIC.len()..]))
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, IdentityFault> {
        const WHOLE: &str = "the block holds all fields";
        let version = reader.u16().expect(WHOLE);
        if version > IDENTITY_VERSION {
            return Err(IdentityFault::Newer { version });
        }
        let shard_count = reader.u16().expect(WHOLE);
        let is_clear = reader.zeros(4).expect(WHOLE);
        let log_id = LogId(reader.array().expect(WHOLE));
        let created = Timestamp::new(reader.i64().expect(WHOLE));
        let rules = [
            (version == IDENTITY_VERSION, "version"),
            ((1..=SHARDS_MAX).contains(&usize::from(shard_count)), "shard_count"),
            (is_clear && is_zero(reader.rest()), "reserved"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, field)) => Err(IdentityFault::Malformed { field }),
            None => Ok(Self { log_id, shard_count, created }),
        }
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LogId({self})")
    }
}

impl core::error::Error for IdentityFault {}

impl fmt::Display for IdentityFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { got_bytes } => {
                write!(formatter, "identity of {got_bytes} bytes, {BLOCK_BYTES} expected")
            }
            Self::Blank => write!(formatter, "identity of zeros: it was never written"),
            Self::NotAnIdentity => write!(formatter, "not an identity file"),
            Self::Checksum { got, expected } => {
                write!(formatter, "identity has CRC-32C {got:#010x}, says {expected:#010x}")
            }
            Self::Newer { version } => write!(
                formatter,
                "identity of version {version}, this program knows up to {IDENTITY_VERSION}"
            ),
            Self::Malformed { field } => write!(formatter, "identity with impossible {field}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        let log_id = LogId(core::array::from_fn(|index| 0xa0 + u8::try_from(index).expect("16")));
        Identity { log_id, shard_count: 3, created: Timestamp::new(1_700_000_000_000) }
    }

    fn resealed(change: impl FnOnce(&mut [u8])) -> Result<Identity, IdentityFault> {
        let mut block = identity().encode();
        change(&mut block);
        let sum = crc::crc32c(&block[..CRC]);
        block[CRC..].copy_from_slice(&sum.to_le_bytes());
        Identity::decode(&block)
    }

    #[test]
    fn what_is_written_is_read() {
        let block = identity().encode();
        assert_eq!(Identity::decode(&block), Ok(identity()));
        assert_eq!(identity().log_id.to_string(), "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
        let longer = [block.as_slice(), &[7; 9]].concat();
        assert_eq!(Identity::decode(&longer), Ok(identity()));
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        for bit in 0..BLOCK_BYTES * 8 {
            let mut block = identity().encode();
            block[bit / 8] ^= 1 << (bit % 8);
            assert!(Identity::decode(&block).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn short_blank_and_foreign_files_are_told_apart() {
        let block = identity().encode();
        for got_bytes in [0, 1, 8, 40, 4095] {
            let fault = IdentityFault::Truncated { got_bytes };
            assert_eq!(Identity::decode(&block[..got_bytes]), Err(fault));
        }
        assert_eq!(Identity::decode(&[0; BLOCK_BYTES]), Err(IdentityFault::Blank));
        assert_eq!(Identity::decode(&[b'x'; BLOCK_BYTES]), Err(IdentityFault::NotAnIdentity));
    }

    #[test]
    fn a_newer_version_is_refused_as_such() {
        assert_eq!(resealed(|block| block[8] = 2), Err(IdentityFault::Newer { version: 2 }));
    }

    #[test]
    fn impossible_fields_are_named() {
        let fault = |field| Err(IdentityFault::Malformed { field });
        assert_eq!(resealed(|block| block[8] = 0), fault("version"));
        assert_eq!(resealed(|block| block[10..12].fill(0)), fault("shard_count"));
        assert_eq!(resealed(|block| block[10..12].fill(0xff)), fault("shard_count"));
        assert_eq!(resealed(|block| block[12] = 1), fault("reserved"));
        assert_eq!(resealed(|block| block[4000] = 1), fault("reserved"));
    }
}
