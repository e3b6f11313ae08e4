//! Operations on sockets: tried when they are submitted, and again when something has come in.

use super::socket::Socket;
use crate::buffer::Slice;
use crate::op::{Handle, Op};
use crate::sim::agenda::{ShardKey, Waiter};
use crate::sim::disk::FaultEffect;
use crate::sim::state::State;
use std::net::SocketAddr;

/// How far an attempt came.
pub(super) enum Progress {
    Wait,
    Done(Result<u64, i32>, Option<Slice>),
    /// An answer, and more may come.
    More(u64, Option<Slice>),
}

impl Progress {
    pub(super) fn error(errno: i32) -> Self {
        Self::Done(Err(errno), None)
    }

    pub(super) fn count(count: u64) -> Self {
        Self::Done(Ok(count), None)
    }
}

impl State {
    /// Tries an operation, if it is still there.
    pub(in crate::sim) fn attempt(&mut self, waiter: Waiter) {
        let Waiter { shard, key, serial } = waiter;
        let state = &mut self.shards[shard.0];
        let flight = state.in_flight.get_mut(&key.0).filter(|flight| flight.serial == serial);
        let Some(flight) = flight else { return };
        let mut op = std::mem::replace(&mut flight.op, Op::Close { handle: Handle(-1) });
        let scripted = match flight.context.effect {
            Some(FaultEffect::Errno(errno)) => Some(errno),
            _ => None,
        };
        let progress = match scripted {
            Some(errno) => self.fail_attempt(shard, &op, errno),
            None => self.progress(waiter, &mut op),
        };
        let state = &mut self.shards[shard.0];
        let flight = state.in_flight.get_mut(&key.0).expect("an attempt answers nothing itself");
        flight.op = op;
        match progress {
            Progress::Wait => {}
            Progress::Done(result, chunk) => self.answer(shard, key, result, chunk),
            Progress::More(count, chunk) => self.answer_early(waiter, Ok(count), chunk),
        }
    }

    /// A fault that a test asked for takes the connection along.
    fn fail_attempt(&mut self, shard: ShardKey, op: &Op, errno: i32) -> Progress {
        if let Op::Send { handle, .. } | Op::Receive { handle, .. } | Op::ReceiveMany { handle } =
            op
        {
            let socket = self.shard(shard).socket(*handle);
            self.reset_both(socket);
        }
        Progress::error(errno)
    }

    fn progress(&mut self, waiter: Waiter, op: &mut Op) -> Progress {
        let shard = waiter.shard;
        let socket_of = |state: &Self, handle: &Handle| state.shard(shard).socket(*handle);
        match op {
            Op::Listen { address, options } => self.listen(shard, *address, options),
            Op::Connect { address, options } => self.connect(waiter, *address, options),
            Op::LocalAddress { handle, address } => {
                let socket = socket_of(self, handle);
                *address = self.network.sockets.get(&socket).map(Socket::local);
                Progress::count(0)
            }
            Op::PeerAddress { handle, address } => {
                let connection = self.network.connection(socket_of(self, handle));
                let Some(alive) = connection.filter(|connection| !connection.is_dead) else {
                    return Progress::error(libc::ENOTCONN);
                };
                *address = Some(alive.peer_address);
                Progress::count(0)
            }
            Op::Accept { handle } => self.accept(waiter, socket_of(self, handle)),
            Op::Receive { handle, buffer } => {
                let socket = socket_of(self, handle);
                self.receive(waiter, socket, buffer)
            }
            Op::ReceiveMany { handle } => self.receive_many(waiter, socket_of(self, handle)),
            Op::Send { handle, slices } => self.send(waiter, socket_of(self, handle), slices),
            Op::Shutdown { handle } => self.shut(socket_of(self, handle)),
            other => unreachable!("{} is no operation on a socket", other.name()),
        }
    }
}

impl Socket {
    fn local(&self) -> SocketAddr {
        match self {
            Self::Listening(listening) => listening.address,
            Self::Connection(connection) => connection.local,
        }
    }
}
