//! Time that passes in the loops.

use std::time::{Duration, Instant};

/// How long `work` takes.
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let begin = now();
    work();
    now() - begin
}

#[expect(clippy::disallowed_methods, reason = "the loops run in no shard, or in a simulated one")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
