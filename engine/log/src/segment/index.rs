//! A segment's sidecar: where in the file which offsets and times lie, in blocks that vouch for
//! themselves. The bytes: `docs/formats/segment.md`.

use crate::cursor::{Reader, Writer, is_zero};
use crate::identity::LogId;
use core::fmt;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Position, Timestamp, crc};

/// The version that this code writes.
pub const INDEX_VERSION: u16 = 1;
/// How many entries a full block holds.
pub const INDEX_BLOCK_ENTRIES: usize = (BLOCK_BYTES - HEADER_BYTES) / ENTRY_BYTES;

const MAGIC: [u8; 8] = *b"MSTINDEX";
const HEADER_BYTES: usize = 64;
const ENTRY_BYTES: usize = 40;
const CRC: usize = HEADER_BYTES - 4;

/// A stretch of a segment: whole batches one behind the other, some 64 KiB or one larger batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Offset of the first record.
    pub first_offset: Offset,
    /// Offset that follows the last record.
    pub next_offset: Offset,
    /// The first byte in the segment file.
    pub position: Position,
    /// Bytes of the batches, without padding.
    pub length_bytes: u32,
    /// The latest time of a record.
    pub max_timestamp: Timestamp,
    /// [`stretch_crc`] of the batches.
    pub crc: u32,
}

/// Which file a block belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexOwner {
    /// The data directory.
    pub log_id: LogId,
    /// The partition.
    pub partition: PartitionId,
    /// The segment: its base offset.
    pub segment: Offset,
}

/// Why a block is not a block of this index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexFault {
    /// Fewer bytes than one block.
    Truncated {
        /// How many there are.
        got_bytes: usize,
    },
    /// Only zeros: the index ends before it.
    Blank,
    /// Something else than a block of an index.
    NotAnIndex,
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
    /// A block of another index.
    Foreign {
        /// Whose it is.
        got: IndexOwner,
    },
    /// A block that was meant for another place in this index.
    Misplaced {
        /// Its number by its place.
        expected: u32,
        /// Its number by its own word.
        got: u32,
    },
    /// The checksum is right, but a field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
    },
}

/// The checksum of a stretch or run: CRC-32C of partition, segment and position (each in eight
/// bytes), and then the batches. What the device put elsewhere has another.
#[must_use]
pub fn stretch_crc(
    partition: PartitionId,
    segment: Offset,
    position: Position,
    bytes: &[u8],
) -> u32 {
    crc::crc32c_append(stretch_seed(partition, segment, position), bytes)
}

/// The [`stretch_crc`] of no batches yet, to go on from with `checksum::extend`.
#[must_use]
pub fn stretch_seed(partition: PartitionId, segment: Offset, position: Position) -> u32 {
    let mut place = [0; 24];
    Writer::new(&mut place).u64(partition.get()).i64(segment.get()).u64(position.get());
    crc::crc32c(&place)
}

/// Writes one block, with all of `entries`, to the first [`BLOCK_BYTES`] of `into`.
///
/// There must be 1 to [`INDEX_BLOCK_ENTRIES`] entries that begin within the segment and follow
/// each other, in offsets as in positions.
pub fn encode_block(owner: &IndexOwner, number: u32, entries: &[IndexEntry], into: &mut [u8]) {
    assert!((1..=INDEX_BLOCK_ENTRIES).contains(&entries.len()), "a block has entries");
    if let Some(field) = find_disorder(owner.segment, entries) {
        panic!("an index block is sealed in order: {field}");
    }
    let (block, _) = into.split_at_mut(BLOCK_BYTES);
    let mut writer = Writer::new(block);
    let entry_count = u16::try_from(entries.len()).expect("a block is short");
    writer.bytes(&MAGIC).u16(INDEX_VERSION).u16(entry_count).u32(number);
    writer.bytes(&owner.log_id.0).u64(owner.partition.get()).i64(owner.segment.get());
    writer.zeros_to(HEADER_BYTES);
    for entry in entries {
        writer.i64(entry.first_offset.get()).i64(entry.next_offset.get());
        writer.u64(entry.position.get()).i64(entry.max_timestamp.get());
        writer.u32(entry.length_bytes).u32(entry.crc);
    }
    writer.zeros_to(BLOCK_BYTES);
    let sum = block_crc(block);
    block[CRC..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
}

/// Reads block `number` of the index of `owner` from the first [`BLOCK_BYTES`] of `bytes`.
///
/// # Errors
/// What is wrong first: size, magic, checksum, version, owner, number, fields, order.
pub fn decode_block(
    owner: &IndexOwner,
    number: u32,
    bytes: &[u8],
) -> Result<Vec<IndexEntry>, IndexFault> {
    let Some(block) = bytes.first_chunk::<BLOCK_BYTES>() else {
        return Err(IndexFault::Truncated { got_bytes: bytes.len() });
    };
    if !block.starts_with(&MAGIC) {
        return Err(if is_zero(block) { IndexFault::Blank } else { IndexFault::NotAnIndex });
    }
    let sum = block[CRC..].first_chunk().expect("a block has a checksum");
    let (got, expected) = (block_crc(block), u32::from_le_bytes(*sum));
    if got != expected {
        return Err(IndexFault::Checksum { got, expected });
    }
    let (header, entries) = block.split_at(HEADER_BYTES);
    let entry_count = read_header(owner, number, &mut Reader::new(&header[MAGIC.len()..CRC]))?;
    let mut reader = Reader::new(entries);
    let entries = (0..entry_count).map(|_| read_entry(&mut reader)).collect();
    let entries: Vec<_> = Option::expect(entries, "the count is checked");
    if !is_zero(reader.rest()) {
        return Err(IndexFault::Malformed { field: "reserved" });
    }
    match find_disorder(owner.segment, &entries) {
        Some(field) => Err(IndexFault::Malformed { field }),
        None => Ok(entries),
    }
}

/// Of everything but the checksum itself.
fn block_crc(block: &[u8]) -> u32 {
    crc::crc32c_append(crc::crc32c(&block[..CRC]), &block[HEADER_BYTES..])
}

fn read_header(
    owner: &IndexOwner,
    number: u32,
    reader: &mut Reader<'_>,
) -> Result<usize, IndexFault> {
    const WHOLE: &str = "a header holds all fields";
    let version = reader.u16().expect(WHOLE);
    if version > INDEX_VERSION {
        return Err(IndexFault::Newer { version });
    }
    let entry_count = usize::from(reader.u16().expect(WHOLE));
    let got_number = reader.u32().expect(WHOLE);
    let log_id = LogId(reader.array().expect(WHOLE));
    let partition = PartitionId::new(reader.u64().expect(WHOLE));
    let segment = Offset::new(reader.i64().expect(WHOLE));
    let got = IndexOwner { log_id, partition, segment };
    if got != *owner {
        return Err(IndexFault::Foreign { got });
    }
    if got_number != number {
        return Err(IndexFault::Misplaced { expected: number, got: got_number });
    }
    let rules = [
        (version == INDEX_VERSION, "version"),
        ((1..=INDEX_BLOCK_ENTRIES).contains(&entry_count), "entry_count"),
        (is_zero(reader.rest()), "reserved"),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, field)) => Err(IndexFault::Malformed { field }),
        None => Ok(entry_count),
    }
}

/// `None` where the bytes end.
fn read_entry(reader: &mut Reader<'_>) -> Option<IndexEntry> {
    let (first_offset, next_offset) = (Offset::new(reader.i64()?), Offset::new(reader.i64()?));
    let position = Position::new(reader.u64()?);
    let max_timestamp = Timestamp::new(reader.i64()?);
    let (length_bytes, crc) = (reader.u32()?, reader.u32()?);
    Some(IndexEntry { first_offset, next_offset, position, length_bytes, max_timestamp, crc })
}

/// Names the first field that does not follow: stretches neither overlap nor go back, in offsets
/// and in bytes.
fn find_disorder(segment: Offset, entries: &[IndexEntry]) -> Option<&'static str> {
    let mut end = (segment, Position::ZERO);
    for entry in entries {
        let next_position = entry.position.checked_add(u64::from(entry.length_bytes));
        let rules = [
            (entry.first_offset >= end.0, "first_offset"),
            (entry.next_offset > entry.first_offset, "next_offset"),
            (entry.position >= end.1 && next_position.is_some(), "position"),
            (entry.length_bytes > 0, "length_bytes"),
        ];
        if let Some((_, field)) = rules.iter().find(|(holds, _)| !holds) {
            return Some(field);
        }
        end = (entry.next_offset, next_position?);
    }
    None
}

impl core::error::Error for IndexFault {}

impl fmt::Display for IndexFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { got_bytes } => {
                write!(formatter, "index block of {got_bytes} bytes, {BLOCK_BYTES} expected")
            }
            Self::Blank => write!(formatter, "blank index block"),
            Self::NotAnIndex => write!(formatter, "not a block of an index"),
            Self::Checksum { got, expected } => {
                write!(formatter, "index block has CRC-32C {got:#010x}, says {expected:#010x}")
            }
            Self::Newer { version } => {
                write!(formatter, "index of version {version}, up to {INDEX_VERSION} is known")
            }
            Self::Foreign { got } => write!(
                formatter,
                "index block of segment {} of partition {} of data directory {}",
                got.segment, got.partition, got.log_id
            ),
            Self::Misplaced { expected, got } => {
                write!(formatter, "index block {got} at the place of block {expected}")
            }
            Self::Malformed { field } => write!(formatter, "index block with impossible {field}"),
        }
    }
}

#[cfg(test)]
#[path = "index_test.rs"]
mod index_test;
