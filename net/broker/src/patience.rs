//! How long a connection is waited for.

use crate::frames::Progress;
use millstream_io::{Io, Sleep};
use std::time::Duration;

/// How often a connection is looked at, and how long its kernel waits for a sign of its peer.
const PERIOD: Duration = Duration::from_secs(30);
/// What a request that has begun must grow by in each period, if it is not whole then: what comes
/// slower, over all periods of a day, is no request that anybody waits for.
const GROWTH_BYTES_MIN: u64 = 256 << 10;

/// Looks at a connection from time to time, and ends it where nothing happens.
pub(crate) struct Patience {
    io: Io,
    tick: Sleep,
    period: Duration,
    idle: Option<Duration>,
    quiet: Duration,
    seen: Progress,
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// It may go on.
    Well,
    /// Nothing has happened for too long.
    Idle,
    /// A request that has begun does not come.
    Slow,
}

/// How long a peer may take nothing of what waits for it, and answer nothing. An idle time that is
/// shorter counts: whoever wants to be rid of silent connections early wants that of these too.
pub(crate) fn silence_max(idle: Option<Duration>) -> Duration {
    idle.map_or(PERIOD, |idle| idle.min(PERIOD)).max(Duration::from_millis(1))
}

impl Patience {
    /// With a connection that is closed when it is `idle` for so long.
    pub(crate) fn new(io: &Io, idle: Option<Duration>) -> Self {
        let period = silence_max(idle);
        let (io, tick) = (io.clone(), io.sleep(period));
        Self { io, tick, period, idle, quiet: Duration::ZERO, seen: Progress::default() }
    }

    /// Resolves when it is time to look. A future dropped before is no look.
    pub(crate) async fn wears(&mut self) {
        (&mut self.tick).await;
    }

    /// Looks, and begins to wait for the next look. `is_busy`: something is under way, for which
    /// the peer waits.
    pub(crate) fn look(&mut self, progress: Progress, is_busy: bool) -> Look {
        self.tick = self.io.sleep(self.period);
        self.judge(progress, is_busy)
    }

    fn judge(&mut self, now: Progress, is_busy: bool) -> Look {
        let before = std::mem::replace(&mut self.seen, now);
        let is_same = before.frame_count == now.frame_count;
        if is_same && before.is_partial && now.is_partial {
            let grown_bytes = now.received_bytes - before.received_bytes;
            // One that only waits for memory gets a second chance, and then frees its own.
            let is_excused = now.is_held_up && !(before.is_held_up && grown_bytes == 0);
            let is_slow = grown_bytes < GROWTH_BYTES_MIN && !is_excused;
            return if is_slow { Look::Slow } else { Look::Well };
        }
        let is_quiet = is_same && !now.is_partial && !is_busy;
        self.quiet = if is_quiet { self.quiet + self.period } else { Duration::ZERO };
        match self.idle {
            Some(idle) if self.quiet >= idle => Look::Idle,
            _ => Look::Well,
        }
    }
}

#[cfg(test)]
mod patience_test {
    use super::*;
    use millstream_base::ShardId;
    use millstream_io::sim::{World, WorldOptions};

    const PARTIAL: Progress =
        Progress { frame_count: 1, received_bytes: 100, is_partial: true, is_held_up: false };
    const BETWEEN: Progress = Progress { is_partial: false, ..PARTIAL };

    /// What comes of a look at each.
    fn looks(idle: Option<Duration>, looks: &[(Progress, bool)]) -> Vec<Look> {
        let mut world = World::new(1, WorldOptions::default());
        let node = world.node("node");
        let looks = looks.to_vec();
        let judged = world.start(node, ShardId::new(0), |io| async move {
            let mut patience = Patience::new(&io, idle);
            looks.into_iter().map(|(progress, is_busy)| patience.judge(progress, is_busy)).collect()
        });
        world.run(&judged).expect("ends")
    }

    #[test]
    fn a_request_that_does_not_come_is_slow_at_the_second_look() {
        let next = Progress { frame_count: 2, ..PARTIAL };
        let dripped = Progress { received_bytes: 101, ..PARTIAL };
        let grown = Progress { received_bytes: 101 + GROWTH_BYTES_MIN, ..PARTIAL };
        assert_eq!(looks(None, &[(PARTIAL, false), (dripped, false)])[1], Look::Slow);
        assert_eq!(looks(None, &[(dripped, true), (grown, true)])[1], Look::Well);
        assert_eq!(looks(None, &[(PARTIAL, false), (next, false)])[1], Look::Well);
        assert_eq!(looks(None, &[(PARTIAL, false), (BETWEEN, false)])[1], Look::Well);
    }

    #[test]
    fn one_that_waits_for_memory_is_waited_for_once() {
        let held = Progress { is_held_up: true, ..PARTIAL };
        let judged = looks(None, &[(PARTIAL, false), (held, false), (held, false)]);
        assert_eq!(judged, [Look::Well, Look::Well, Look::Slow]);
    }

    #[test]
    fn only_a_connection_with_nothing_under_way_is_idle() {
        let idle = Some(2 * PERIOD);
        let busy = [(BETWEEN, true); 5];
        assert!(looks(idle, &busy).iter().all(|look| *look == Look::Well));
        let judged = looks(idle, &[(BETWEEN, false); 3]);
        assert_eq!(judged, [Look::Well, Look::Well, Look::Idle]);
        assert!(looks(None, &[(BETWEEN, false); 9]).iter().all(|look| *look == Look::Well));
    }
}
