//! Why a command is refused, in words for the client.

use core::fmt;

/// A command, or the part of it that concerns one topic or resource, is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which of Kafka's errors it is.
    pub kind: RefusalKind,
    /// What is wrong, for whoever sent it.
    pub message: String,
}

/// The errors of Kafka that a controller answers with, one to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// `INVALID_REQUEST`
    InvalidRequest,
    /// `INVALID_TOPIC_EXCEPTION`
    InvalidTopic,
    /// `TOPIC_ALREADY_EXISTS`
    TopicAlreadyExists,
    /// `INVALID_PARTITIONS`
    InvalidPartitions,
    /// `INVALID_REPLICATION_FACTOR`
    InvalidReplicationFactor,
    /// `INVALID_REPLICA_ASSIGNMENT`
    InvalidReplicaAssignment,
    /// `INVALID_CONFIG`
    InvalidConfig,
    /// `UNKNOWN_TOPIC_OR_PARTITION`
    UnknownTopicOrPartition,
    /// `UNKNOWN_TOPIC_ID`
    UnknownTopicId,
    /// `TOPIC_DELETION_DISABLED`
    TopicDeletionDisabled,
    /// `POLICY_VIOLATION`
    PolicyViolation,
    /// `BROKER_ID_NOT_REGISTERED`
    BrokerIdNotRegistered,
    /// `UNKNOWN_SERVER_ERROR`
    Unknown,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl core::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
