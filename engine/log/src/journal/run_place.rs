//! Where a run lies: batches that went straight to their segment.

use crate::cursor::{Reader, Writer};
use millstream_base::{Offset, Position, Timestamp};

/// Size of the encoded form.
pub(crate) const RUN_PLACE_BYTES: usize = 48;

/// Whole batches of one partition, one behind the other in a segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPlace {
    /// The segment: its base offset, from which its file has its name.
    pub segment: Offset,
    /// The run's first byte in the file.
    pub position: Position,
    /// Bytes of the batches, without padding.
    pub length_bytes: u32,
    /// [`stretch_crc`](crate::segment::index::stretch_crc) of the batches.
    pub crc: u32,
    /// Offset of the first record.
    pub first_offset: Offset,
    /// Offset that follows the last record.
    pub next_offset: Offset,
    /// The latest time of a record.
    pub max_timestamp: Timestamp,
}

impl RunPlace {
    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        if let Some(field) = self.find_malformed() {
            panic!("a run is described as it was written: {field} of {self:?}");
        }
        let begin = writer.position();
        writer.i64(self.segment.get()).u64(self.position.get());
        writer.u32(self.length_bytes).u32(self.crc);
        writer.i64(self.first_offset.get()).i64(self.next_offset.get());
        writer.i64(self.max_timestamp.get());
        assert_eq!(writer.position(), begin + RUN_PLACE_BYTES);
    }

    /// Takes a run off the front; `None` where the bytes end, or the field that is impossible.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Result<Self, &'static str>> {
        let run = Self {
            segment: Offset::new(reader.i64()?),
            position: Position::new(reader.u64()?),
            length_bytes: reader.u32()?,
            crc: reader.u32()?,
            first_offset: Offset::new(reader.i64()?),
            next_offset: Offset::new(reader.i64()?),
            max_timestamp: Timestamp::new(reader.i64()?),
        };
        Some(run.find_malformed().map_or(Ok(run), Err))
    }

    fn find_malformed(&self) -> Option<&'static str> {
        let rules = [
            (self.segment >= Offset::ZERO, "segment"),
            (self.position.checked_add(u64::from(self.length_bytes)).is_some(), "position"),
            (self.first_offset >= self.segment, "first_offset"),
            (self.next_offset > self.first_offset, "next_offset"),
            (self.length_bytes > 0, "length_bytes"),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, field)| *field)
    }
}
