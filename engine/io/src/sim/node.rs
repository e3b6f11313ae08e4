//! A machine of the simulated world, and one life of a shard on it.

use super::disk::{Context, DiskState, OpenFile, PowerCut};
use crate::op::{Completion, Op};
use millstream_base::{Instant, ShardId};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// A machine's name within its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) usize);

/// How a node goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// All its processes die, as by `kill -9`.
    Kill,
    /// The power goes.
    Power(PowerCut),
}

/// A machine. Its disk outlives what runs on it.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) disk: DiskState,
    /// How far its wall clock is from the world's.
    pub(super) wall_offset_ms: i64,
    /// Nothing on it runs, as by SIGSTOP; its disk goes on.
    pub(super) is_paused: bool,
    /// Submissions and completions so far.
    pub(super) event_count: u64,
    /// Submissions so far.
    pub(super) operation_count: u64,
    /// Operations that are to fail, by their index, and with which error number.
    pub(super) failing: BTreeMap<u64, i32>,
    /// A crash just before the event of an index.
    pub(super) planned_crash: Option<(u64, Crash)>,
    /// The planned crash is now: nothing more is submitted or completed.
    pub(super) crash_due: Option<Crash>,
}

impl Node {
    pub(super) fn new(name: &str, disk: DiskState) -> Self {
        Self {
            name: name.to_owned(),
            disk,
            wall_offset_ms: 0,
            is_paused: false,
            event_count: 0,
            operation_count: 0,
            failing: BTreeMap::new(),
            planned_crash: None,
            crash_due: None,
        }
    }

    /// Counts a submission or completion. `false` if the node crashes just before it.
    pub(super) fn pass_event(&mut self) -> bool {
        if self.crash_due.is_some() {
            return false;
        }
        if let Some((index, crash)) = self.planned_crash
            && index == self.event_count
        {
            self.planned_crash = None;
            self.crash_due = Some(crash);
            return false;
        }
        self.event_count += 1;
        true
    }
}

/// One life of a shard: what the driver keeps for it.
pub(super) struct ShardState {
    pub(super) node: NodeId,
    pub(super) id: ShardId,
    pub(super) is_alive: bool,
    /// By handle.
    pub(super) files: Slab<Rc<OpenFile>>,
    /// By operation key.
    pub(super) in_flight: BTreeMap<usize, Flight>,
    /// Answers that the shard has not taken yet.
    pub(super) answered: VecDeque<Completion>,
    /// Its turn is not over before.
    pub(super) busy_until: Instant,
}

/// An operation on its way.
pub(super) struct Flight {
    pub(super) op: Op,
    pub(super) context: Context,
}

impl ShardState {
    pub(super) fn new(node: NodeId, id: ShardId) -> Self {
        Self {
            node,
            id,
            is_alive: true,
            files: Slab::new(),
            in_flight: BTreeMap::new(),
            answered: VecDeque::new(),
            busy_until: Instant::ZERO,
        }
    }
}
