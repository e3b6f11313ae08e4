//! The names of the codecs.

use core::fmt;

/// A codec of record batches, by Kafka's codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// The records as they are.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
    /// Snappy blocks, in the framing of the Java library or bare.
    Snappy,
    /// The LZ4 frame format, of independent blocks.
    Lz4,
    /// RFC 8878 (KIP-110).
    Zstd,
}

impl Compression {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The code in a batch's attributes.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The codec of a code, `None` where there is none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Gzip),
            2 => Some(Self::Snappy),
            3 => Some(Self::Lz4),
            4 => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    /// The name as in Kafka's `compression.type`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_wire() {
        for (code, compression) in (0..).zip(Compression::ALL) {
            assert_eq!(compression.code(), code);
            assert_eq!(Compression::from_code(code), Some(compression));
        }
        assert_eq!(Compression::from_code(5), None);
    }
}
