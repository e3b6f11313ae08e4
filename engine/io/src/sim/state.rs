//! The inside of the world: what its drivers and its owner share.

use super::agenda::{Agenda, Event, ShardKey};
use super::disk::{Context, DiskState, FaultEffect, OpenFile, Outcome};
use super::node::{Crash, Flight, Node, NodeId, ShardState};
use super::options::WorldOptions;
use super::trace::Trace;
use crate::op::{Completion, Durability, Handle, Op, OpKey};
use millstream_base::crc::crc32c_append;
use millstream_base::random::Random;
use millstream_base::{Instant, ShardId, Timestamp};
use std::rc::Rc;
use std::time::Duration;

pub(super) struct State {
    pub(super) options: WorldOptions,
    pub(super) now: Instant,
    pub(super) agenda: Agenda,
    pub(super) nodes: Vec<Node>,
    shards: Vec<ShardState>,
    pub(super) random: Random,
    pub(super) trace: Trace,
}

impl State {
    pub(super) fn new(seed: u64, options: WorldOptions) -> Self {
        Self {
            options,
            now: Instant::ZERO,
            agenda: Agenda::default(),
            nodes: Vec::new(),
            shards: Vec::new(),
            random: Random::new(seed),
            trace: Trace::default(),
        }
    }

    pub(super) fn add_node(&mut self, name: &str) -> NodeId {
        let disk = DiskState::new(self.options.disk_bytes_max, self.random.fork());
        self.nodes.push(Node::new(name, disk));
        NodeId(self.nodes.len() - 1)
    }

    pub(super) fn add_shard(&mut self, node: NodeId, id: ShardId) -> ShardKey {
        let mut here = self.shards.iter().filter(|shard| shard.is_alive && shard.node == node);
        assert!(here.all(|shard| shard.id != id), "shard {id} runs already on its node");
        assert!(!self.nodes[node.0].disk.is_undecided(), "what the power cut left is not decided");
        self.shards.push(ShardState::new(node, id));
        self.trace.fold("start", &[node.0 as u64, u64::from(id.get())]);
        ShardKey(self.shards.len() - 1)
    }

    pub(super) fn has_shards(&self, node: NodeId) -> bool {
        self.shards.iter().any(|shard| shard.is_alive && shard.node == node)
    }

    pub(super) fn disk_mut(&mut self, node: NodeId) -> &mut DiskState {
        &mut self.nodes[node.0].disk
    }

    pub(super) fn shard(&self, shard: ShardKey) -> &ShardState {
        &self.shards[shard.0]
    }

    pub(super) fn shard_mut(&mut self, shard: ShardKey) -> &mut ShardState {
        &mut self.shards[shard.0]
    }

    pub(super) fn wall_time(&self, shard: ShardKey) -> Timestamp {
        let node = &self.nodes[self.shards[shard.0].node.0];
        let since_ms = i64::try_from(self.now.get() / 1_000_000).expect("584 years in ns fit");
        let delta_ms = node.wall_offset_ms.saturating_add(since_ms);
        let start = self.options.wall_start;
        start.checked_add_ms(delta_ms).unwrap_or(Timestamp::new(i64::MAX))
    }

    /// Takes an operation over. A shard that is gone, or whose node crashes just now, is not heard.
    pub(super) fn submit(&mut self, shard: ShardKey, key: OpKey, op: Op) {
        let state = &mut self.shards[shard.0];
        let node = &mut self.nodes[state.node.0];
        if !state.is_alive || !node.pass_event() {
            return;
        }
        let index = node.operation_count;
        node.operation_count += 1;
        let target = handle(&op).map(|handle| file(state, handle));
        let path = target.as_ref().map(|file| file.path.as_path()).or_else(|| op.path());
        let scripted = node.failing.remove(&index).map(FaultEffect::Errno);
        let effect = scripted.or_else(|| node.disk.faults.strike(&op, path, &mut self.random));
        let submitted = node.disk.sequence();
        if let Op::Close { handle } = op {
            // The number is free at once; the open file goes with its last operation in flight.
            let file = state.files.remove(slot(handle));
            drop(target);
            node.disk.let_go(file);
            self.flight(shard, key, Flight { op, context: Context::bare(submitted) });
            return;
        }
        self.flight(shard, key, Flight { op, context: Context { target, effect, submitted } });
    }

    fn flight(&mut self, shard: ShardKey, key: OpKey, flight: Flight) {
        let latency = self.latency(&flight);
        self.agenda.add(self.now + latency, Event::Complete { shard, key });
        self.trace.fold(flight.op.name(), &fingerprint(shard, key, &flight.op));
        let before = self.shards[shard.0].in_flight.insert(key.0, flight);
        assert!(before.is_none(), "a key names one operation at a time");
    }

    fn latency(&mut self, flight: &Flight) -> Duration {
        let options = &self.options;
        let usual = match &flight.op {
            Op::Sync { .. } | Op::Write { durability: Durability::Stable, .. } => 4,
            _ => 1,
        };
        let factor = if self.random.chance(1, 64) { 16 } else { usual };
        let max = options.disk_latency_max * factor;
        let spread_ns = max.saturating_sub(options.disk_latency_min).as_nanos();
        let spread_ns = u64::try_from(spread_ns).unwrap_or(u64::MAX - 1);
        let drawn = Duration::from_nanos(self.random.below(spread_ns + 1));
        let stall = match flight.context.effect {
            Some(FaultEffect::Delay(stall)) => stall,
            _ => Duration::ZERO,
        };
        options.disk_latency_min + drawn + stall
    }

    /// Lets the next event happen.
    pub(super) fn happen(&mut self) {
        let event = self.agenda.take_next().expect("the caller has seen one");
        match event {
            Event::Complete { shard, key } => self.complete(shard, key),
        }
    }

    fn complete(&mut self, shard: ShardKey, key: OpKey) {
        let node = self.shards[shard.0].node;
        if self.nodes[node.0].pass_event() {
            self.finish(shard, key);
        }
    }

    fn finish(&mut self, shard: ShardKey, key: OpKey) {
        let state = &mut self.shards[shard.0];
        let flight = state.in_flight.remove(&key.0).expect("what completes is in flight");
        let Flight { mut op, context } = flight;
        let disk = &mut self.nodes[state.node.0].disk;
        let result = match op {
            Op::Close { .. } => Ok(0),
            _ => disk.perform(&mut op, &context).map(|outcome| match outcome {
                Outcome::Count(count) => count,
                Outcome::Opened(file) => state.files.insert(file) as u64,
            }),
        };
        context.target.into_iter().for_each(|file| disk.let_go(file));
        let answer = result.unwrap_or_else(|errno| u64::MAX - u64::from(errno.unsigned_abs()));
        self.trace.fold("answer", &[shard.0 as u64, key.0 as u64, self.now.get(), answer]);
        state.answered.push_back(Completion { key, result, chunk: None, op: Some(op) });
    }

    /// A shard ended by itself: what it had in flight is carried out first, as the kernel does.
    pub(super) fn end(&mut self, shard: ShardKey) {
        self.agenda.forget(shard);
        while let Some(key) = self.pick_in_flight(shard) {
            self.finish(shard, key);
        }
        self.bury(shard);
    }

    fn pick_in_flight(&mut self, shard: ShardKey) -> Option<OpKey> {
        let in_flight = &self.shards[shard.0].in_flight;
        let count = in_flight.len() as u64;
        let index = if count > 0 { self.random.below(count) } else { return None };
        let index = usize::try_from(index).expect("below a length");
        in_flight.keys().nth(index).map(|key| OpKey(*key))
    }

    /// All that is left of a dead shard goes.
    fn bury(&mut self, shard: ShardKey) {
        let state = &mut self.shards[shard.0];
        state.is_alive = false;
        state.answered.clear();
        let disk = &mut self.nodes[state.node.0].disk;
        state.files.drain().for_each(|file| disk.let_go(file));
        self.trace.fold("gone", &[shard.0 as u64, self.now.get()]);
    }

    /// A node goes down with the shards that live on it.
    pub(super) fn crash(&mut self, node: NodeId, crash: Crash) {
        let keys = (0..self.shards.len()).map(ShardKey);
        let here = keys.filter(|key| {
            let shard = self.shard(*key);
            shard.is_alive && shard.node == node
        });
        for shard in here.collect::<Vec<_>>() {
            self.agenda.forget(shard);
            self.strand(shard, crash);
            self.bury(shard);
        }
        let target = &mut self.nodes[node.0];
        target.crash_due = None;
        target.planned_crash = None;
        target.is_paused = false;
        target.disk.forget_programs();
        if let Crash::Power(cut) = crash {
            target.disk.cut_power(cut);
        }
        let kind = if crash == Crash::Kill { "kill" } else { "power cut" };
        self.trace.fold(kind, &[node.0 as u64, self.now.get()]);
    }

    /// What a crash makes of operations in flight.
    fn strand(&mut self, shard: ShardKey, crash: Crash) {
        while let Some(key) = self.pick_in_flight(shard) {
            let state = &mut self.shards[shard.0];
            let flight = state.in_flight.remove(&key.0).expect("picked from those in flight");
            let Flight { mut op, context } = flight;
            let disk = &mut self.nodes[state.node.0].disk;
            match (&op, crash) {
                (Op::Close { .. }, _) => {}
                (_, Crash::Kill) => disk.abandon(&mut op, context),
                (_, Crash::Power(_)) => disk.absorb(&mut op, context),
            }
        }
    }
}

fn slot(handle: Handle) -> usize {
    usize::try_from(handle.0).expect("handles count from 0")
}

fn file(state: &ShardState, handle: Handle) -> Rc<OpenFile> {
    Rc::clone(&state.files[slot(handle)])
}

/// The handle that an operation works on.
fn handle(op: &Op) -> Option<Handle> {
    match op {
        Op::Close { handle }
        | Op::Read { handle, .. }
        | Op::Write { handle, .. }
        | Op::Sync { handle, .. }
        | Op::Allocate { handle, .. }
        | Op::SetLength { handle, .. }
        | Op::Length { handle }
        | Op::Lock { handle } => Some(*handle),
        _ => None,
    }
}

/// What tells one submission from another.
fn fingerprint(shard: ShardKey, key: OpKey, op: &Op) -> [u64; 4] {
    let content = match op {
        Op::Write { position, slices, .. } => {
            let crc = slices.iter().fold(0, |crc, slice| crc32c_append(crc, slice));
            *position ^ (u64::from(crc) << 32)
        }
        Op::Read { position, buffer, .. } => *position ^ ((buffer.len() as u64) << 32),
        Op::Allocate { position, length_bytes, .. } => *position ^ (*length_bytes << 32),
        Op::SetLength { length_bytes, .. } => *length_bytes,
        _ => 0,
    };
    let handle = handle(op).map_or(0, |handle| u64::from(handle.0.unsigned_abs()));
    [shard.0 as u64, key.0 as u64, handle, content]
}

impl Op {
    /// The path that an operation names.
    fn path(&self) -> Option<&std::path::Path> {
        match self {
            Self::Open { path, .. }
            | Self::Rename { from: path, .. }
            | Self::RemoveFile { path }
            | Self::RemoveDirectory { path }
            | Self::CreateDirectory { path }
            | Self::List { path, .. } => Some(path),
            _ => None,
        }
    }
}
