//! Entries: what a frame carries, one behind the other. The bytes: `docs/formats/journal.md`.

use crate::cursor::{Reader, Writer, is_zero};
use crate::journal::frame::Payload;
use crate::journal::run_place::RUN_PLACE_BYTES;
use crate::name::{NameFault, PartitionName};
use crate::stored_options::OptionsFault;
use core::fmt;
use core::ops::Range;
use millstream_base::{Offset, PartitionId};

pub use crate::journal::run_place::RunPlace;
pub use crate::stored_options::StoredOptions;

/// Size of an entry's header; the body follows.
pub const ENTRY_HEADER_BYTES: usize = 16;
/// Size of a whole entry that names a run.
pub const RUN_ENTRY_BYTES: usize = entry_bytes(RUN_PLACE_BYTES);
/// Entries begin at multiples of this within the payload.
const ALIGNMENT_BYTES: usize = 8;
const OFFSET_BYTES: usize = 8;

const BATCH: u8 = 1;
const RUN: u8 = 2;
const CREATE: u8 = 3;
const DELETE: u8 = 4;
const TRIM: u8 = 5;
const CONFIGURE: u8 = 6;

/// Something that happened to a partition. In the order of the entries, recovery does it again.
#[derive(Clone, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A batch was appended.
    Batch {
        /// To which partition.
        partition: PartitionId,
        /// The batch as it was appended, with its offsets. Vouched for by the frame's checksum, and
        /// still to be viewed through `millstream_batch`.
        bytes: &'a [u8],
    },
    /// Batches were appended that lie in a segment already.
    Run {
        /// To which partition.
        partition: PartitionId,
        /// Where they lie.
        run: RunPlace,
    },
    /// The partition was made; it is empty.
    Create {
        /// Its id, never used before.
        partition: PartitionId,
        /// Its name.
        name: PartitionName,
        /// What it was told.
        options: StoredOptions,
    },
    /// The partition is gone.
    Delete {
        /// Which.
        partition: PartitionId,
    },
    /// The log was cut at its start.
    Trim {
        /// Of which partition.
        partition: PartitionId,
        /// The first offset that is left.
        start_offset: Offset,
    },
    /// The partition was told something new.
    Configure {
        /// Which.
        partition: PartitionId,
        /// All of its options.
        options: StoredOptions,
    },
}

/// Iterates over the entries of a checked payload, and ends with an error where they are not what
/// the header declares. After an error it yields nothing.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    payload: Payload<'a>,
    /// Bytes walked over.
    position: usize,
    entry_count: u32,
    body: Range<usize>,
    is_done: bool,
}

/// Why the bytes of a payload are not entries, and where. With a right checksum this is a bug of
/// the writer, or a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryFault {
    /// Where in the payload the entry begins.
    pub position_bytes: usize,
    /// What is wrong with it.
    pub kind: EntryFaultKind,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryFaultKind {
    /// The payload ends inside of it.
    Truncated,
    /// No version up to this one writes such an entry.
    UnknownKind {
        /// The kind.
        got: u8,
    },
    /// A field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
    },
    /// The name cannot be a partition's.
    Name(NameFault),
    /// The options are not options.
    Options(OptionsFault),
    /// The payload has more or fewer entries than its header declares.
    Count {
        /// How many there are; one more than declared where there are more.
        got: u32,
        /// How many are declared.
        expected: u32,
    },
}

/// Size of an entry with so much body: header, body, padding.
#[must_use]
pub const fn entry_bytes(body_bytes: usize) -> usize {
    (ENTRY_HEADER_BYTES + body_bytes).next_multiple_of(ALIGNMENT_BYTES)
}

/// Writes the header of a batch entry to the first [`ENTRY_HEADER_BYTES`] of `into`, for callers
/// that copy the batch behind it themselves, and then zero the padding up to [`entry_bytes`].
pub fn encode_batch_header(partition: PartitionId, body_bytes: usize, into: &mut [u8]) {
    write_header(BATCH, partition, body_bytes, &mut Writer::new(into));
}

impl Entry<'_> {
    /// The partition it happened to.
    #[must_use]
    pub const fn partition(&self) -> PartitionId {
        match self {
            Self::Batch { partition, .. }
            | Self::Run { partition, .. }
            | Self::Create { partition, .. }
            | Self::Delete { partition }
            | Self::Trim { partition, .. }
            | Self::Configure { partition, .. } => *partition,
        }
    }

    /// Size of the body.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        match self {
            Self::Batch { bytes, .. } => bytes.len(),
            Self::Run { .. } => RUN_PLACE_BYTES,
            Self::Create { name, .. } => StoredOptions::ENCODED_BYTES + 2 + name.as_str().len(),
            Self::Delete { .. } => 0,
            Self::Trim { .. } => OFFSET_BYTES,
            Self::Configure { .. } => StoredOptions::ENCODED_BYTES,
        }
    }

    /// Writes the whole entry to the front of `into`, padding included, and returns its size. There
    /// must be room for [`entry_bytes`] of [`body_bytes`](Self::body_bytes).
    pub fn encode(&self, into: &mut [u8]) -> usize {
        let mut writer = Writer::new(into);
        write_header(self.kind(), self.partition(), self.body_bytes(), &mut writer);
        match self {
            Self::Batch { bytes, .. } => {
                writer.bytes(bytes);
            }
            Self::Run { run, .. } => run.write(&mut writer),
            Self::Create { name, options, .. } => {
                options.write(&mut writer);
                let name = name.as_str();
                writer.u16(u16::try_from(name.len()).expect("a checked name is short"));
                writer.bytes(name.as_bytes());
            }
            Self::Delete { .. } => {}
            Self::Trim { start_offset: offset, .. } => {
                assert!(offset.get() >= 0, "a log begins at 0: {offset}");
                writer.i64(offset.get());
            }
            Self::Configure { options, .. } => options.write(&mut writer),
        }
        assert_eq!(writer.position(), ENTRY_HEADER_BYTES + self.body_bytes());
        writer.zeros_to(entry_bytes(self.body_bytes())).position()
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Batch { .. } => BATCH,
            Self::Run { .. } => RUN,
            Self::Create { .. } => CREATE,
            Self::Delete { .. } => DELETE,
            Self::Trim { .. } => TRIM,
            Self::Configure { .. } => CONFIGURE,
        }
    }
}

impl<'a> Entries<'a> {
    pub(crate) const fn new(payload: Payload<'a>) -> Self {
        Self { payload, position: 0, entry_count: 0, body: 0..0, is_done: false }
    }

    /// Where the body of the entry just yielded lies within the payload: for a batch, its bytes.
    #[must_use]
    pub fn position(&self) -> Range<usize> {
        self.body.clone()
    }

    fn read(&mut self) -> Result<Option<Entry<'a>>, EntryFaultKind> {
        let rest = &self.payload.bytes()[self.position..];
        let expected = self.payload.entry_count();
        if rest.is_empty() && self.entry_count == expected {
            return Ok(None);
        }
        if rest.is_empty() || self.entry_count == expected {
            let got = self.entry_count + u32::from(!rest.is_empty());
            return Err(EntryFaultKind::Count { got, expected });
        }
        let header = read_header(&mut Reader::new(rest))?;
        let begin = self.position + ENTRY_HEADER_BYTES;
        // Sizes of 32 bits do not overflow memory's 64; what they exceed is checked next.
        let body = begin..begin + header.body_bytes;
        let end = self.position + entry_bytes(header.body_bytes);
        let whole = self.payload.bytes().get(..end).ok_or(EntryFaultKind::Truncated)?;
        if !is_zero(&whole[body.end..]) {
            return Err(EntryFaultKind::Malformed { field: "padding" });
        }
        let entry = read_body(&header, &whole[body.clone()])?;
        (self.position, self.body) = (end, body);
        self.entry_count += 1;
        Ok(Some(entry))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, EntryFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let position_bytes = self.position;
        let read = self.read().map_err(|kind| EntryFault { position_bytes, kind }).transpose();
        self.is_done = !matches!(read, Some(Ok(_)));
        read
    }
}

impl core::iter::FusedIterator for Entries<'_> {}

struct EntryHeader {
    kind: u8,
    body_bytes: usize,
    partition: PartitionId,
}

fn write_header(kind: u8, partition: PartitionId, body_bytes: usize, writer: &mut Writer<'_>) {
    let body_bytes = u32::try_from(body_bytes).expect("a frame holds the entry");
    writer.u8(kind).u8(0).u16(0).u32(body_bytes).u64(partition.get());
    assert_eq!(writer.position(), ENTRY_HEADER_BYTES);
}

fn read_header(reader: &mut Reader<'_>) -> Result<EntryHeader, EntryFaultKind> {
    let mut fields = || Some((reader.u8()?, reader.zeros(3)?, reader.u32()?, reader.u64()?));
    let (kind, is_clear, body_bytes, partition) = fields().ok_or(EntryFaultKind::Truncated)?;
    if !is_clear {
        return Err(EntryFaultKind::Malformed { field: "flags" });
    }
    let partition = PartitionId::new(partition);
    Ok(EntryHeader { kind, body_bytes: body_bytes as usize, partition })
}

fn read_body<'a>(header: &EntryHeader, body: &'a [u8]) -> Result<Entry<'a>, EntryFaultKind> {
    let partition = header.partition;
    let mut reader = Reader::new(body);
    let entry = match header.kind {
        BATCH => return Ok(Entry::Batch { partition, bytes: body }),
        RUN => Entry::Run { partition, run: read_run(&mut reader)? },
        CREATE => {
            let options = StoredOptions::read(&mut reader).map_err(EntryFaultKind::Options)?;
            Entry::Create { partition, name: read_name(&mut reader)?, options }
        }
        DELETE => Entry::Delete { partition },
        TRIM => Entry::Trim { partition, start_offset: read_offset(&mut reader)? },
        CONFIGURE => {
            let options = StoredOptions::read(&mut reader).map_err(EntryFaultKind::Options)?;
            Entry::Configure { partition, options }
        }
        got => return Err(EntryFaultKind::UnknownKind { got }),
    };
    if !reader.rest().is_empty() {
        return Err(EntryFaultKind::Malformed { field: "body_bytes" });
    }
    Ok(entry)
}

fn read_run(reader: &mut Reader<'_>) -> Result<RunPlace, EntryFaultKind> {
    let run = RunPlace::read(reader).ok_or(EntryFaultKind::Truncated)?;
    run.map_err(|field| EntryFaultKind::Malformed { field })
}

fn read_name(reader: &mut Reader<'_>) -> Result<PartitionName, EntryFaultKind> {
    let mut bytes = || {
        let byte_count = usize::from(reader.u16()?);
        reader.bytes(byte_count)
    };
    let bytes = bytes().ok_or(EntryFaultKind::Truncated)?;
    PartitionName::from_bytes(bytes).map_err(EntryFaultKind::Name)
}

fn read_offset(reader: &mut Reader<'_>) -> Result<Offset, EntryFaultKind> {
    let offset = reader.i64().ok_or(EntryFaultKind::Truncated)?;
    if offset < 0 {
        return Err(EntryFaultKind::Malformed { field: "offset" });
    }
    Ok(Offset::new(offset))
}

impl fmt::Debug for Entry<'_> {
    /// All but the batch, whose bytes are none of a log line's business.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Batch { .. } => "Batch",
            Self::Run { .. } => "Run",
            Self::Create { .. } => "Create",
            Self::Delete { .. } => "Delete",
            Self::Trim { .. } => "Trim",
            Self::Configure { .. } => "Configure",
        };
        let mut debug = formatter.debug_struct(name);
        debug.field("partition", &self.partition().get());
        match self {
            Self::Batch { bytes, .. } => debug.field("bytes", &bytes.len()),
            Self::Run { run, .. } => debug.field("run", run),
            Self::Create { name, options, .. } => {
                debug.field("name", name).field("options", options)
            }
            Self::Delete { .. } => &mut debug,
            Self::Trim { start_offset, .. } => debug.field("start_offset", start_offset),
            Self::Configure { options, .. } => debug.field("options", options),
        };
        debug.finish()
    }
}

impl core::error::Error for EntryFault {}

impl fmt::Display for EntryFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "entry at byte {} of its frame: ", self.position_bytes)?;
        match self.kind {
            EntryFaultKind::Truncated => write!(formatter, "cut off"),
            EntryFaultKind::UnknownKind { got } => write!(formatter, "unknown kind {got}"),
            EntryFaultKind::Malformed { field } => write!(formatter, "impossible {field}"),
            EntryFaultKind::Name(fault) => write!(formatter, "{fault}"),
            EntryFaultKind::Options(fault) => write!(formatter, "{fault}"),
            EntryFaultKind::Count { got, expected } => {
                write!(formatter, "number {got} where {expected} were declared")
            }
        }
    }
}

#[cfg(test)]
#[path = "entry_test.rs"]
mod entry_test;
