//! What can be wrong with bytes, or with a message that is to become bytes, and where.

use core::fmt;

/// Why bytes are no message of the protocol, or why a message cannot be written.
///
/// `field` is the struct and field at fault, as `ProduceRequest.acks`; `position` is the byte of
/// the frame (after its length) at which reading stopped. Never carries the content of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes end before the field does.
    Truncated {
        /// Which field.
        field: &'static str,
        /// Where it would have gone on.
        position: usize,
        /// Bytes that it needs from there.
        expected_bytes: usize,
        /// Bytes that there are.
        got_bytes: usize,
    },
    /// A declared length is negative without meaning null, or longer than the type permits.
    Length {
        /// Which field.
        field: &'static str,
        /// Where its content would have begun.
        position: usize,
        /// The declared length.
        got: i64,
        /// The greatest permitted.
        expected_max: i64,
    },
    /// An array declares more elements than the bytes that are left can hold.
    Count {
        /// Which field.
        field: &'static str,
        /// Where its elements would have begun.
        position: usize,
        /// The declared number.
        got: usize,
        /// How many the bytes can hold.
        expected_max: usize,
    },
    /// The arrays of one frame would take more memory than their reader permits.
    Memory {
        /// Which field passed the limit.
        field: &'static str,
        /// Where its elements would have begun.
        position: usize,
        /// What this array would take.
        expected_bytes: usize,
        /// What was left of the budget.
        left_bytes: usize,
    },
    /// Null where this version permits none.
    Null {
        /// Which field.
        field: &'static str,
        /// Where it was read, or would have been written.
        position: usize,
    },
    /// A string is not UTF-8.
    Text {
        /// Which field.
        field: &'static str,
        /// The first byte that is wrong.
        position: usize,
    },
    /// A variable-length integer has more than 32 bits.
    Varint {
        /// Which field.
        field: &'static str,
        /// Where it begins.
        position: usize,
    },
    /// More tagged fields in one place than anybody sends.
    TagCount {
        /// The last field before them.
        field: &'static str,
        /// Where they begin.
        position: usize,
        /// The declared number.
        got: usize,
        /// The greatest permitted.
        expected_max: usize,
    },
    /// A tagged field is shorter than its declared size.
    TagSize {
        /// Which field.
        field: &'static str,
        /// Where it ended.
        position: usize,
        /// Bytes left over.
        unused_bytes: usize,
    },
    /// The frame goes on after its message.
    TrailingBytes {
        /// Which message.
        message: &'static str,
        /// Where it ended.
        position: usize,
        /// Bytes left over.
        unused_bytes: usize,
    },
    /// A frame's declared length is negative or above the limit.
    FrameLength {
        /// The declared length.
        got: i64,
        /// The limit.
        expected_max: usize,
    },
    /// No API has this key, or it is none that clients may use.
    UnknownApi {
        /// The key.
        got: i16,
    },
    /// The message does not exist in this version.
    UnsupportedVersion {
        /// Which message.
        message: &'static str,
        /// The version asked for.
        got: i16,
        /// The oldest there is.
        expected_min: i16,
        /// The newest there is.
        expected_max: i16,
    },
    /// A field has a value that the version being written cannot carry.
    Absent {
        /// Which field.
        field: &'static str,
        /// The version being written.
        version: i16,
    },
    /// A field or frame is too long to be written.
    TooLong {
        /// Which field.
        field: &'static str,
        /// Its size or count.
        got: usize,
        /// The greatest that can be written.
        expected_max: usize,
    },
}

impl core::error::Error for WireError {}

impl fmt::Display for WireError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { field, position, expected_bytes, got_bytes } => write!(
                formatter,
                "{field}: {got_bytes} bytes at {position} where {expected_bytes} are needed"
            ),
            Self::Length { field, position, got, expected_max } => {
                write!(formatter, "{field}: length {got} at {position}, at most {expected_max}")
            }
            Self::Count { field, position, got, expected_max } => {
                write!(formatter, "{field}: {got} elements at {position}, room for {expected_max}")
            }
            Self::Null { field, position } => write!(formatter, "{field}: null at {position}"),
            Self::Text { field, position } => {
                write!(formatter, "{field}: not UTF-8 at {position}")
            }
            Self::TrailingBytes { message, position, unused_bytes } => {
                write!(formatter, "{message}: ends at {position}, {unused_bytes} bytes follow")
            }
            Self::UnknownApi { got } => write!(formatter, "no API has the key {got}"),
            Self::UnsupportedVersion { message, got, expected_min, expected_max } => write!(
                formatter,
                "{message}: version {got}, there are {expected_min} to {expected_max}"
            ),
            Self::Absent { field, version } => {
                write!(formatter, "{field}: version {version} cannot carry its value")
            }
            rest => write!(formatter, "{rest:?}"),
        }
    }
}
