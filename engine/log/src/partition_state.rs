//! One partition as a checkpoint holds it.

use crate::cursor::{Reader, Writer};
use crate::name::PartitionName;
use crate::stored_options::{OptionsFault, StoredOptions};
use millstream_base::{Offset, PartitionId, Timestamp};

pub(crate) const FIXED_BYTES: usize = 42;
const SEGMENT_BYTES: usize = 32;
const QUARANTINE_BYTES: usize = 16;
const SUSPECT: u8 = 1;

/// What a checkpoint knows of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionState {
    /// Its id.
    pub id: PartitionId,
    /// Its name.
    pub name: PartitionName,
    /// What it was told.
    pub options: StoredOptions,
    /// The first offset that the log still has.
    pub start_offset: Offset,
    /// The settled end: everything from here on is in the journal.
    pub next_offset: Offset,
    /// Entries of this partition in frames before this one are in the segments, or were undone by
    /// a truncation, and are passed over in recovery.
    pub barrier_sequence: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentState>,
    /// Damaged ranges, each from its first offset to the one behind its last; in order, apart.
    pub quarantine: Vec<(Offset, Offset)>,
    /// Whether damage in the journal may have taken records behind the end.
    pub is_suspect: bool,
}

/// What a checkpoint knows of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentState {
    /// The offset from which its file has its name.
    pub base_offset: Offset,
    /// Offset that follows its last settled record.
    pub next_offset: Offset,
    /// Bytes of the file that are in use, padding included.
    pub length_bytes: u64,
    /// The latest time of a record.
    pub max_timestamp: Timestamp,
}

/// Why bytes are not the state of a partition.
pub(crate) enum StateFault {
    /// It has options that this version does not know.
    NewerOptions,
    /// This field is cut off or impossible.
    Malformed(&'static str),
}

impl From<&'static str> for StateFault {
    fn from(field: &'static str) -> Self {
        Self::Malformed(field)
    }
}

impl PartitionState {
    /// The least that one takes.
    pub(crate) const ENCODED_BYTES_MIN: usize = FIXED_BYTES + StoredOptions::ENCODED_BYTES + 1;

    pub(crate) fn encoded_bytes(&self) -> usize {
        let segments_bytes = self.segments.len() * SEGMENT_BYTES;
        let quarantine_bytes = self.quarantine.len() * QUARANTINE_BYTES;
        let name_bytes = self.name.as_str().len();
        let lists_bytes = segments_bytes + quarantine_bytes;
        FIXED_BYTES + StoredOptions::ENCODED_BYTES + name_bytes + lists_bytes
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        if let Some(field) = self.find_malformed() {
            panic!("a sound partition goes into a checkpoint: {field} of {self:?}");
        }
        let count = |count: usize| u32::try_from(count).expect("fewer than 4 G");
        let name = self.name.as_str();
        writer.u64(self.id.get()).i64(self.start_offset.get()).i64(self.next_offset.get());
        writer.u64(self.barrier_sequence);
        writer.u8(u8::from(self.is_suspect) * SUSPECT);
        writer.u8(u8::try_from(name.len()).expect("a checked name is short"));
        writer.u32(count(self.segments.len())).u32(count(self.quarantine.len()));
        self.options.write(writer);
        writer.bytes(name.as_bytes());
        self.segments.iter().for_each(|segment| segment.write(writer));
        for (first_offset, next_offset) in &self.quarantine {
            writer.i64(first_offset.get()).i64(next_offset.get());
        }
    }

    /// Takes one off the front.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, StateFault> {
        let fixed = Fixed::read(reader).ok_or("fixed fields")?;
        let options = StoredOptions::read(reader).map_err(|fault| match fault {
            OptionsFault::Newer { .. } => StateFault::NewerOptions,
            OptionsFault::Malformed { field } => StateFault::Malformed(field),
            OptionsFault::Truncated => StateFault::Malformed("options"),
        })?;
        let name = reader.bytes(usize::from(fixed.name_bytes)).ok_or("name")?;
        let name = PartitionName::from_bytes(name).map_err(|_| "name")?;
        let count = count_max(fixed.segment_count, SEGMENT_BYTES, reader).ok_or("segment_count")?;
        let segments = (0..count).map(|_| SegmentState::read(reader));
        let segments = segments.collect::<Option<_>>().ok_or("segments")?;
        let count = count_max(fixed.quarantine_count, QUARANTINE_BYTES, reader)
            .ok_or("quarantine_count")?;
        let quarantine = (0..count).map(|_| read_range(reader));
        let quarantine = quarantine.collect::<Option<_>>().ok_or("quarantine")?;
        let partition = Self {
            id: fixed.id,
            name,
            options,
            start_offset: fixed.start_offset,
            next_offset: fixed.next_offset,
            barrier_sequence: fixed.barrier_sequence,
            segments,
            quarantine,
            is_suspect: fixed.flags & SUSPECT != 0,
        };
        let unknown_flags = fixed.flags & !SUSPECT != 0;
        let flags = unknown_flags.then_some("flags");
        match flags.or_else(|| partition.find_malformed()) {
            Some(field) => Err(StateFault::Malformed(field)),
            None => Ok(partition),
        }
    }

    /// Names the first field that no writer leaves so.
    fn find_malformed(&self) -> Option<&'static str> {
        let is_apart = |left: &SegmentState, right: &SegmentState| {
            left.next_offset <= right.base_offset && left.base_offset < right.base_offset
        };
        let has_order = |segment: &SegmentState| {
            segment.base_offset >= Offset::ZERO && segment.base_offset <= segment.next_offset
        };
        let rules = [
            (self.start_offset >= Offset::ZERO, "start_offset"),
            (self.start_offset <= self.next_offset, "next_offset"),
            (self.segments.iter().all(has_order), "segments"),
            (self.segments.is_sorted_by(is_apart), "segments"),
            (self.quarantine.iter().all(|(first, next)| first < next), "quarantine"),
            (self.quarantine.is_sorted_by(|left, right| left.1 <= right.0), "quarantine"),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, field)| *field)
    }
}

impl SegmentState {
    fn write(&self, writer: &mut Writer<'_>) {
        writer.i64(self.base_offset.get()).i64(self.next_offset.get());
        writer.u64(self.length_bytes).i64(self.max_timestamp.get());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            base_offset: Offset::new(reader.i64()?),
            next_offset: Offset::new(reader.i64()?),
            length_bytes: reader.u64()?,
            max_timestamp: Timestamp::new(reader.i64()?),
        })
    }
}

struct Fixed {
    id: PartitionId,
    start_offset: Offset,
    next_offset: Offset,
    barrier_sequence: u64,
    flags: u8,
    name_bytes: u8,
    segment_count: u32,
    quarantine_count: u32,
}

impl Fixed {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            id: PartitionId::new(reader.u64()?),
            start_offset: Offset::new(reader.i64()?),
            next_offset: Offset::new(reader.i64()?),
            barrier_sequence: reader.u64()?,
            flags: reader.u8()?,
            name_bytes: reader.u8()?,
            segment_count: reader.u32()?,
            quarantine_count: reader.u32()?,
        })
    }
}

/// The count, if what is left can hold so many: nothing is taken by a count that lies.
fn count_max(count: u32, item_bytes: usize, reader: &Reader<'_>) -> Option<u32> {
    let bytes = u64::from(count) * item_bytes as u64;
    (bytes <= reader.rest().len() as u64).then_some(count)
}

fn read_range(reader: &mut Reader<'_>) -> Option<(Offset, Offset)> {
    Some((Offset::new(reader.i64()?), Offset::new(reader.i64()?)))
}
