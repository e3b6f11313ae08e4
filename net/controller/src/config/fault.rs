//! What can be wrong with a configuration.

use super::definition::{Kind, Valid};
use core::fmt;

/// Why a name or a value of a configuration is refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConfigFault {
    /// No configuration has this name.
    Unknown {
        /// The name.
        name: String,
        /// The known name that is nearest to it, if any is near.
        nearest: Option<&'static str>,
    },
    /// The text is no value of the type.
    Type {
        /// The configuration.
        name: String,
        /// Its type.
        kind: Kind,
        /// The text.
        got: String,
    },
    /// The value is of the type and not permitted.
    Range {
        /// The configuration.
        name: String,
        /// The text.
        got: String,
        /// What is permitted.
        expected: Valid,
    },
    /// Two values contradict each other.
    Conflict {
        /// The configuration whose value is too great.
        name: &'static str,
        /// The configuration whose value is too small.
        other: &'static str,
    },
    /// The value is permitted by Kafka, and asks for what is not here.
    Unsupported {
        /// The configuration.
        name: &'static str,
        /// What is not here.
        why: &'static str,
    },
    /// Kafka has it, nothing here does what it asks for, and whoever sets it relies on that.
    Unserved {
        /// The configuration.
        name: String,
        /// What is not here.
        why: &'static str,
    },
    /// A line of a file is no `name=value`.
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl core::error::Error for ConfigFault {}

impl fmt::Display for ConfigFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest: Some(nearest) } => {
                write!(formatter, "unknown configuration {name:?}; did you mean {nearest}?")
            }
            Self::Unknown { name, nearest: None } => {
                write!(formatter, "unknown configuration {name:?}")
            }
            Self::Type { name, kind, got } => {
                write!(formatter, "{name} must be {kind}, not {got:?}")
            }
            Self::Range { name, got, expected } => {
                write!(formatter, "{name} must be {expected}, not {got:?}")
            }
            Self::Conflict { name, other } => {
                write!(formatter, "{name} must not be greater than {other}")
            }
            Self::Unsupported { name, why } => write!(formatter, "{name}: {why}"),
            Self::Unserved { name, why } => {
                write!(formatter, "{name} asks for what is not served here: {why}")
            }
            Self::Line { line, why } => write!(formatter, "line {line}: {why}"),
        }
    }
}
