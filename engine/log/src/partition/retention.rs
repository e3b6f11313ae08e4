//! Retention: which segments a partition may let go of.

use super::Partition;
use millstream_base::{Offset, Timestamp};

/// So many segments may go for their age at one look in any case; of a log with more than four
/// times as many, a quarter. A log in its usual state loses few at a time, and one that has much to
/// lose is at the size that it should have after some looks.
const SEGMENTS_AT_ONCE_MIN: usize = 16;

impl Partition {
    /// The start that retention wants at time `now`, if it is not the present one: the base of the
    /// oldest segment that is kept. The last segment always stays, and no more than a part of them
    /// goes at once for its age: a clock that jumps takes the log with it only bit by bit, and
    /// somebody may see it (F19).
    pub(crate) fn retained_start(&self, now: Timestamp) -> Option<Offset> {
        if self.segments.len() < 2 {
            return None;
        }
        let mut total_bytes = self.segments_bytes();
        let mut start = None;
        let count_max = SEGMENTS_AT_ONCE_MIN.max(self.segments.len() / 4);
        for (index, pair) in self.segments.windows(2).enumerate() {
            let [oldest, next] = pair else { break };
            let is_beyond_size = self
                .options
                .retention_bytes
                .is_some_and(|limit| total_bytes - oldest.length_bytes >= limit);
            let is_too_old = self.options.retention.is_some_and(|retention| {
                let age_ms = now.get().saturating_sub(oldest.max_timestamp.get());
                u128::try_from(age_ms).is_ok_and(|age_ms| age_ms > retention.as_millis())
            });
            if !is_beyond_size && (!is_too_old || index >= count_max) {
                break;
            }
            total_bytes -= oldest.length_bytes;
            start = Some(next.base);
        }
        start.filter(|start| *start > self.start())
    }
}
