//! Frames: what one tick of a shard writes to its journal. The bytes: `docs/formats/journal.md`.

use crate::cursor::{Reader, Writer, is_zero};
use crate::flaw::{self, Flaw};
use crate::identity::LogId;
use crate::journal::entry::Entries;
use core::fmt;
use millstream_base::limits::{BLOCK_BYTES, JOURNAL_CHUNK_BYTES, REGION_BYTES};
use millstream_base::{ShardId, Timestamp, crc};

/// The version that this code writes.
pub const FRAME_VERSION: u16 = 1;
/// Size of a frame's header; the payload follows.
pub const FRAME_HEADER_BYTES: usize = 128;
/// The largest payload: a frame lies within one region.
pub const FRAME_PAYLOAD_BYTES_MAX: usize = REGION_BYTES - FRAME_HEADER_BYTES;

const MAGIC: [u8; 8] = *b"MSTFRAME";
const CRC: usize = FRAME_HEADER_BYTES - 4;

/// Where a frame lies in its shard's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The number of the chunk file.
    pub chunk: u32,
    /// The frame's first byte within it; a multiple of [`BLOCK_BYTES`].
    pub position: u32,
}

/// What a frame's successor remembers of it: 64-bit FNV-1a of its encoded header, which holds the
/// checksum of the payload and the hash of the frame before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameHash(u64);

/// The header of a frame. Sequences count the frames of a shard from its first, over all epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The data directory.
    pub log_id: LogId,
    /// The shard.
    pub shard: ShardId,
    /// Which opening of the shard wrote it; counts from 1, and each opening has its own, whether or
    /// not it came to write a frame.
    pub epoch: u32,
    /// The sequence of that opening's first frame. Whatever older openings wrote at this sequence
    /// or beyond was given up, and must not come back.
    pub epoch_start: u64,
    /// Its place in the order of the frames.
    pub sequence: u64,
    /// Its place on disk.
    pub place: Place,
    /// Header, payload, and padding to a whole number of blocks.
    pub frame_bytes: u32,
    /// Bytes of the entries.
    pub payload_bytes: u32,
    /// How many entries the payload has.
    pub entry_count: u32,
    /// CRC-32C of the payload.
    pub payload_crc: u32,
    /// The hash of the frame before; for the first of a journal, 0.
    pub previous_hash: FrameHash,
    /// Every frame with a smaller sequence, and the runs it names, was known to be stable when this
    /// one was sealed. From `epoch_start` to `sequence`: an opening makes all that it replays
    /// stable before it seals its first frame, or a power cut could still take what that frame's
    /// readers have seen.
    pub synced_upto: u64,
    /// When it was sealed, for people; nothing rests on it.
    pub wall_time: Timestamp,
}

/// The payload of a frame, in the bytes that its header vouches for; comes only out of
/// [`FrameHeader::check_payload`].
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    entry_count: u32,
}

/// Why bytes are not a frame, or not this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameFault {
    /// The header is zeros: the space was never used.
    Blank,
    /// Something else than a frame begins here.
    NotAFrame,
    /// The bytes end inside the frame.
    Truncated {
        /// How many there should be.
        expected_bytes: usize,
        /// How many there are.
        got_bytes: usize,
    },
    /// Written by a newer version of this program.
    Newer {
        /// The version it was written as.
        version: u16,
    },
    /// The header's checksum is wrong.
    HeaderChecksum {
        /// What the bytes have.
        got: u32,
        /// What they say.
        expected: u32,
    },
    /// The header's checksum is right, but a field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
    },
    /// The payload's checksum is wrong.
    PayloadChecksum {
        /// What the bytes have.
        got: u32,
        /// What the header says.
        expected: u32,
    },
    /// A frame that was meant for another place.
    Misplaced {
        /// Where it was found.
        expected: Place,
        /// Where it says it is.
        got: Place,
    },
    /// A frame of another data directory or shard.
    Foreign {
        /// Its directory.
        log_id: LogId,
        /// Its shard.
        shard: ShardId,
    },
}

/// Size of a frame with so much payload: header, payload, and padding to a whole block.
#[must_use]
pub const fn frame_bytes(payload_bytes: usize) -> usize {
    assert!(payload_bytes <= FRAME_PAYLOAD_BYTES_MAX, "a frame lies within one region");
    (FRAME_HEADER_BYTES + payload_bytes).next_multiple_of(BLOCK_BYTES)
}

impl FrameHash {
    /// The hash before the first frame of a journal.
    pub const NONE: Self = Self(0);

    /// Wraps the bare value.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The bare value.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// 64-bit FNV-1a (Fowler, Noll, Vo): a page of no moving parts, which a reader of the format
    /// can write down from memory. It tells one's own frames apart; nobody hostile chooses them.
    fn of(bytes: &[u8]) -> Self {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        Self(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold))
    }
}

impl FrameHeader {
    /// Writes the header to the first [`FRAME_HEADER_BYTES`] of `into`, with its checksum.
    ///
    /// The fields must agree as [`decode`](Self::decode) demands: what we write we can read.
    pub fn encode(&self, into: &mut [u8]) {
        if let Some(field) = self.find_malformed() {
            panic!("a frame is sealed with a sound header: {field} of {self:?}");
        }
        let (header, _) = into.split_at_mut(FRAME_HEADER_BYTES);
        let mut writer = Writer::new(header);
        writer.bytes(&MAGIC).u16(FRAME_VERSION).u16(self.shard.get()).u32(self.epoch);
        writer.bytes(&self.log_id.0).u32(self.place.chunk).u32(self.place.position);
        writer.u32(self.frame_bytes).u32(self.payload_bytes);
        writer.u32(self.entry_count).u32(self.payload_crc);
        writer.u64(self.sequence).u64(self.epoch_start).u64(self.synced_upto);
        writer.u64(self.previous_hash.get()).i64(self.wall_time.get());
        writer.zeros_to(CRC);
        let sum = crc::crc32c(&header[..CRC]);
        header[CRC..].copy_from_slice(&sum.to_le_bytes());
    }

    /// Reads the header at the front of `bytes`. It vouches for itself; whether it belongs here is
    /// for [`check_place`](Self::check_place), and its payload for
    /// [`check_payload`](Self::check_payload).
    ///
    /// # Errors
    /// What is wrong first: size, magic, checksum, version, fields. A newer version is told only
    /// by a right checksum, so that rot in the version is not taken for one.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameFault> {
        let (address, mut reader) = Address::read_sealed(bytes)?;
        address.read_rest(&mut reader).expect("a header holds all fields")
    }

    /// As [`decode`](Self::decode), for bytes found at `place` in the journal of `shard`.
    ///
    /// What has another address is no frame of this journal, whatever its version: clients choose
    /// bytes that come to lie at block boundaries, and must not be able to keep a log from opening.
    ///
    /// # Errors
    /// Those of [`decode`](Self::decode), and before version and fields those of
    /// [`check_place`](Self::check_place).
    pub fn decode_at(
        bytes: &[u8],
        log_id: LogId,
        shard: ShardId,
        place: Place,
    ) -> Result<Self, FrameFault> {
        let (address, mut reader) = Address::read_sealed(bytes)?;
        address.check(log_id, shard, place)?;
        address.read_rest(&mut reader).expect("a header holds all fields")
    }

    /// Whether this frame is one of `shard` in the directory `log_id`, and meant for `place`.
    ///
    /// # Errors
    /// [`FrameFault::Foreign`] and [`FrameFault::Misplaced`].
    pub fn check_place(
        &self,
        log_id: LogId,
        shard: ShardId,
        place: Place,
    ) -> Result<(), FrameFault> {
        self.address().check(log_id, shard, place)
    }

    /// Checks the payload, which must begin at the front of `bytes` and may be followed by
    /// anything: padding is not looked at, so that rot in it costs nothing.
    ///
    /// # Errors
    /// [`FrameFault::Truncated`] and [`FrameFault::PayloadChecksum`].
    pub fn check_payload<'a>(&self, bytes: &'a [u8]) -> Result<Payload<'a>, FrameFault> {
        let expected_bytes = size(self.payload_bytes);
        let Some(bytes) = bytes.get(..expected_bytes) else {
            return Err(FrameFault::Truncated { expected_bytes, got_bytes: bytes.len() });
        };
        let (got, expected) = (crc::crc32c(bytes), self.payload_crc);
        if got != expected && !flaw::is_on(Flaw::NoChecksum) {
            return Err(FrameFault::PayloadChecksum { got, expected });
        }
        Ok(Payload { bytes, entry_count: self.entry_count })
    }

    /// The hash that the next frame carries as its `previous_hash`.
    #[must_use]
    pub fn hash(&self) -> FrameHash {
        let mut header = [0; FRAME_HEADER_BYTES];
        self.encode(&mut header);
        FrameHash::of(&header)
    }

    /// The place right behind this frame: where the next one goes if it fits into the region.
    /// `None` behind the last block of a chunk.
    #[must_use]
    pub fn next_place(&self) -> Option<Place> {
        let position = self.place.position.checked_add(self.frame_bytes)?;
        let place = Place { position, ..self.place };
        (size(position) < JOURNAL_CHUNK_BYTES).then_some(place)
    }

    const fn address(&self) -> Address {
        let Self { log_id, shard, epoch, place, .. } = *self;
        Address { version: FRAME_VERSION, log_id, shard, epoch, place }
    }

    /// Names the first field that no writer leaves so. Asked before each write and after each read.
    fn find_malformed(&self) -> Option<&'static str> {
        let payload_bytes = size(self.payload_bytes);
        let position = size(self.place.position);
        let is_short = payload_bytes <= FRAME_PAYLOAD_BYTES_MAX;
        let entry_count_max = payload_bytes / crate::journal::entry::ENTRY_HEADER_BYTES;
        let rules = [
            ((1..u32::MAX).contains(&self.epoch), "epoch"),
            (is_short, "payload_bytes"),
            (is_short && size(self.frame_bytes) == frame_bytes(payload_bytes), "frame_bytes"),
            (position.is_multiple_of(BLOCK_BYTES), "position"),
            (position + size(self.frame_bytes) <= JOURNAL_CHUNK_BYTES, "position"),
            // Both within one region: memory mirrors the disk region by region.
            (position % REGION_BYTES + size(self.frame_bytes) <= REGION_BYTES, "position"),
            (size(self.entry_count) <= entry_count_max, "entry_count"),
            (self.sequence < u64::MAX, "sequence"),
            (self.epoch_start <= self.synced_upto, "epoch_start"),
            (self.synced_upto <= self.sequence, "synced_upto"),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, field)| *field)
    }
}

/// The fields that stay where they are in all versions, so that each version can tell whether a
/// frame of a newer one is its own.
struct Address {
    version: u16,
    shard: ShardId,
    epoch: u32,
    log_id: LogId,
    place: Place,
}

impl Address {
    /// Reads it from a header that has its checksum; what follows is left to the reader.
    fn read_sealed(bytes: &[u8]) -> Result<(Self, Reader<'_>), FrameFault> {
        let Some(header) = bytes.first_chunk::<FRAME_HEADER_BYTES>() else {
            let (expected_bytes, got_bytes) = (FRAME_HEADER_BYTES, bytes.len());
            return Err(FrameFault::Truncated { expected_bytes, got_bytes });
        };
        if !header.starts_with(&MAGIC) {
            return Err(if is_zero(header) { FrameFault::Blank } else { FrameFault::NotAFrame });
        }
        let (covered, sum) = header.split_last_chunk::<4>().expect("a header has a checksum");
        let (got, expected) = (crc::crc32c(covered), u32::from_le_bytes(*sum));
        if got != expected {
            return Err(FrameFault::HeaderChecksum { got, expected });
        }
        let mut reader = Reader::new(&covered[MAGIC.len()..]);
        let address = Self::read(&mut reader).expect("a header holds all fields");
        Ok((address, reader))
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            version: reader.u16()?,
            shard: ShardId::new(reader.u16()?),
            epoch: reader.u32()?,
            log_id: LogId(reader.array()?),
            place: Place { chunk: reader.u32()?, position: reader.u32()? },
        })
    }

    fn check(&self, log_id: LogId, shard: ShardId, place: Place) -> Result<(), FrameFault> {
        if (self.log_id, self.shard) != (log_id, shard) {
            return Err(FrameFault::Foreign { log_id: self.log_id, shard: self.shard });
        }
        if self.place != place {
            return Err(FrameFault::Misplaced { expected: place, got: self.place });
        }
        Ok(())
    }

    fn read_rest(self, reader: &mut Reader<'_>) -> Option<Result<FrameHeader, FrameFault>> {
        let Self { version, shard, epoch, log_id, place } = self;
        if version > FRAME_VERSION {
            return Some(Err(FrameFault::Newer { version }));
        }
        let header = FrameHeader {
            log_id,
            shard,
            epoch,
            place,
            frame_bytes: reader.u32()?,
            payload_bytes: reader.u32()?,
            entry_count: reader.u32()?,
            payload_crc: reader.u32()?,
            sequence: reader.u64()?,
            epoch_start: reader.u64()?,
            synced_upto: reader.u64()?,
            previous_hash: FrameHash(reader.u64()?),
            wall_time: Timestamp::new(reader.i64()?),
        };
        let reserved = if is_zero(reader.rest()) { None } else { Some("reserved") };
        let version = if version == FRAME_VERSION { None } else { Some("version") };
        Some(match version.or(reserved).or_else(|| header.find_malformed()) {
            Some(field) => Err(FrameFault::Malformed { field }),
            None => Ok(header),
        })
    }
}

impl<'a> Payload<'a> {
    /// The entries, encoded.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many entries the header declares.
    #[must_use]
    pub const fn entry_count(&self) -> u32 {
        self.entry_count
    }

    /// The entries, one by one.
    #[must_use]
    pub const fn entries(&self) -> Entries<'a> {
        Entries::new(*self)
    }
}

impl fmt::Debug for Payload<'_> {
    /// Sizes, never the bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Payload");
        debug.field("bytes", &self.bytes.len()).field("entry_count", &self.entry_count).finish()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "chunk {:08x} at {}", self.chunk, self.position)
    }
}

impl core::error::Error for FrameFault {}

impl fmt::Display for FrameFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => write!(formatter, "blank space"),
            Self::NotAFrame => write!(formatter, "not a frame"),
            Self::Truncated { expected_bytes, got_bytes } => {
                write!(formatter, "frame cut at {got_bytes} bytes of {expected_bytes}")
            }
            Self::Newer { version } => {
                write!(formatter, "frame of version {version}, up to {FRAME_VERSION} is known")
            }
            Self::HeaderChecksum { got, expected } => {
                write!(formatter, "frame header has CRC-32C {got:#010x}, says {expected:#010x}")
            }
            Self::Malformed { field } => write!(formatter, "frame header with impossible {field}"),
            Self::PayloadChecksum { got, expected } => {
                write!(formatter, "frame payload has CRC-32C {got:#010x}, not {expected:#010x}")
            }
            Self::Misplaced { expected, got } => {
                write!(formatter, "frame in {expected} that was meant for {got}")
            }
            Self::Foreign { log_id, shard } => {
                write!(formatter, "frame of shard {shard} of data directory {log_id}")
            }
        }
    }
}

/// A size of 32 bits as memory counts.
const fn size(value: u32) -> usize {
    value as usize
}

#[cfg(test)]
#[path = "frame_test.rs"]
mod frame_test;
