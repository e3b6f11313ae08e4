//! Writing: one buffer for everything but record batches, and gaps where those belong.

use millstream_base::limits::WIRE_STRING_BYTES_MAX;

use crate::codec::layout::Form;
use crate::codec::varint;
use crate::error::WireError;

/// Most messages take less: they are written without growing.
const USUAL_BYTES: usize = 512;
const NO_FIELD: &str = "frame";
/// Bytes of the length before each frame.
const PREFIX_BYTES: usize = 4;
/// Greatest length or count that the wire can declare.
const LENGTH_MAX: usize = i32::MAX as usize;

/// A place in the output where record batches belong that lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The byte of the output before which they belong.
    pub position: usize,
    /// Their size, already counted in the lengths around them; never 0.
    pub bytes: usize,
}

/// A stretch of the output, in the order in which it goes to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes that were encoded; never empty.
    Encoded(&'a [u8]),
    /// Record batches that lie elsewhere: those of the gap with this index, counting from 0 in the
    /// order in which they were encoded.
    Gap {
        /// Which.
        index: usize,
        /// Their size.
        bytes: usize,
    },
}

/// Frames being written, one after another.
///
/// Record batches given as [`crate::codec::Records::Elsewhere`] are not copied: a [`Gap`] is noted
/// and their size counted. [`Encoder::pieces`] tells how to gather all of it.
pub struct Encoder {
    bytes: Vec<u8>,
    gaps: Vec<Gap>,
    gap_bytes: usize,
    field: &'static str,
}

impl core::fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Encoder({} bytes, gaps {:?})", self.bytes.len(), self.gaps)
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self { bytes: Vec::new(), gaps: Vec::new(), gap_bytes: 0, field: NO_FIELD }
    }
}

impl Encoder {
    /// An empty output, with memory for a message of usual size.
    #[must_use]
    pub fn new() -> Self {
        Self::onto(Vec::with_capacity(USUAL_BYTES))
    }

    /// Writes behind what `bytes` holds, into its memory. Gaps are counted from its beginning.
    #[must_use]
    pub fn onto(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// What was encoded, without the gaps.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The places where record batches belong, in ascending order.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The size of the output with its gaps filled.
    #[must_use]
    pub fn total_bytes(&self) -> usize {
        self.bytes.len() + self.gap_bytes
    }

    /// Gives the buffer and the gaps away.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Vec<Gap>) {
        (self.bytes, self.gaps)
    }

    /// Empties the output and keeps its memory.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// The output in order: encoded bytes, and the gaps between them.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let ends = self.gaps.iter().map(|gap| gap.position).chain([self.bytes.len()]);
        let mut begin = 0;
        let encoded = ends.map(move |end| {
            let piece = Piece::Encoded(&self.bytes[begin..end]);
            begin = end;
            piece
        });
        let gaps = self.gaps.iter().enumerate();
        let gaps = gaps.map(|(index, gap)| Some(Piece::Gap { index, bytes: gap.bytes }));
        let pieces = encoded.zip(gaps.chain([None]));
        let pieces = pieces.flat_map(|(encoded, gap)| [Some(encoded), gap]).flatten();
        pieces.filter(|piece| !matches!(piece, Piece::Encoded([])))
    }

    /// Writes one frame: what `content` writes, with its length before it. If that fails, the
    /// output is as before.
    pub fn frame(
        &mut self,
        content: impl FnOnce(&mut Self) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let begin = self.bytes.len();
        let before_bytes = self.total_bytes();
        self.put(&[0; PREFIX_BYTES]);
        let written = content(self).and_then(|()| {
            self.field = NO_FIELD;
            let frame_bytes = self.total_bytes() - before_bytes - PREFIX_BYTES;
            self.checked(frame_bytes, LENGTH_MAX)
        });
        let frame_bytes = match written {
            Ok(frame_bytes) => frame_bytes,
            Err(error) => {
                self.truncate(begin);
                return Err(error);
            }
        };
        let length = u32::try_from(frame_bytes).expect("at most LENGTH_MAX").to_be_bytes();
        self.bytes[begin..begin + PREFIX_BYTES].copy_from_slice(&length);
        Ok(())
    }

    fn truncate(&mut self, bytes: usize) {
        self.bytes.truncate(bytes);
        while let Some(gap) = self.gaps.pop_if(|gap| gap.position > bytes || bytes == 0) {
            self.gap_bytes -= gap.bytes;
        }
        self.field = NO_FIELD;
    }

    /// Names the field that errors speak of from here on.
    #[inline]
    pub(crate) fn begin(&mut self, field: &'static str) {
        self.field = field;
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    #[inline]
    pub(crate) fn put_varint(&mut self, value: u32) {
        varint::write(value, &mut self.bytes);
    }

    /// Notes that `bytes` of record batches belong here.
    pub(crate) fn put_gap(&mut self, bytes: usize) {
        if bytes > 0 {
            self.gaps.push(Gap { position: self.bytes.len(), bytes });
            self.gap_bytes += bytes;
        }
    }

    /// The length of a string, `None` for null.
    pub(crate) fn put_text_length(
        &mut self,
        length: Option<usize>,
        form: Form,
    ) -> Result<(), WireError> {
        let Some(length) = length else {
            return self.put_null(form, &(-1_i16).to_be_bytes());
        };
        let length = self.checked(length, WIRE_STRING_BYTES_MAX)?;
        if form.flexible {
            self.put_varint(u32::try_from(length + 1).expect("checked"));
        } else {
            self.put(&u16::try_from(length).expect("checked").to_be_bytes());
        }
        Ok(())
    }

    /// The length of bytes or the count of an array, `None` for null.
    pub(crate) fn put_length(
        &mut self,
        length: Option<usize>,
        form: Form,
    ) -> Result<(), WireError> {
        let Some(length) = length else {
            return self.put_null(form, &(-1_i32).to_be_bytes());
        };
        let length = u32::try_from(self.checked(length, LENGTH_MAX)?).expect("checked");
        if form.flexible {
            self.put_varint(length + 1);
        } else {
            self.put(&length.to_be_bytes());
        }
        Ok(())
    }

    fn put_null(&mut self, form: Form, minus_one: &[u8]) -> Result<(), WireError> {
        if !form.nullable {
            return Err(self.null());
        }
        self.put(if form.flexible { &[0] } else { minus_one });
        Ok(())
    }

    /// Writes a tagged field (KIP-482): the tag, the size of what `value` writes, and that.
    pub(crate) fn put_tagged(
        &mut self,
        tag: u32,
        value: impl FnOnce(&mut Self) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        self.put_varint(tag);
        let begin = self.bytes.len();
        let gap_count = self.gaps.len();
        value(self)?;
        assert!(self.gaps.len() == gap_count, "no record batches stand under a tag");
        let value_bytes = self.checked(self.bytes.len() - begin, LENGTH_MAX)?;
        // The size goes before the value, and how long it is itself is known only now.
        let end = self.bytes.len();
        self.put_varint(u32::try_from(value_bytes).expect("checked"));
        let size_bytes = self.bytes.len() - end;
        self.bytes[begin..].rotate_right(size_bytes);
        Ok(())
    }

    fn checked(&self, got: usize, expected_max: usize) -> Result<usize, WireError> {
        if got > expected_max {
            return Err(WireError::TooLong { field: self.field, got, expected_max });
        }
        Ok(got)
    }

    #[cold]
    pub(crate) fn null(&self) -> WireError {
        WireError::Null { field: self.field, position: self.bytes.len() }
    }

    #[cold]
    pub(crate) fn absent(&self, version: i16) -> WireError {
        WireError::Absent { field: self.field, version }
    }
}
