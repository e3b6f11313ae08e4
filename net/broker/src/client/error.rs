//! What a client can meet.

use millstream_wire::{ApiKey, ErrorCode, WireError};
use std::fmt;
use std::io;

/// Why the client could not do what it was asked for.
#[derive(Debug)]
pub(crate) enum ClientError {
    /// Nobody answers there.
    Connect(String, io::Error),
    /// The connection broke.
    Lost(String, io::Error),
    /// The broker does not serve this, or in no version that we know.
    Unsupported(ApiKey),
    /// What came was no answer to what was asked.
    Wire(String),
    /// The cluster names a broker and does not say where it is.
    NoBroker(i32),
    /// The broker refuses.
    Refused {
        /// To do what, or with what.
        what: String,
        /// Its reason.
        error: ErrorCode,
        /// Its words.
        message: Option<String>,
    },
    /// What a partition holds is no batch.
    Batch(millstream_batch::BatchError),
}

impl ClientError {
    pub(crate) fn refused(what: String, error: ErrorCode, message: Option<String>) -> Self {
        Self::Refused { what, error, message }
    }

    /// The answer to this API lacks what was asked for.
    pub(crate) fn answer(api: &str) -> Self {
        Self::Wire(format!("{api}: the answer does not name what was asked for"))
    }

    /// Whether it may pass by itself.
    pub(crate) fn is_retriable(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error.is_retriable(),
            Self::NoBroker(_) => true,
            _ => self.is_connection(),
        }
    }

    pub(crate) fn is_connection(&self) -> bool {
        matches!(self, Self::Lost(..) | Self::Connect(..))
    }

    /// The broker's reason, if it had one.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { error, .. } => Some(*error),
            _ => None,
        }
    }
}

/// `Ok` for no error.
pub(crate) fn check(
    error: ErrorCode,
    message: Option<&str>,
    what: impl FnOnce() -> String,
) -> Result<(), ClientError> {
    if error.is_none() {
        return Ok(());
    }
    Err(ClientError::refused(what(), error, message.map(str::to_owned)))
}

impl From<WireError> for ClientError {
    fn from(error: WireError) -> Self {
        Self::Wire(error.to_string())
    }
}

impl From<millstream_batch::BatchError> for ClientError {
    fn from(error: millstream_batch::BatchError) -> Self {
        Self::Batch(error)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(address, error) => write!(
                formatter,
                "no broker answers at {address}: {error}; start one with `millstream start`, or \
                 give its address with --bootstrap"
            ),
            Self::Lost(address, error) => write!(formatter, "the connection to {address}: {error}"),
            Self::Unsupported(api) => write!(formatter, "the broker does not serve {api}"),
            Self::Wire(what) => write!(formatter, "the broker's answer cannot be read: {what}"),
            Self::NoBroker(node) => {
                write!(formatter, "the cluster does not say where its broker {node} is")
            }
            Self::Refused { what, error, message } => {
                let said = message.as_deref().filter(|message| !message.is_empty());
                let said = said.or_else(|| meaning(*error));
                match said {
                    Some(said) => write!(formatter, "{what}: {said} ({error})"),
                    None => write!(formatter, "{what}: {error}"),
                }
            }
            Self::Batch(error) => write!(formatter, "a batch cannot be read: {error}"),
        }
    }
}

/// What the commonest refusals mean, where the broker does not say it.
fn meaning(error: ErrorCode) -> Option<&'static str> {
    Some(match error {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
            "there is no such topic or partition; `millstream topic list` shows what there is"
        }
        ErrorCode::TOPIC_ALREADY_EXISTS => "there is a topic of this name already",
        ErrorCode::INVALID_TOPIC_EXCEPTION => {
            "no name for a topic: letters, digits, '.', '_' and '-', at most 249"
        }
        ErrorCode::OFFSET_OUT_OF_RANGE => {
            "there is no such offset; `millstream topic describe` shows what there is"
        }
        ErrorCode::GROUP_ID_NOT_FOUND => "there is no such group",
        ErrorCode::NON_EMPTY_GROUP => "the group has members; stop them first",
        ErrorCode::MESSAGE_TOO_LARGE => "larger than the topic's max.message.bytes",
        ErrorCode::COORDINATOR_NOT_AVAILABLE => "nobody keeps this group now; try again",
        ErrorCode::LEADER_NOT_AVAILABLE => "nobody leads it now; try again",
        ErrorCode::UNKNOWN_MEMBER_ID => "the group has members; stop them first",
        _ => return None,
    })
}
