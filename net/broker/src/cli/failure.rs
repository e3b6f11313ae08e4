//! Why a command failed, in a sentence, and the exit code that says it to a script.

use crate::node::NodeError;
use millstream_controller::config::ConfigFault;
use millstream_log::LogError;
use std::fmt;
use std::io;

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The code for arguments and configurations that are wrong.
    pub(crate) const USAGE: u8 = 2;

    /// What was to be done could not be done.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// Arguments or a configuration are wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: Self::USAGE, message: message.into() }
    }

    /// No broker answers.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// The data directory cannot be used.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// The address cannot be listened on.
    pub(crate) fn listen(message: impl Into<String>) -> Self {
        Self { code: 5, message: message.into() }
    }

    /// The check has found damage, and has said so.
    pub(crate) fn damage() -> Self {
        Self { code: 6, message: String::new() }
    }

    /// Whether there is nothing left to say.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
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

impl From<io::Error> for Failure {
    /// A fault of standard output; that nobody reads it any more is none.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: 0, message: String::new() };
        }
        Self::failed(format!("standard output: {error}"))
    }
}

impl From<ConfigFault> for Failure {
    fn from(fault: ConfigFault) -> Self {
        Self::usage(fault.to_string())
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Io(_) | LogError::Poisoned(_) | LogError::DiskFull | LogError::Closed => {
                Self::failed(error.to_string())
            }
            LogError::InUse { directory } => {
                let directory = directory.display();
                let what = "is used by another millstream; stop that one, or give another --data";
                Self::data(format!("{directory} {what}"))
            }
            error => Self::data(error.to_string()),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Log(error) => error.into(),
            NodeError::NoCores => Self::usage(error.to_string()),
            NodeError::Metadata(_) => Self::data(error.to_string()),
            NodeError::Io(_) => Self::failed(error.to_string()),
        }
    }
}
