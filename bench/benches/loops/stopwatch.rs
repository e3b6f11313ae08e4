//! Time that passes in the loops.

use std::time::{Duration, Instant};

/// How long `work` takes. `bench/regress.sh` counts the instructions of this function and of what
/// it calls, so it must not vanish in its callers.
#[inline(never)]
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let begin = now();
    work();
    now() - begin
}

#[expect(clippy::disallowed_methods, reason = "the loops run in no shard, or in a simulated one")]
fn now() -> Instant {
    Instant::now()
}
