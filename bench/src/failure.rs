//! Why a command failed, in a sentence, and the exit code that says it to a script.

use std::fmt;

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The code for arguments that are wrong.
    pub(crate) const USAGE: u8 = 2;
    const UNREACHABLE: u8 = 3;

    /// What was to be done could not be done.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// Arguments or a scenario are wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: Self::USAGE, message: message.into() }
    }

    /// No broker answers, or none that speaks what is needed.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self { code: Self::UNREACHABLE, message: message.into() }
    }

    /// Whether it is that no broker answers.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.code == Self::UNREACHABLE
    }

    /// The directory cannot be used.
    pub(crate) fn directory(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// What was to be verified is not as it should be.
    pub(crate) fn unsound(message: impl Into<String>) -> Self {
        Self { code: 5, message: message.into() }
    }

    /// Somebody has asked to end; what was measured until then is reported.
    pub(crate) fn interrupted() -> Self {
        Self { code: 130, message: String::from("interrupted") }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
