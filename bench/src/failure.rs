//! Why a command failed, in a sentence, and the exit code that says it to a script.

use std::fmt;

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed,
    Missing,
    Usage,
    Unreachable,
    Directory,
    Unsound,
    Interrupted,
}

impl Failure {
    /// The code for arguments that are wrong.
    pub(crate) const USAGE: u8 = 2;

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What was to be done could not be done.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// As [`Failure::failed`]: the cluster does not know a topic.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Kind::Missing, message)
    }

    /// Whether it is that the cluster does not know a topic.
    pub(crate) fn is_missing(&self) -> bool {
        self.kind == Kind::Missing
    }

    /// Arguments or a scenario are wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// No broker answers, or none that speaks what is needed.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// Whether it is that no broker answers.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.kind == Kind::Unreachable
    }

    /// The directory cannot be used.
    pub(crate) fn directory(message: impl Into<String>) -> Self {
        Self::new(Kind::Directory, message)
    }

    /// What was to be verified is not as it should be.
    pub(crate) fn unsound(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsound, message)
    }

    /// Somebody has asked to end; what was measured until then is reported.
    pub(crate) fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    pub(crate) fn code(&self) -> u8 {
        match self.kind {
            Kind::Failed | Kind::Missing => 1,
            Kind::Usage => Self::USAGE,
            Kind::Unreachable => 3,
            Kind::Directory => 4,
            Kind::Unsound => 5,
            Kind::Interrupted => 130,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
