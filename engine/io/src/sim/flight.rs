//! Operations from their submission to their last answer.

use super::agenda::{Event, ShardKey, Waiter};
use super::disk::{Context, FaultEffect, OpenFile, Outcome};
use super::network::SocketId;
use super::state::{State, draw_latency};
use crate::buffer::Slice;
use crate::op::{Completion, Durability, Handle, Op, OpKey};
use millstream_base::crc::{crc32c, crc32c_append};
use std::rc::Rc;
use std::time::Duration;

/// What a handle stands for.
pub(super) enum Descriptor {
    File(Rc<OpenFile>),
    Socket(SocketId),
}

/// An operation on its way.
pub(super) struct Flight {
    pub(super) serial: u64,
    pub(super) op: Op,
    pub(super) context: Context,
}

/// The longest time that a socket operation takes to be looked at.
const SOCKET_LATENCY_MAX: Duration = Duration::from_micros(5);

impl State {
    /// Takes an operation over. A shard that is gone, or whose node crashes just now, is not heard.
    pub(super) fn submit(&mut self, shard: ShardKey, key: OpKey, op: Op) {
        let state = &mut self.shards[shard.0];
        let node = &mut self.nodes[state.node.0];
        if !state.is_alive || !node.pass_event() {
            return;
        }
        let index = node.operation_count;
        node.operation_count += 1;
        let target = state.file(&op);
        let path = target.as_ref().map(|file| file.path.as_path()).or_else(|| op.path());
        let scripted = node.failing.remove(&index).map(FaultEffect::Errno);
        let effect = scripted.or_else(|| node.disk.faults.strike(&op, path, &mut self.random));
        let submitted = node.disk.sequence();
        if let Op::Close { handle } = op {
            drop(target);
            self.close(shard, handle);
            self.launch(shard, key, op, Context::bare(submitted));
        } else {
            self.launch(shard, key, op, Context { target, effect, submitted });
        }
    }

    /// The number is free at once; an open file goes with its last operation in flight.
    fn close(&mut self, shard: ShardKey, handle: Handle) {
        let state = &mut self.shards[shard.0];
        match state.descriptors.remove(slot(handle)) {
            Descriptor::File(file) => self.nodes[state.node.0].disk.let_go(file),
            Descriptor::Socket(socket) => self.close_socket(socket),
        }
    }

    fn launch(&mut self, shard: ShardKey, key: OpKey, op: Op, context: Context) {
        let latency = self.latency(&op, &context);
        let state = &mut self.shards[shard.0];
        state.flight_count += 1;
        let serial = state.flight_count;
        self.trace.fold(op.name(), &fingerprint(shard, key, &op));
        let before = state.in_flight.insert(key.0, Flight { serial, op, context });
        assert!(before.is_none(), "a key names one operation at a time");
        self.agenda.add(self.now + latency, Event::Complete(Waiter { shard, key, serial }));
    }

    fn latency(&mut self, op: &Op, context: &Context) -> Duration {
        let (min, max) = (self.options.disk_latency_min, self.options.disk_latency_max);
        let random = &mut self.random;
        let drawn = match op {
            Op::Sync { .. } | Op::Write { durability: Durability::Stable, .. } => {
                draw_latency(random, min, max * 4)
            }
            op if op.is_on_network() => draw_latency(random, Duration::ZERO, SOCKET_LATENCY_MAX),
            _ => draw_latency(random, min, max),
        };
        match context.effect {
            Some(FaultEffect::Delay(stall)) => drawn + stall,
            _ => drawn,
        }
    }

    /// Ends an operation early if it waits for somebody else.
    pub(super) fn cancel(&mut self, shard: ShardKey, key: OpKey) {
        let in_flight = &self.shards[shard.0].in_flight;
        let waits = |op: &Op| {
            matches!(
                op,
                Op::Accept { .. }
                    | Op::Connect { .. }
                    | Op::Receive { .. }
                    | Op::ReceiveMany { .. }
                    | Op::Send { .. }
            )
        };
        if in_flight.get(&key.0).is_some_and(|flight| waits(&flight.op)) {
            self.answer(shard, key, Err(libc::ECANCELED), None);
        }
    }

    /// The moment of an operation has come.
    pub(super) fn complete(&mut self, waiter: Waiter) {
        let Waiter { shard, key, serial } = waiter;
        let in_flight = &self.shards[shard.0].in_flight;
        // One that was cancelled has left, and another may have its key.
        let Some(flight) = in_flight.get(&key.0).filter(|it| it.serial == serial) else { return };
        if flight.op.is_on_network() {
            self.attempt(waiter);
        } else {
            self.finish(shard, key);
        }
    }

    /// Carries out an operation that has no need to wait.
    fn finish(&mut self, shard: ShardKey, key: OpKey) {
        let node = self.shards[shard.0].node;
        if self.nodes[node.0].pass_event() {
            self.carry_out(shard, key);
        }
    }

    pub(super) fn carry_out(&mut self, shard: ShardKey, key: OpKey) {
        let is_spent = self.is_spent(shard);
        let state = &mut self.shards[shard.0];
        let disk = &mut self.nodes[state.node.0].disk;
        let flight = state.in_flight.get_mut(&key.0).expect("what completes is in flight");
        let (op, context) = (&mut flight.op, &flight.context);
        let result = match op {
            Op::Close { .. } => Ok(0),
            Op::Open { .. } if is_spent => Err(libc::EMFILE),
            _ => disk.perform(op, context).map(|outcome| match outcome {
                Outcome::Count(count) => count,
                Outcome::Opened(file) => state.descriptors.insert(Descriptor::File(file)) as u64,
            }),
        };
        self.deliver(shard, key, result, None);
    }

    /// Gives an operation its last answer.
    pub(super) fn answer(
        &mut self,
        shard: ShardKey,
        key: OpKey,
        result: Result<u64, i32>,
        chunk: Option<Slice>,
    ) {
        let node = self.shards[shard.0].node;
        if self.nodes[node.0].pass_event() {
            self.deliver(shard, key, result, chunk);
        }
    }

    /// Whether a shard has no descriptor left.
    pub(super) fn is_spent(&self, shard: ShardKey) -> bool {
        let state = self.shard(shard);
        state.descriptors.len() >= self.nodes[state.node.0].descriptor_count_max
    }

    fn deliver(
        &mut self,
        shard: ShardKey,
        key: OpKey,
        result: Result<u64, i32>,
        chunk: Option<Slice>,
    ) {
        let state = &mut self.shards[shard.0];
        let flight = state.in_flight.remove(&key.0).expect("what is answered is in flight");
        let Flight { op, context, .. } = flight;
        let disk = &mut self.nodes[state.node.0].disk;
        context.target.into_iter().for_each(|file| disk.let_go(file));
        let content = content(&op, result, chunk.as_ref());
        state.answered.push_back(Completion { key, result, chunk, op: Some(op) });
        self.fold_answer(shard, key, result, content);
    }

    /// Gives an operation that goes on an answer.
    pub(super) fn answer_early(
        &mut self,
        waiter: Waiter,
        result: Result<u64, i32>,
        chunk: Option<Slice>,
    ) {
        let Waiter { shard, key, .. } = waiter;
        let state = &mut self.shards[shard.0];
        if !self.nodes[state.node.0].pass_event() {
            return;
        }
        let content = chunk.as_deref().map_or(0, crc32c);
        state.answered.push_back(Completion { key, result, chunk, op: None });
        self.fold_answer(shard, key, result, content);
        self.agenda.add(self.now, Event::Complete(waiter));
    }

    fn fold_answer(&mut self, shard: ShardKey, key: OpKey, result: Result<u64, i32>, content: u32) {
        let answer = result.unwrap_or_else(|errno| u64::MAX - u64::from(errno.unsigned_abs()));
        let content = u64::from(content);
        let numbers = [shard.0 as u64, key.0 as u64, self.now.get(), answer, content];
        self.trace.fold("answer", &numbers);
    }
}

pub(super) fn slot(handle: Handle) -> usize {
    usize::try_from(handle.0).expect("handles count from 0")
}

/// What tells one submission from another.
fn fingerprint(shard: ShardKey, key: OpKey, op: &Op) -> [u64; 4] {
    let content = match op {
        Op::Write { position, slices, .. } => *position ^ digest(slices),
        Op::Send { slices, .. } => digest(slices),
        Op::Read { position, buffer, .. } => *position ^ ((buffer.len() as u64) << 32),
        Op::Allocate { position, length_bytes, .. } => *position ^ (*length_bytes << 32),
        Op::SetLength { length_bytes, .. } => *length_bytes,
        _ => 0,
    };
    let handle = op.handle().map_or(0, |handle| u64::from(handle.0.unsigned_abs()));
    [shard.0 as u64, key.0 as u64, handle, content]
}

/// A checksum of the bytes that an answer brings.
fn content(op: &Op, result: Result<u64, i32>, chunk: Option<&Slice>) -> u32 {
    let count = usize::try_from(result.unwrap_or(0)).unwrap_or(0);
    match op {
        Op::Read { buffer, .. } | Op::Receive { buffer, .. } => crc32c(&buffer[..count]),
        _ => chunk.map_or(0, |chunk| crc32c(chunk)),
    }
}

fn digest(slices: &[Slice]) -> u64 {
    let crc = slices.iter().fold(0, |crc, slice| crc32c_append(crc, slice));
    u64::from(crc) << 32
}

impl Op {
    /// The handle that an operation works on.
    pub(super) fn handle(&self) -> Option<Handle> {
        match self {
            Self::Close { handle }
            | Self::Read { handle, .. }
            | Self::Write { handle, .. }
            | Self::Sync { handle, .. }
            | Self::Allocate { handle, .. }
            | Self::SetLength { handle, .. }
            | Self::Length { handle }
            | Self::Lock { handle }
            | Self::LocalAddress { handle, .. }
            | Self::PeerAddress { handle, .. }
            | Self::Accept { handle }
            | Self::Receive { handle, .. }
            | Self::ReceiveMany { handle }
            | Self::Send { handle, .. }
            | Self::Shutdown { handle } => Some(*handle),
            _ => None,
        }
    }

    pub(super) fn is_on_network(&self) -> bool {
        matches!(
            self,
            Self::Listen { .. }
                | Self::LocalAddress { .. }
                | Self::PeerAddress { .. }
                | Self::Accept { .. }
                | Self::Connect { .. }
                | Self::Receive { .. }
                | Self::ReceiveMany { .. }
                | Self::Send { .. }
                | Self::Shutdown { .. }
        )
    }

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
