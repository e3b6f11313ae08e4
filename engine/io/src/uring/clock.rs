//! The machine's clocks.

use millstream_base::{Instant, Timestamp};
use std::sync::OnceLock;

/// When this process made its first shard: the times of all its shards count from here, so that
/// what one shard has measured means something to another.
static START: OnceLock<std::time::Instant> = OnceLock::new();

/// Reads the monotonic clock relative to the first shard of this process, and the wall clock.
pub(crate) struct Clock {
    start: std::time::Instant,
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the real clocks")]
impl Clock {
    pub(crate) fn new() -> Self {
        Self { start: *START.get_or_init(std::time::Instant::now) }
    }

    pub(crate) fn now(&self) -> Instant {
        let since = self.start.elapsed().as_nanos();
        Instant::new(u64::try_from(since).expect("five centuries of uptime"))
    }

    pub(crate) fn wall_time(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 is a broken clock: it reads as 0, which only makes data look old.
        let since_ms = since.map_or(0, |since| since.as_millis());
        Timestamp::new(i64::try_from(since_ms).unwrap_or(i64::MAX))
    }
}
