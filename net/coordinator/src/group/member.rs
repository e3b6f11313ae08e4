//! One member of a group.

use core::time::Duration;

use crate::command::{Join, Protocol};
use crate::names::{ClientName, InstanceId, Payload, ProtocolName, ProtocolType, RequestId};
use crate::timer::Timer;

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) instance: Option<InstanceId>,
    pub(crate) client_id: ClientName,
    pub(crate) client_host: ClientName,
    pub(crate) session_timeout_ms: i32,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) protocol_type: ProtocolType,
    /// Each name once, the one it likes best first.
    pub(crate) protocols: Vec<Protocol>,
    /// Its share in the last stable generation.
    pub(crate) assignment: Payload,
    /// Whether its first JoinGroup still waits: it cannot send heartbeats yet.
    pub(crate) is_new: bool,
    /// Whether it came out of the log and has not joined again since.
    pub(crate) is_restored: bool,
    /// Whether it has asked for its share in this generation.
    pub(crate) has_synced: bool,
    pub(crate) join: Option<RequestId>,
    pub(crate) sync: Option<RequestId>,
    pub(crate) timer: Timer,
}

impl Member {
    /// A new member whose JoinGroup waits, if `join` says so.
    pub(crate) fn new(from: &Join, join: Option<RequestId>) -> Self {
        Self {
            instance: from.instance.clone(),
            client_id: from.client_id.clone(),
            client_host: from.client_host.clone(),
            session_timeout_ms: from.session_timeout_ms,
            rebalance_timeout_ms: from.rebalance_timeout_ms,
            protocol_type: from.protocol_type.clone(),
            protocols: protocols_of(from),
            assignment: Payload::default(),
            is_new: true,
            is_restored: false,
            has_synced: false,
            join,
            sync: None,
            timer: Timer::default(),
        }
    }

    pub(crate) fn session_timeout(&self) -> Duration {
        duration(self.session_timeout_ms)
    }

    pub(crate) fn rebalance_timeout(&self) -> Duration {
        duration(self.rebalance_timeout_ms)
    }

    pub(crate) fn metadata_bytes(&self) -> usize {
        self.protocols.iter().map(|protocol| protocol.metadata.size_bytes()).sum()
    }

    /// What it says for a protocol; nothing for one that it does not know.
    pub(crate) fn metadata(&self, protocol: Option<&ProtocolName>) -> Payload {
        let known = self.protocols.iter().find(|known| Some(&known.name) == protocol);
        known.map(|known| known.metadata.clone()).unwrap_or_default()
    }

    /// Whether a JoinGroup offers what it offered before. Of a member that came out of the log
    /// only the protocol is known that was chosen, so only that is compared: a restart of the
    /// broker is no reason to rebalance.
    pub(crate) fn offers(&self, join: &Join) -> bool {
        if self.is_restored {
            return join.protocols.iter().any(|offered| self.protocols == [offered.clone()]);
        }
        self.protocols == join.protocols
    }

    /// Whether it is heard of without heartbeats: its request waits here. A new member's does not
    /// count, see [`crate::limits::NEW_MEMBER_JOIN_TIMEOUT`].
    pub(crate) fn is_waiting(&self) -> bool {
        !self.is_new && (self.join.is_some() || self.sync.is_some())
    }
}

/// What a JoinGroup offers, in memory of its own.
pub(crate) fn protocols_of(join: &Join) -> Vec<Protocol> {
    let offered = join.protocols.iter();
    let kept = offered.map(|protocol| Protocol {
        name: protocol.name.clone(),
        metadata: protocol.metadata.compacted(),
    });
    kept.collect()
}

/// Milliseconds of the wire; a negative number is no time at all.
pub(crate) fn duration(timeout_ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0))
}
