//! The simulated back end of one shard: a door into the world's state.

use super::agenda::ShardKey;
use super::state::State;
use crate::activity::Activity;
use crate::op::{Completion, Op, OpKey};
use millstream_base::{Instant, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// The driver of one shard.
pub(crate) struct Driver {
    state: Rc<RefCell<State>>,
    shard: ShardKey,
}

impl Driver {
    pub(super) fn new(state: Rc<RefCell<State>>, shard: ShardKey) -> Self {
        Self { state, shard }
    }

    pub(crate) fn submit(&mut self, key: OpKey, op: Op) {
        self.state.borrow_mut().submit(self.shard, key, op);
    }

    /// What only waits for the disk ends by itself soon, as with the kernel.
    pub(crate) fn cancel(&mut self, key: OpKey) {
        self.state.borrow_mut().cancel(self.shard, key);
    }

    pub(crate) fn next_completion(&mut self) -> Option<Completion> {
        self.state.borrow_mut().shard_mut(self.shard).answered.pop_front()
    }

    /// Adds what is known here.
    pub(crate) fn report(&self, activity: &mut Activity) {
        activity.in_flight_count = self.state.borrow().shard(self.shard).in_flight.len() as u64;
    }

    pub(crate) fn now(&self) -> Instant {
        self.state.borrow().now
    }

    pub(crate) fn wall_time(&self) -> Timestamp {
        self.state.borrow().wall_time(self.shard)
    }
}
