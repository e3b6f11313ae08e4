//! Which of Kafka's errors stands for which fault: decided here and nowhere else.

use crate::groups::Absent;
use millstream_batch::BatchError;
use millstream_controller::{Refusal, RefusalKind};
use millstream_coordinator::GroupError;
use millstream_log::LogError;
use millstream_replica::{FetchError, ProduceError, ProducerFault};
use millstream_wire::ErrorCode;

/// A fault of the engine.
pub(crate) fn of_log(error: &LogError) -> ErrorCode {
    match error {
        LogError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        LogError::UnknownPartition(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        LogError::Batch(error) => of_batch(error),
        LogError::BatchTooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
        LogError::Busy => ErrorCode::REQUEST_TIMED_OUT,
        LogError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        // The disk is full or broken, or what is on it is damaged.
        _ => ErrorCode::KAFKA_STORAGE_ERROR,
    }
}

/// A batch that breaks the format.
pub(crate) fn of_batch(error: &BatchError) -> ErrorCode {
    match error {
        BatchError::Checksum { .. } | BatchError::Truncated { .. } | BatchError::Length { .. } => {
            ErrorCode::CORRUPT_MESSAGE
        }
        BatchError::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
        BatchError::UnknownCompression { .. } => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
        _ => ErrorCode::INVALID_RECORD,
    }
}

/// A batch that a leader refuses.
pub(crate) fn of_produce(error: &ProduceError) -> ErrorCode {
    match error {
        ProduceError::Corrupt(_) => ErrorCode::CORRUPT_MESSAGE,
        ProduceError::Invalid(error) => of_batch(error),
        ProduceError::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
        ProduceError::Compression(_) => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
        ProduceError::Timestamp { .. } | ProduceError::AppendTime => ErrorCode::INVALID_TIMESTAMP,
        ProduceError::Producer(ProducerFault::OutOfOrder { .. }) => {
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
        }
        ProduceError::Producer(ProducerFault::Fenced { .. }) => ErrorCode::INVALID_PRODUCER_EPOCH,
        ProduceError::NotEnoughReplicas { .. } => ErrorCode::NOT_ENOUGH_REPLICAS,
        ProduceError::Log(error) => of_log(error),
        _ => ErrorCode::INVALID_RECORD,
    }
}

/// A reader that a leader refuses.
pub(crate) fn of_fetch(error: &FetchError) -> ErrorCode {
    match error {
        FetchError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        FetchError::Fenced { .. } => ErrorCode::FENCED_LEADER_EPOCH,
        FetchError::Unknown { .. } => ErrorCode::UNKNOWN_LEADER_EPOCH,
        _ => ErrorCode::UNKNOWN_SERVER_ERROR,
    }
}

/// A command that the controller refuses.
pub(crate) fn of_refusal(refusal: &Refusal) -> ErrorCode {
    match refusal.kind {
        RefusalKind::InvalidRequest => ErrorCode::INVALID_REQUEST,
        RefusalKind::InvalidTopic => ErrorCode::INVALID_TOPIC_EXCEPTION,
        RefusalKind::TopicAlreadyExists => ErrorCode::TOPIC_ALREADY_EXISTS,
        RefusalKind::InvalidPartitions => ErrorCode::INVALID_PARTITIONS,
        RefusalKind::InvalidReplicationFactor => ErrorCode::INVALID_REPLICATION_FACTOR,
        RefusalKind::InvalidReplicaAssignment => ErrorCode::INVALID_REPLICA_ASSIGNMENT,
        RefusalKind::InvalidConfig => ErrorCode::INVALID_CONFIG,
        RefusalKind::UnknownTopicOrPartition => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        RefusalKind::UnknownTopicId => ErrorCode::UNKNOWN_TOPIC_ID,
        RefusalKind::TopicDeletionDisabled => ErrorCode::TOPIC_DELETION_DISABLED,
        RefusalKind::PolicyViolation => ErrorCode::POLICY_VIOLATION,
        RefusalKind::BrokerIdNotRegistered => ErrorCode::BROKER_ID_NOT_REGISTERED,
        _ => ErrorCode::UNKNOWN_SERVER_ERROR,
    }
}

/// A group that cannot be asked.
pub(crate) fn of_absent(absent: Absent) -> ErrorCode {
    match absent {
        Absent::Loading => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        Absent::Elsewhere => ErrorCode::NOT_COORDINATOR,
        Absent::Unreadable => ErrorCode::COORDINATOR_NOT_AVAILABLE,
    }
}

/// A command that a group refuses.
pub(crate) fn of_group(error: GroupError) -> ErrorCode {
    match error {
        GroupError::CoordinatorNotAvailable => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        GroupError::NotCoordinator => ErrorCode::NOT_COORDINATOR,
        GroupError::OffsetMetadataTooLarge => ErrorCode::OFFSET_METADATA_TOO_LARGE,
        GroupError::IllegalGeneration => ErrorCode::ILLEGAL_GENERATION,
        GroupError::InconsistentGroupProtocol => ErrorCode::INCONSISTENT_GROUP_PROTOCOL,
        GroupError::InvalidGroupId => ErrorCode::INVALID_GROUP_ID,
        GroupError::UnknownMemberId => ErrorCode::UNKNOWN_MEMBER_ID,
        GroupError::InvalidSessionTimeout => ErrorCode::INVALID_SESSION_TIMEOUT,
        GroupError::RebalanceInProgress => ErrorCode::REBALANCE_IN_PROGRESS,
        GroupError::InvalidCommitOffsetSize => ErrorCode::INVALID_COMMIT_OFFSET_SIZE,
        GroupError::InvalidRequest => ErrorCode::INVALID_REQUEST,
        GroupError::NonEmptyGroup => ErrorCode::NON_EMPTY_GROUP,
        GroupError::GroupIdNotFound => ErrorCode::GROUP_ID_NOT_FOUND,
        GroupError::MemberIdRequired => ErrorCode::MEMBER_ID_REQUIRED,
        GroupError::GroupMaxSizeReached => ErrorCode::GROUP_MAX_SIZE_REACHED,
        GroupError::FencedInstanceId => ErrorCode::FENCED_INSTANCE_ID,
        GroupError::GroupSubscribedToTopic => ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC,
        // Also a group whose record is larger than its log takes.
        _ => ErrorCode::UNKNOWN_SERVER_ERROR,
    }
}

/// What a group said, as a code.
pub(crate) fn of_group_result<T>(result: &Result<T, GroupError>) -> ErrorCode {
    result.as_ref().map_or_else(|error| of_group(*error), |_| ErrorCode::NONE)
}

/// An error as a client is told: its code and, for people, what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self { code: of_refusal(&refusal), message: refusal.message }
    }
}

impl From<&LogError> for Fault {
    fn from(error: &LogError) -> Self {
        Self { code: of_log(error), message: error.to_string() }
    }
}

/// The code and the words of a result, as answers carry them.
pub(crate) fn told<T>(result: &Result<T, Fault>) -> (ErrorCode, Option<&str>) {
    match result {
        Ok(_) => (ErrorCode::NONE, None),
        Err(fault) => (fault.code, Some(short(&fault.message))),
    }
}

/// Most bytes of a text for people. It may repeat what a client sent, and texts of older versions
/// end at 32767 bytes: a longer one could not be sent at all.
const MESSAGE_BYTES_MAX: usize = 1000;

/// The text, or its beginning.
pub(crate) fn short(message: &str) -> &str {
    &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)]
}
