//! Retention: which segments a partition may let go of.

use super::Partition;
use millstream_base::{Offset, Timestamp};

impl Partition {
    /// The start that retention wants at time `now`, if it is not the present one: the base of the
    /// oldest segment that is kept. The last segment always stays.
    pub(crate) fn retained_start(&self, now: Timestamp) -> Option<Offset> {
        if self.segments.len() < 2 {
            return None;
        }
        let mut total_bytes = self.segments_bytes();
        let mut start = None;
        for pair in self.segments.windows(2) {
            let [oldest, next] = pair else { break };
            let is_beyond_size = self
                .options
                .retention_bytes
                .is_some_and(|limit| total_bytes - oldest.length_bytes >= limit);
            let is_too_old = self.options.retention.is_some_and(|retention| {
                let age_ms = now.get().saturating_sub(oldest.max_timestamp.get());
                u128::try_from(age_ms).is_ok_and(|age_ms| age_ms > retention.as_millis())
            });
            if !is_beyond_size && !is_too_old {
                break;
            }
            total_bytes -= oldest.length_bytes;
            start = Some(next.base);
        }
        start.filter(|start| *start > self.start())
    }
}
