//! What is known of one partition's offset.

use std::collections::VecDeque;

use crate::names::AppendId;
use crate::record::CommittedOffset;

/// The durable offset of one partition, and what is on its way to replace it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) committed: Option<CommittedOffset>,
    /// Which append `committed` came from.
    committed_by: AppendId,
    /// Oldest first; `None` is a tombstone.
    pending: VecDeque<(AppendId, Option<CommittedOffset>)>,
}

impl Slot {
    pub(crate) fn stage(&mut self, id: AppendId, value: Option<CommittedOffset>) {
        self.pending.push_back((id, value));
    }

    /// Of two appends the later one holds, in whichever order their outcomes become known: so it
    /// stands in the log.
    pub(crate) fn settle(&mut self, id: AppendId, is_durable: bool) {
        let mut settled = None;
        // Staged in the order of their ids. A request may name a partition more than once.
        let first = self.pending.partition_point(|(pending, _)| *pending < id);
        while self.pending.get(first).is_some_and(|(pending, _)| *pending == id) {
            settled = self.pending.remove(first).map(|(_, value)| value);
        }
        let Some(value) = settled else { return };
        if is_durable && id >= self.committed_by {
            self.committed = value;
            self.committed_by = id;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.committed.is_none() && self.pending.is_empty()
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether there may be an offset, whatever of what is on its way fails.
    pub(crate) fn may_be(&self) -> bool {
        self.committed.is_some() || self.pending.iter().any(|(_, value)| value.is_some())
    }
}
