//! A partition's options as journal and checkpoint hold them.

use crate::cursor::{Reader, Writer};
use core::fmt;

/// Bytes of the length before the fields.
const LENGTH_BYTES: usize = 2;
/// Bytes of the fields that this code knows.
const KNOWN_BYTES: usize = 32;
/// Bytes of the fields of the first version, which every writer has put.
const FIRST_BYTES: usize = 32;

/// What a partition was told. Bare numbers, since they are what is stored; the engine's own
/// options give them meaning and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredOptions {
    /// Size at which a segment file is closed.
    pub segment_bytes: u64,
    /// Bytes that retention leaves; -1 for all.
    pub retention_bytes: i64,
    /// How long retention leaves records, in ms; -1 for ever.
    pub retention_ms: i64,
    /// Size of the largest batch.
    pub batch_bytes_max: u32,
    /// 0: durable before it is acknowledged. 1: relaxed.
    pub flush: u8,
}

/// Why bytes are not options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsFault {
    /// They end before their declared length.
    Truncated,
    /// They hold fields that this version does not know. To pass over them would be to drop a
    /// promise, so what holds them is refused.
    Newer {
        /// Bytes of fields there are.
        got_bytes: usize,
        /// Bytes of fields that are known.
        known_bytes: usize,
    },
    /// A field holds what no writer puts there.
    Malformed {
        /// The field.
        field: &'static str,
    },
}

impl StoredOptions {
    /// Size of the encoded form, its length included.
    pub const ENCODED_BYTES: usize = LENGTH_BYTES + KNOWN_BYTES;

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        if let Err(field) = self.check() {
            panic!("options are checked before they are stored: {field}");
        }
        let begin = writer.position();
        let length = u16::try_from(KNOWN_BYTES).expect("a length that is written down here");
        writer.u16(length);
        writer.u64(self.segment_bytes).i64(self.retention_bytes).i64(self.retention_ms);
        writer.u32(self.batch_bytes_max).u8(self.flush);
        writer.zeros_to(begin + Self::ENCODED_BYTES);
    }

    /// Takes options off the front.
    ///
    /// Fields are only ever added at the end: what is shorter was written by an older version, and
    /// the missing fields take the value that they had before they were named.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, OptionsFault> {
        let got_bytes = usize::from(reader.u16().ok_or(OptionsFault::Truncated)?);
        let fields = reader.bytes(got_bytes).ok_or(OptionsFault::Truncated)?;
        if got_bytes > KNOWN_BYTES {
            return Err(OptionsFault::Newer { got_bytes, known_bytes: KNOWN_BYTES });
        }
        if got_bytes < FIRST_BYTES {
            return Err(OptionsFault::Malformed { field: "length" });
        }
        let mut fields = Reader::new(fields);
        let (options, is_clear) = Self::read_fields(&mut fields).ok_or(OptionsFault::Truncated)?;
        if !is_clear {
            return Err(OptionsFault::Malformed { field: "reserved" });
        }
        options.check().map_err(|field| OptionsFault::Malformed { field })?;
        Ok(options)
    }

    fn read_fields(reader: &mut Reader<'_>) -> Option<(Self, bool)> {
        let options = Self {
            segment_bytes: reader.u64()?,
            retention_bytes: reader.i64()?,
            retention_ms: reader.i64()?,
            batch_bytes_max: reader.u32()?,
            flush: reader.u8()?,
        };
        Some((options, reader.zeros(3)?))
    }

    /// Names the first field that is impossible. Both sides ask: what we write we can read.
    fn check(&self) -> Result<(), &'static str> {
        let rules = [
            (self.segment_bytes > 0, "segment_bytes"),
            (self.retention_bytes >= -1, "retention_bytes"),
            (self.retention_ms >= -1, "retention_ms"),
            (self.batch_bytes_max > 0, "batch_bytes_max"),
            (self.flush <= 1, "flush"),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, field)| Err(*field))
    }
}

impl core::error::Error for OptionsFault {}

impl fmt::Display for OptionsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(formatter, "options end too early"),
            Self::Newer { got_bytes, known_bytes } => write!(
                formatter,
                "options of {got_bytes} bytes by a newer program, {known_bytes} are known"
            ),
            Self::Malformed { field } => write!(formatter, "options with impossible {field}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod stored_options_test {
    use super::*;

    pub(crate) fn options() -> StoredOptions {
        StoredOptions {
            segment_bytes: 1 << 30,
            retention_bytes: -1,
            retention_ms: 7 * 24 * 3_600_000,
            batch_bytes_max: 1_048_588,
            flush: 1,
        }
    }

    fn encoded(options: &StoredOptions) -> [u8; StoredOptions::ENCODED_BYTES] {
        let mut bytes = [0xee; StoredOptions::ENCODED_BYTES];
        options.write(&mut Writer::new(&mut bytes));
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<StoredOptions, OptionsFault> {
        StoredOptions::read(&mut Reader::new(bytes))
    }

    #[test]
    fn what_is_written_is_read_and_what_follows_is_left() {
        let bytes = [encoded(&options()).as_slice(), b"next"].concat();
        let mut reader = Reader::new(&bytes);
        assert_eq!(StoredOptions::read(&mut reader), Ok(options()));
        assert_eq!(reader.rest(), b"next");
    }

    #[test]
    fn fields_of_a_newer_version_are_refused_not_dropped() {
        let mut bytes = encoded(&options()).to_vec();
        bytes[0] = 40;
        assert_eq!(decode(&bytes), Err(OptionsFault::Truncated));
        bytes.extend([0; 8]);
        assert_eq!(decode(&bytes), Err(OptionsFault::Newer { got_bytes: 40, known_bytes: 32 }));
    }

    #[test]
    fn impossible_fields_are_named() {
        for (field, at, value) in [
            ("length", 0, [31, 0].as_slice()),
            ("segment_bytes", 2, &[0; 8]),
            ("retention_bytes", 10, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("retention_ms", 18, &[0, 0, 0, 0, 0, 0, 0, 0x80]),
            ("batch_bytes_max", 26, &[0; 4]),
            ("flush", 30, &[2]),
            ("reserved", 33, &[1]),
        ] {
            let mut bytes = encoded(&options());
            bytes[at..at + value.len()].copy_from_slice(value);
            assert_eq!(decode(&bytes), Err(OptionsFault::Malformed { field }));
        }
    }

    #[test]
    fn every_cut_is_detected() {
        let bytes = encoded(&options());
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(OptionsFault::Truncated), "{length}");
        }
    }
}
