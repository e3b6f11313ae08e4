//! Checkpoints: what a shard knew for certain, so that recovery reads no more than this and the
//! journal behind it. The bytes: `docs/formats/checkpoint.md`.
//!
//! There are two files, written in turn. A crash while one is written leaves the other.

use crate::cursor::{Reader, Writer, is_zero};
use crate::identity::LogId;
use crate::journal::frame::{FrameHash, Place};
use crate::partition_state::StateFault;
use core::fmt;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{ShardId, crc};

pub use crate::journal::start::JournalStart;
pub use crate::partition_state::{PartitionState, SegmentState};

/// The version that this code writes.
pub const CHECKPOINT_VERSION: u16 = 1;

const MAGIC: [u8; 8] = *b"MSTCHECK";
const HEADER_BYTES: usize = 128;
const CRC: usize = HEADER_BYTES - 4;

/// The state of a shard. Everything that it says is stable when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The data directory.
    pub log_id: LogId,
    /// The shard.
    pub shard: ShardId,
    /// Counts the checkpoints of the shard from 1. The newer of two has the greater.
    pub generation: u64,
    /// Where the journal goes on.
    pub journal: JournalStart,
    /// The id that the next partition gets.
    pub next_partition: u64,
    /// All partitions. On disk they lie in the order of their ids, and so they are read.
    pub partitions: Vec<PartitionState>,
}

/// Why bytes are not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// The header is zeros, or there are no bytes at all: none was ever written here.
    Blank,
    /// Some other file.
    NotACheckpoint,
    /// The bytes end too early.
    Truncated {
        /// How many there should be.
        expected_bytes: u64,
        /// How many there are.
        got_bytes: usize,
    },
    /// The header's checksum is wrong.
    HeaderChecksum {
        /// What the bytes have.
        got: u32,
        /// What they say.
        expected: u32,
    },
    /// The body's checksum is wrong.
    BodyChecksum {
        /// What the bytes have.
        got: u32,
        /// What the header says.
        expected: u32,
    },
    /// Written by a newer version of this program.
    Newer {
        /// The version it was written as.
        version: u16,
    },
    /// A partition has options that this version does not know. To pass over them would be to drop
    /// a promise.
    NewerOptions {
        /// Which partition, counting from 0.
        index: u32,
    },
    /// The checksums are right, but a field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
        /// Which partition, counting from 0; `None` for the header.
        index: Option<u32>,
    },
}

struct Header {
    checkpoint: Checkpoint,
    partition_count: u32,
    body_bytes: u64,
    body_crc: u32,
}

impl Checkpoint {
    /// The file as it is written, padded to whole blocks.
    ///
    /// Ids must differ and lie below `next_partition`, and each partition must be sound in itself:
    /// what we write we can read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        assert!(self.journal.find_malformed().is_none(), "a sound start: {:?}", self.journal);
        let mut partitions: Vec<_> = self.partitions.iter().collect();
        partitions.sort_unstable_by_key(|partition| partition.id);
        assert!(partitions.is_sorted_by(|left, right| left.id < right.id), "ids differ");
        let last = partitions.last();
        assert!(last.is_none_or(|last| last.id.get() < self.next_partition), "ids are given out");
        let body_bytes: usize = self.partitions.iter().map(PartitionState::encoded_bytes).sum();
        let mut file = vec![0; (HEADER_BYTES + body_bytes).next_multiple_of(BLOCK_BYTES)];
        let (header, body) = file.split_at_mut(HEADER_BYTES);
        let mut writer = Writer::new(&mut body[..body_bytes]);
        partitions.iter().for_each(|partition| partition.write(&mut writer));
        assert_eq!(writer.position(), body_bytes);
        self.write_header(&body[..body_bytes], header);
        file
    }

    /// Reads a file as it was written, padding and all; what follows is not looked at.
    ///
    /// # Errors
    /// What is wrong first: size, magic, header checksum, version, header, body checksum, body.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointFault> {
        let Header { mut checkpoint, partition_count, body_bytes, body_crc } = Header::read(bytes)?;
        let behind = &bytes[HEADER_BYTES..];
        let body = usize::try_from(body_bytes).ok().and_then(|size| behind.get(..size));
        let Some(body) = body else {
            let expected_bytes = body_bytes.saturating_add(HEADER_BYTES as u64);
            return Err(CheckpointFault::Truncated { expected_bytes, got_bytes: bytes.len() });
        };
        let got = crc::crc32c(body);
        if got != body_crc {
            return Err(CheckpointFault::BodyChecksum { got, expected: body_crc });
        }
        checkpoint.partitions = read_partitions(partition_count, checkpoint.next_partition, body)?;
        Ok(checkpoint)
    }

    fn write_header(&self, body: &[u8], header: &mut [u8]) {
        let partition_count = u32::try_from(self.partitions.len()).expect("fewer than 4 G");
        let mut writer = Writer::new(header);
        writer.bytes(&MAGIC).u16(CHECKPOINT_VERSION).u16(self.shard.get());
        writer.u32(self.journal.epoch).bytes(&self.log_id.0).u64(self.generation);
        writer.u32(self.journal.place.chunk).u32(self.journal.place.position);
        writer.u64(self.journal.sequence).u64(self.journal.epoch_start);
        writer.u64(self.journal.synced_upto).u64(self.journal.previous_hash.get());
        writer.u64(self.next_partition).u64(body.len() as u64);
        writer.u32(partition_count).u32(crc::crc32c(body)).zeros_to(CRC);
        let sum = crc::crc32c(&header[..CRC]);
        header[CRC..].copy_from_slice(&sum.to_le_bytes());
    }
}

/// The checkpoint to go on from, of the two files as they were read; `None` if neither was ever
/// written.
///
/// A file that cannot be read and is not blank was being written when the shard died, or has
/// rotted; the other one is then used. That loses nothing only because the journal is kept from
/// the start of the *older* checkpoint on.
///
/// # Errors
/// That of one that is whole and cannot be read, which is no rot: a newer version, or one with a
/// flaw, meant what it says, and may know what the other file does not. Otherwise the fault of one
/// that is not blank, if none can be used.
pub fn newest(
    files: [Result<Checkpoint, CheckpointFault>; 2],
) -> Result<Option<Checkpoint>, CheckpointFault> {
    let faults = || files.iter().filter_map(|file| file.as_ref().err().copied());
    if let Some(meant) = faults().find(CheckpointFault::is_meant) {
        return Err(meant);
    }
    let fault = faults().find(|fault| *fault != CheckpointFault::Blank);
    let readable = files.into_iter().flatten();
    let newest = readable.max_by_key(|checkpoint| checkpoint.generation);
    match (newest, fault) {
        (None, Some(fault)) => Err(fault),
        (newest, _) => Ok(newest),
    }
}

impl CheckpointFault {
    /// Whether the bytes are as they were written, and still cannot be read.
    #[must_use]
    pub const fn is_meant(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::NewerOptions { .. } | Self::Malformed { .. })
    }
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, CheckpointFault> {
        let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
            let expected_bytes = HEADER_BYTES as u64;
            let truncated = CheckpointFault::Truncated { expected_bytes, got_bytes: bytes.len() };
            return Err(if bytes.is_empty() { CheckpointFault::Blank } else { truncated });
        };
        if !header.starts_with(&MAGIC) {
            let is_blank = is_zero(header);
            let other = CheckpointFault::NotACheckpoint;
            return Err(if is_blank { CheckpointFault::Blank } else { other });
        }
        let (covered, sum) = header.split_last_chunk::<4>().expect("a header has a checksum");
        let (got, expected) = (crc::crc32c(covered), u32::from_le_bytes(*sum));
        if got != expected {
            return Err(CheckpointFault::HeaderChecksum { got, expected });
        }
        let mut reader = Reader::new(&covered[MAGIC.len()..]);
        let version = reader.u16().expect("a header holds all fields");
        if version > CHECKPOINT_VERSION {
            return Err(CheckpointFault::Newer { version });
        }
        let header = Self::read_fields(&mut reader).expect("a header holds all fields");
        let rules =
            [(version == CHECKPOINT_VERSION, "version"), (is_zero(reader.rest()), "reserved")];
        let broken = rules.iter().find(|(holds, _)| !holds).map(|(_, field)| *field);
        match broken.or_else(|| header.checkpoint.journal.find_malformed()) {
            Some(field) => Err(CheckpointFault::Malformed { field, index: None }),
            None => Ok(header),
        }
    }

    fn read_fields(reader: &mut Reader<'_>) -> Option<Self> {
        let shard = ShardId::new(reader.u16()?);
        let epoch = reader.u32()?;
        let log_id = LogId(reader.array()?);
        let generation = reader.u64()?;
        let journal = JournalStart {
            epoch,
            place: Place { chunk: reader.u32()?, position: reader.u32()? },
            sequence: reader.u64()?,
            epoch_start: reader.u64()?,
            synced_upto: reader.u64()?,
            previous_hash: FrameHash::new(reader.u64()?),
        };
        let next_partition = reader.u64()?;
        let body_bytes = reader.u64()?;
        let (partition_count, body_crc) = (reader.u32()?, reader.u32()?);
        let partitions = Vec::new();
        let checkpoint =
            Checkpoint { log_id, shard, generation, journal, next_partition, partitions };
        Some(Self { checkpoint, partition_count, body_bytes, body_crc })
    }
}

fn read_partitions(
    partition_count: u32,
    next_partition: u64,
    body: &[u8],
) -> Result<Vec<PartitionState>, CheckpointFault> {
    let count_max = body.len() / PartitionState::ENCODED_BYTES_MIN;
    let count = usize::try_from(partition_count).unwrap_or(usize::MAX);
    if count > count_max {
        return Err(CheckpointFault::Malformed { field: "partition_count", index: None });
    }
    let mut partitions: Vec<PartitionState> = Vec::with_capacity(count);
    let mut reader = Reader::new(body);
    for index in 0..partition_count {
        let malformed = |field| CheckpointFault::Malformed { field, index: Some(index) };
        let partition = PartitionState::read(&mut reader).map_err(|fault| match fault {
            StateFault::NewerOptions => CheckpointFault::NewerOptions { index },
            StateFault::Malformed(field) => malformed(field),
        })?;
        let is_next = partitions.last().is_none_or(|last| last.id < partition.id);
        if !is_next || partition.id.get() >= next_partition {
            return Err(malformed("id"));
        }
        partitions.push(partition);
    }
    if !reader.rest().is_empty() {
        return Err(CheckpointFault::Malformed { field: "body_bytes", index: None });
    }
    Ok(partitions)
}

impl core::error::Error for CheckpointFault {}

impl fmt::Display for CheckpointFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => write!(formatter, "blank checkpoint"),
            Self::NotACheckpoint => write!(formatter, "not a checkpoint"),
            Self::Truncated { expected_bytes, got_bytes } => {
                write!(formatter, "checkpoint cut at {got_bytes} bytes of {expected_bytes}")
            }
            Self::HeaderChecksum { got, expected } => {
                write!(formatter, "checkpoint header has CRC-32C {got:#010x}, not {expected:#010x}")
            }
            Self::BodyChecksum { got, expected } => {
                write!(formatter, "checkpoint body has CRC-32C {got:#010x}, not {expected:#010x}")
            }
            Self::Newer { version } => write!(
                formatter,
                "checkpoint of version {version}, up to {CHECKPOINT_VERSION} is known"
            ),
            Self::NewerOptions { index } => {
                write!(formatter, "options of a newer version in partition number {index}")
            }
            Self::Malformed { field, index: None } => {
                write!(formatter, "checkpoint with impossible {field}")
            }
            Self::Malformed { field, index: Some(index) } => {
                write!(formatter, "checkpoint with impossible {field} in partition number {index}")
            }
        }
    }
}

#[cfg(test)]
#[path = "checkpoint_test.rs"]
mod checkpoint_test;
