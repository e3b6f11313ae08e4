//! What an operator sets about groups, with Kafka's defaults.

use core::time::Duration;

use crate::limits;

/// Settings of a coordinator; each names Kafka's property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `group.min.session.timeout.ms`.
    pub session_timeout_min: Duration,
    /// `group.max.session.timeout.ms`.
    pub session_timeout_max: Duration,
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members.
    pub initial_rebalance_delay: Duration,
    /// `group.max.size`; at most [`limits::MEMBERS_MAX`] counts.
    pub group_members_max: usize,
    /// `offset.metadata.max.bytes`; at most [`limits::NAME_BYTES_MAX`] counts.
    pub note_bytes_max: usize,
    /// `offsets.retention.minutes`: how long the offsets of an empty group are kept.
    pub offsets_retention: Duration,
    /// `offsets.retention.check.interval.ms`: how often they are looked at.
    pub clean_up_interval: Duration,
    /// `offsets.commit.timeout.ms`: how long a request waits for the records that its answer rests
    /// on.
    pub append_timeout: Duration,
    /// Most bytes of records that are handed out to be appended as one batch.
    pub append_bytes_max: usize,
    /// Most bytes that the members of one group may offer as metadata together.
    pub group_metadata_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_timeout_min: Duration::from_secs(6),
            session_timeout_max: Duration::from_secs(30 * 60),
            initial_rebalance_delay: Duration::from_secs(3),
            group_members_max: limits::MEMBERS_MAX,
            note_bytes_max: 4096,
            offsets_retention: Duration::from_secs(7 * 24 * 60 * 60),
            clean_up_interval: Duration::from_secs(10 * 60),
            append_timeout: Duration::from_secs(5),
            append_bytes_max: 4 << 20,
            group_metadata_bytes_max: 16 << 20,
        }
    }
}

impl Settings {
    pub(crate) fn members_max(&self) -> usize {
        self.group_members_max.min(limits::MEMBERS_MAX)
    }

    pub(crate) fn note_bytes_max(&self) -> usize {
        self.note_bytes_max.min(limits::NAME_BYTES_MAX)
    }
}
