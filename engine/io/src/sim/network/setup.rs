//! Listening, connecting, accepting.

use super::attempt::Progress;
use super::packet::Body;
use super::socket::{Connection, Listening, Socket, SocketId};
use super::{address_of, node_at};
use crate::net::{ConnectOptions, ListenOptions};
use crate::sim::agenda::{ShardKey, Waiter};
use crate::sim::flight::Descriptor;
use crate::sim::node::NodeId;
use crate::sim::state::State;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// What Linux offers nearly everywhere.
const CONGESTION_CONTROLS: [&str; 3] = ["cubic", "reno", "bbr"];

impl State {
    fn open_socket(&mut self, shard: ShardKey, socket: SocketId) -> u64 {
        self.shard_mut(shard).descriptors.insert(Descriptor::Socket(socket)) as u64
    }

    pub(super) fn listen(
        &mut self,
        shard: ShardKey,
        address: SocketAddr,
        options: &ListenOptions,
    ) -> Progress {
        if !is_known(options.congestion_control.as_deref()) {
            return Progress::error(libc::ENOENT);
        }
        let node = self.shard(shard).node;
        let mut listening = Listening {
            node,
            address,
            reuse_port: options.reuse_port,
            backlog_max: usize::try_from(options.backlog_max).unwrap_or(usize::MAX).max(1),
            backlog: VecDeque::new(),
            accepting: VecDeque::new(),
        };
        let ip = address.ip();
        if !ip.is_unspecified() && node_at(ip, node, self.nodes.len()) != Some(node) {
            return Progress::error(libc::EADDRNOTAVAIL);
        }
        if self.is_spent(shard) {
            return Progress::error(libc::EMFILE);
        }
        if listening.address.port() == 0 {
            listening.address.set_port(self.free_port(node));
        }
        let is_taken = self
            .listeners(node, listening.address)
            .any(|(_, other)| !(other.reuse_port && listening.reuse_port));
        if is_taken {
            return Progress::error(libc::EADDRINUSE);
        }
        let socket = self.network.add(Socket::Listening(listening));
        Progress::count(self.open_socket(shard, socket))
    }

    fn free_port(&mut self, node: NodeId) -> u16 {
        let last_port = &mut self.nodes[node.0].last_port;
        *last_port = last_port.checked_add(1).expect("a world has fewer sockets than ports");
        *last_port
    }

    /// The sockets of a node that would take a connection to an address.
    pub(super) fn listeners(
        &self,
        node: NodeId,
        address: SocketAddr,
    ) -> impl Iterator<Item = (SocketId, &Listening)> {
        self.network.sockets.iter().filter_map(move |(id, socket)| match socket {
            Socket::Listening(it) if it.node == node && it.covers(address) => Some((*id, it)),
            _ => None,
        })
    }

    pub(super) fn connect(
        &mut self,
        waiter: Waiter,
        address: SocketAddr,
        options: &ConnectOptions,
    ) -> Progress {
        if !is_known(options.congestion_control.as_deref()) {
            return Progress::error(libc::ENOENT);
        }
        let node = self.shard(waiter.shard).node;
        let Some(peer_node) = node_at(address.ip(), node, self.nodes.len()) else {
            return Progress::error(libc::EHOSTUNREACH);
        };
        if self.is_spent(waiter.shard) {
            return Progress::error(libc::EMFILE);
        }
        let is_loopback = address.ip().is_loopback() || address.ip().is_unspecified();
        let ip = if is_loopback { address.ip() } else { address_of(node) };
        let local = SocketAddr::new(ip, self.free_port(node));
        let mut connection = Connection::new((node, peer_node), (local, address));
        connection.connecting = Some(waiter);
        let socket = self.network.add(Socket::Connection(connection));
        self.send_packet((node, peer_node), socket, Body::Connect { address, local });
        Progress::Wait
    }

    /// The connection that an operation asked for stands, or not.
    pub(super) fn connected(&mut self, waiter: Waiter, result: Result<SocketId, i32>) {
        let in_flight = &self.shard(waiter.shard).in_flight;
        let waits = in_flight.get(&waiter.key.0).is_some_and(|it| it.serial == waiter.serial);
        match result {
            Ok(socket) if waits => {
                let handle = self.open_socket(waiter.shard, socket);
                self.answer(waiter.shard, waiter.key, Ok(handle), None);
            }
            Err(errno) if waits => self.answer(waiter.shard, waiter.key, Err(errno), None),
            // Given up meanwhile.
            Ok(socket) => self.close_socket(socket),
            Err(_) => {}
        }
    }

    pub(super) fn accept(&mut self, waiter: Waiter, socket: SocketId) -> Progress {
        let is_spent = self.is_spent(waiter.shard);
        let goes_on = self.network.random.chance(1, 2);
        let listening = self.network.listening_mut(socket).expect("accepts on a listening socket");
        if listening.backlog.is_empty() {
            listening.accepting.push_back(waiter);
            return Progress::Wait;
        }
        if is_spent {
            return Progress::error(libc::EMFILE);
        }
        let connection = listening.backlog.pop_front().expect("seen above");
        let handle = self.open_socket(waiter.shard, connection);
        if goes_on { Progress::More(handle, None) } else { Progress::count(handle) }
    }
}

impl Listening {
    fn covers(&self, address: SocketAddr) -> bool {
        let (own, other) = (self.address.ip(), address.ip());
        let ip_fits = own == other || own.is_unspecified() || other.is_unspecified();
        self.address.port() == address.port() && ip_fits
    }
}

fn is_known(congestion_control: Option<&str>) -> bool {
    congestion_control.is_none_or(|name| CONGESTION_CONTROLS.contains(&name))
}
