//! How long everything is measured, where, and how far it is.

use crate::interrupt::Interrupt;
use crate::progress::Progress;
use millstream_io::ShardOptions;
use std::time::Duration;

/// Parts of the whole time that all measurements together take, one of them being the shortest.
const UNIT_COUNT: f64 = 105.0;
/// Steps that are told to whoever watches.
const STEP_COUNT: usize = 60;
/// Memory of a measuring shard.
const BUFFERS_BYTES_MAX: usize = 384 << 20;
/// Below so many seconds a small file will do.
const SHORT_SECONDS: f64 = 10.0;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The core that a broker's shard would run on, by its index.
    pub(super) core: usize,
    /// The core of its peers.
    pub(super) peer_core: usize,
    /// For how long to measure in all, about.
    pub(super) seconds: f64,
}

impl Plan {
    /// So many of the shortest measurements.
    pub(super) fn units(&self, count: f64) -> Duration {
        Duration::from_secs_f64(self.seconds / UNIT_COUNT * count)
    }

    /// The size of each of the two files that are written and read.
    pub(super) fn file_bytes(&self) -> u64 {
        if self.seconds < SHORT_SECONDS { 64 << 20 } else { 512 << 20 }
    }

    pub(super) fn shard(&self) -> ShardOptions {
        self.shard_on(self.core)
    }

    pub(super) fn peer_shard(&self) -> ShardOptions {
        self.shard_on(self.peer_core)
    }

    fn shard_on(&self, core: usize) -> ShardOptions {
        ShardOptions {
            core: Some(core),
            buffers_bytes_max: BUFFERS_BYTES_MAX,
            ..ShardOptions::default()
        }
    }
}

/// What goes from one measurement to the next.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) plan: Plan,
    interrupt: Interrupt,
    progress: Progress,
}

impl Context {
    pub(super) fn new(plan: Plan, interrupt: Interrupt) -> Self {
        Self { plan, interrupt, progress: Progress::new(STEP_COUNT) }
    }

    /// Whether the next measurement is to be made; says which one it is.
    pub(super) fn goes_on(&mut self, what: &str) -> bool {
        if !self.is_over() {
            self.progress.step(what);
        }
        !self.is_over()
    }

    /// Whether somebody has asked to end.
    pub(super) fn is_over(&self) -> bool {
        self.interrupt.is_set()
    }
}
