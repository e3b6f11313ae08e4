//! A machine of the simulated world, and one life of a shard on it.

use super::disk::{DiskState, OpenFile, PowerCut};
use super::flight::{Descriptor, Flight, slot};
use super::network::SocketId;
use crate::op::{Completion, Handle, Op};
use millstream_base::{Instant, ShardId};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// Ports that nobody asked for by number are above this one, as on Linux.
const FIRST_PORT: u16 = 32767;

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
    /// It has lost its power and nothing was started since.
    pub(super) is_off: bool,
    /// What it had sent last before it lost its power is lost, too.
    pub(super) loses_packets: bool,
    /// How many descriptors each of its shards may have.
    pub(super) descriptor_count_max: usize,
    /// The port that was given out last.
    pub(super) last_port: u16,
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
            is_off: false,
            loses_packets: false,
            descriptor_count_max: usize::MAX,
            last_port: FIRST_PORT,
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
    pub(super) descriptors: Slab<Descriptor>,
    /// By operation key.
    pub(super) in_flight: BTreeMap<usize, Flight>,
    pub(super) flight_count: u64,
    /// Answers that the shard has not taken yet.
    pub(super) answered: VecDeque<Completion>,
    /// Its turn is not over before.
    pub(super) busy_until: Instant,
}

impl ShardState {
    pub(super) fn new(node: NodeId, id: ShardId) -> Self {
        Self {
            node,
            id,
            is_alive: true,
            descriptors: Slab::new(),
            in_flight: BTreeMap::new(),
            flight_count: 0,
            answered: VecDeque::new(),
            busy_until: Instant::ZERO,
        }
    }
    /// The open file that an operation works on, if any.
    pub(super) fn file(&self, op: &Op) -> Option<Rc<OpenFile>> {
        match self.descriptors.get(slot(op.handle()?)) {
            Some(Descriptor::File(file)) => Some(Rc::clone(file)),
            _ => None,
        }
    }

    /// The socket that a handle stands for.
    pub(super) fn socket(&self, handle: Handle) -> SocketId {
        match self.descriptors.get(slot(handle)) {
            Some(Descriptor::Socket(socket)) => *socket,
            _ => unreachable!("a socket operation has the handle of a socket"),
        }
    }
}
