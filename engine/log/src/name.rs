//! Names of partitions.
//!
//! A name never becomes a path: the files of a partition lie in a folder named by its id. It is
//! still kept to what every file system and terminal takes, so that tools may use it as one.

use core::fmt;
use millstream_base::limits::PARTITION_NAME_BYTES_MAX;

/// A name that a partition may have: 1 to [`PARTITION_NAME_BYTES_MAX`] bytes of UTF-8 without
/// control characters and `/`, and neither `.` nor `..`. Compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionName(Box<str>);

/// Why a name cannot be a partition's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// It has no bytes.
    Empty,
    /// It is too long.
    TooLong {
        /// Its size in bytes.
        got_bytes: usize,
        /// The most there may be.
        bytes_max: usize,
    },
    /// It is not UTF-8.
    NotText {
        /// How many bytes are.
        valid_bytes: usize,
    },
    /// It holds NUL, another control character, or `/`.
    Character {
        /// The character.
        got: char,
        /// At which byte it begins.
        position_bytes: usize,
    },
    /// It is `.` or `..`.
    Dots,
}

impl PartitionName {
    /// Checks a name and takes a copy of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(name: &str) -> Result<Self, NameFault> {
        let got_bytes = name.len();
        if name.is_empty() {
            return Err(NameFault::Empty);
        }
        if got_bytes > PARTITION_NAME_BYTES_MAX {
            return Err(NameFault::TooLong { got_bytes, bytes_max: PARTITION_NAME_BYTES_MAX });
        }
        let is_refused = |character: char| character.is_control() || character == '/';
        let refused = name.char_indices().find(|(_, character)| is_refused(*character));
        if let Some((position_bytes, got)) = refused {
            return Err(NameFault::Character { got, position_bytes });
        }
        if matches!(name, "." | "..") {
            return Err(NameFault::Dots);
        }
        Ok(Self(name.into()))
    }

    /// Checks bytes that may be anything.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NameFault> {
        match core::str::from_utf8(bytes) {
            Ok(name) => Self::new(name),
            Err(error) => Err(NameFault::NotText { valid_bytes: error.valid_up_to() }),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::borrow::Borrow<str> for PartitionName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl core::str::FromStr for PartitionName {
    type Err = NameFault;

    fn from_str(name: &str) -> Result<Self, NameFault> {
        Self::new(name)
    }
}

impl fmt::Display for PartitionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for PartitionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl core::error::Error for NameFault {}

impl fmt::Display for NameFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "the name is empty"),
            Self::TooLong { got_bytes, bytes_max } => {
                write!(formatter, "the name has {got_bytes} bytes, at most {bytes_max} may be")
            }
            Self::NotText { valid_bytes } => {
                write!(formatter, "the name is not UTF-8 from byte {valid_bytes} on")
            }
            Self::Character { got, position_bytes } => {
                write!(formatter, "the name has {got:?} at byte {position_bytes}")
            }
            Self::Dots => write!(formatter, "`.` and `..` are no names"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensible_names_pass() {
        for name in ["a", "orders-7", "...", ".hidden", "Übergrößen 2", "名前", "a b"] {
            assert_eq!(PartitionName::new(name).expect("a name").as_str(), name);
            assert_eq!(PartitionName::from_bytes(name.as_bytes()), PartitionName::new(name));
        }
        assert!(PartitionName::new(&"x".repeat(249)).is_ok());
    }

    #[test]
    fn each_refusal_says_why() {
        let character = |got, position_bytes| NameFault::Character { got, position_bytes };
        for (name, fault) in [
            ("", NameFault::Empty),
            (".", NameFault::Dots),
            ("..", NameFault::Dots),
            ("../etc", character('/', 2)),
            ("/", character('/', 0)),
            ("a\0b", character('\0', 1)),
            ("ä\n", character('\n', 2)),
            ("\u{85}", character('\u{85}', 0)),
            (&"x".repeat(250), NameFault::TooLong { got_bytes: 250, bytes_max: 249 }),
        ] {
            assert_eq!(PartitionName::new(name), Err(fault), "{name:?}");
        }
        let fault = NameFault::NotText { valid_bytes: 2 };
        assert_eq!(PartitionName::from_bytes(b"ok\xff"), Err(fault));
    }
}
