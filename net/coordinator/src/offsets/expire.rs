//! Offsets that nobody needs any more.

use millstream_base::Timestamp;

use crate::answer::TopicOutcome;
use crate::group::{Group, GroupState};
use crate::record::{CommittedOffset, offset_size_bytes};
use crate::turn::Turn;

impl Group {
    /// Hands tombstones out for offsets that have expired, and ends the group when none is left.
    /// Only a group without members loses offsets.
    //= KIP-211: the time counts from when the last member left, or from the commit where there
    //= never was one.
    pub(crate) fn expire(&mut self, turn: &mut Turn<'_>) {
        if self.state != GroupState::Empty || self.writing_count > 0 {
            return;
        }
        let bytes_max = turn.settings.append_bytes_max;
        let mut outcomes: Vec<TopicOutcome> = Vec::new();
        let mut kept = 0;
        let mut bytes = 0;
        for (topic, partition, slot) in self.offsets.slots() {
            let committed = slot.committed.as_ref().filter(|_| slot.is_settled());
            let has_expired = committed.is_some_and(|offset| self.has_expired(offset, turn));
            bytes += usize::from(has_expired) * offset_size_bytes(&self.id, topic, 0);
            if !has_expired || bytes > bytes_max {
                kept += 1;
                continue;
            }
            match outcomes.last_mut() {
                Some(last) if last.topic == *topic => last.partitions.push((partition, Ok(()))),
                _ => outcomes.push(TopicOutcome {
                    topic: topic.clone(),
                    partitions: vec![(partition, Ok(()))],
                }),
            }
        }
        if kept == 0 && self.pending.is_empty() {
            self.delete(None, turn);
        } else if !outcomes.is_empty() {
            self.forget(None, outcomes, turn);
        }
    }

    fn has_expired(&self, offset: &CommittedOffset, turn: &Turn<'_>) -> bool {
        let now = turn.now.wall;
        if let Some(expires_at) = offset.expires_at {
            return expires_at <= now;
        }
        let is_simple = self.protocol_type.is_none();
        let is_unknown = self.state_since == Timestamp::NONE;
        let since = if is_simple || is_unknown { offset.committed_at } else { self.state_since };
        let retention_ms = i64::try_from(turn.settings.offsets_retention.as_millis());
        let age_ms = now.checked_sub_ms(since);
        age_ms.zip(retention_ms.ok()).is_some_and(|(age_ms, kept_ms)| age_ms >= kept_ms)
    }
}
