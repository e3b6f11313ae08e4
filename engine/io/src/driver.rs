//! One seam, two worlds: the kernel's io_uring or the simulator.

use crate::op::{Completion, Op, OpKey};
use crate::{sim, uring};
use millstream_base::{Instant, Timestamp};

/// What performs a shard's operations. One predictable branch per operation.
pub(crate) enum Driver {
    Uring(Box<uring::Driver>),
    Sim(sim::Driver),
}

impl Driver {
    /// Takes an operation over. It may be performed now or at the next [`Driver::wait`].
    pub(crate) fn submit(&mut self, key: OpKey, op: Op) {
        match self {
            Self::Uring(driver) => driver.submit(key, op),
            Self::Sim(driver) => driver.submit(key, op),
        }
    }

    /// Asks to end an operation early. It answers all the same, perhaps as if never cancelled.
    pub(crate) fn cancel(&mut self, key: OpKey) {
        match self {
            Self::Uring(driver) => driver.cancel(key),
            Self::Sim(driver) => driver.cancel(key),
        }
    }

    /// The next answer that has arrived.
    pub(crate) fn next_completion(&mut self) -> Option<Completion> {
        match self {
            Self::Uring(driver) => driver.next_completion(),
            Self::Sim(driver) => driver.next_completion(),
        }
    }

    /// Monotonic time.
    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::Uring(driver) => driver.now(),
            Self::Sim(driver) => driver.now(),
        }
    }

    /// Wall-clock time.
    pub(crate) fn wall_time(&self) -> Timestamp {
        match self {
            Self::Uring(driver) => driver.wall_time(),
            Self::Sim(driver) => driver.wall_time(),
        }
    }
}
