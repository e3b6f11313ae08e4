//! What can be wrong with a command, an append, or a stored record.

use core::fmt;

/// Why a command was refused. Each is one of Kafka's error codes; the broker maps them in one
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupError {
    /// `COORDINATOR_NOT_AVAILABLE` (15): the group is being deleted, or a limit of the coordinator
    /// is reached, or its log does not take records now. May be tried again.
    CoordinatorNotAvailable,
    /// `NOT_COORDINATOR` (16): the group lives elsewhere now.
    NotCoordinator,
    /// `OFFSET_METADATA_TOO_LARGE` (12).
    OffsetMetadataTooLarge,
    /// `ILLEGAL_GENERATION` (22).
    IllegalGeneration,
    /// `INCONSISTENT_GROUP_PROTOCOL` (23).
    InconsistentGroupProtocol,
    /// `INVALID_GROUP_ID` (24).
    InvalidGroupId,
    /// `UNKNOWN_MEMBER_ID` (25).
    UnknownMemberId,
    /// `INVALID_SESSION_TIMEOUT` (26).
    InvalidSessionTimeout,
    /// `REBALANCE_IN_PROGRESS` (27).
    RebalanceInProgress,
    /// `INVALID_COMMIT_OFFSET_SIZE` (28): the commit does not fit one batch of records.
    InvalidCommitOffsetSize,
    /// `INVALID_REQUEST` (42): a name or a list is beyond its limit.
    InvalidRequest,
    /// `NON_EMPTY_GROUP` (68).
    NonEmptyGroup,
    /// `GROUP_ID_NOT_FOUND` (69).
    GroupIdNotFound,
    /// `MEMBER_ID_REQUIRED` (79): join again under the name that comes with this.
    MemberIdRequired,
    /// `GROUP_MAX_SIZE_REACHED` (81).
    GroupMaxSizeReached,
    /// `FENCED_INSTANCE_ID` (82): another process has joined under the same instance id.
    FencedInstanceId,
    /// `GROUP_SUBSCRIBED_TO_TOPIC` (86).
    GroupSubscribedToTopic,
    /// `UNKNOWN_SERVER_ERROR` (-1): the group's record is larger than its log takes.
    GroupTooLarge,
}

impl fmt::Display for GroupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

impl core::error::Error for GroupError {}

/// Why records were not appended, and never will be. Where the broker cannot know that, as after a
/// failed sync, the coordinator has to be unloaded and its partition read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// The log does not take records now: too few replicas, a full disk, a deadline.
    Unavailable,
    /// The log is led elsewhere, or its disk has failed.
    NotLeader,
    /// The records are larger than the log takes in one batch.
    TooLarge,
}

impl AppendFault {
    /// What those are told who wait for a group's record.
    pub(crate) const fn for_group(self) -> GroupError {
        match self {
            Self::Unavailable => GroupError::CoordinatorNotAvailable,
            Self::NotLeader => GroupError::NotCoordinator,
            Self::TooLarge => GroupError::GroupTooLarge,
        }
    }

    /// What those are told who wait for offsets.
    pub(crate) const fn for_offsets(self) -> GroupError {
        match self {
            Self::TooLarge => GroupError::InvalidCommitOffsetSize,
            other => other.for_group(),
        }
    }
}

/// Why a stored record cannot be read. Never carries the record's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes end before the record does.
    Truncated {
        /// Where the missing field begins.
        position: usize,
    },
    /// The bytes go on after the record.
    TrailingBytes {
        /// Where the record ends.
        position: usize,
    },
    /// A length or a count is negative, or larger than what is left can hold.
    Length {
        /// Where it stands.
        position: usize,
    },
    /// A name is not text, is missing, or is beyond its limit.
    Name {
        /// Where it stands.
        position: usize,
    },
    /// The value's layout is not one that is known.
    Version {
        /// The version it carries.
        got: i16,
        /// The greatest that is known.
        expected_max: i16,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { position } => write!(formatter, "record ends at byte {position}"),
            Self::TrailingBytes { position } => {
                write!(formatter, "bytes after the record's end at byte {position}")
            }
            Self::Length { position } => write!(formatter, "impossible length at byte {position}"),
            Self::Name { position } => write!(formatter, "impossible name at byte {position}"),
            Self::Version { got, expected_max } => {
                write!(formatter, "version {got} where 0 to {expected_max} are known")
            }
        }
    }
}

impl core::error::Error for RecordError {}
