//! What a packet does where it arrives.

use super::packet::{Body, Packet};
use super::socket::{Connection, Socket, SocketId};
use crate::sim::agenda::Event;
use crate::sim::node::NodeId;
use crate::sim::state::State;
use std::net::SocketAddr;
use std::time::Duration;

/// A connection that finds no room in the backlog is tried again so much later, as by Linux.
const CONNECT_AGAIN: Duration = Duration::from_secs(1);

impl State {
    pub(super) fn receive_packet(&mut self, packet: Packet) {
        let Packet { link, from, body } = packet;
        match body {
            Body::Connect { address, local } => self.take_connect(link, from, address, local),
            Body::Accepted { to } => self.take_accepted(link, from, to),
            Body::Established { to } => self.take_established(link, from, to),
            Body::Refused { to } => self.fail(to, libc::ECONNREFUSED),
            Body::Data { to, bytes } => self.take_data(link, from, to, &bytes),
            Body::Room { to, byte_count } => self.take_room(to, byte_count),
            Body::End { to } => {
                if let Some(connection) = self.network.connection_mut(to) {
                    connection.is_ended = true;
                    self.wake_receiver(to);
                }
            }
            Body::Reset { to } => self.fail(to, libc::ECONNRESET),
        }
    }

    fn take_connect(
        &mut self,
        link: (NodeId, NodeId),
        from: SocketId,
        address: SocketAddr,
        local: SocketAddr,
    ) {
        let (client, server) = link;
        let found: Vec<_> = self.listeners(server, address).map(|(id, _)| id).collect();
        let back = (server, client);
        if found.is_empty() {
            self.send_packet(back, from, Body::Refused { to: from });
            return;
        }
        // Several sockets share the port: the kernel spreads connections over them.
        let choice = self.network.random.below(found.len() as u64);
        let listener = found[usize::try_from(choice).expect("below a length")];
        let listening = self.network.listening_mut(listener).expect("found above");
        if listening.backlog.len() >= listening.backlog_max {
            let again = Packet { link, from, body: Body::Connect { address, local } };
            self.agenda.add(self.now + CONNECT_AGAIN, Event::Arrive(again));
            return;
        }
        let mut connection = Connection::new(back, (address, local));
        connection.peer = Some(from);
        connection.listener = Some(listener);
        let socket = self.network.add(Socket::Connection(connection));
        self.send_packet(back, socket, Body::Accepted { to: from });
    }

    fn take_accepted(&mut self, (server, client): (NodeId, NodeId), from: SocketId, to: SocketId) {
        let back = (client, server);
        let connecting = self.network.connection_mut(to).and_then(|connection| {
            connection.peer = Some(from);
            connection.connecting.take()
        });
        match connecting {
            Some(waiter) => {
                self.send_packet(back, to, Body::Established { to: from });
                self.connected(waiter, Ok(to));
            }
            None => self.send_packet(back, to, Body::Reset { to: from }),
        }
    }

    fn take_established(&mut self, link: (NodeId, NodeId), from: SocketId, to: SocketId) {
        let listener = self.network.connection_mut(to).and_then(|it| it.listener.take());
        let Some(listener) = listener else { return };
        let Some(listening) = self.network.listening_mut(listener) else {
            self.network.sockets.remove(&to);
            self.send_packet((link.1, link.0), to, Body::Reset { to: from });
            return;
        };
        listening.backlog.push_back(to);
        self.wake_acceptors(listener);
    }

    /// Hands the connections that wait to the operations that do. Some of those may have been
    /// cancelled.
    fn wake_acceptors(&mut self, listener: SocketId) {
        while let Some(listening) = self.network.listening_mut(listener) {
            if listening.backlog.is_empty() {
                return;
            }
            let Some(waiter) = listening.accepting.pop_front() else { return };
            self.attempt(waiter);
        }
    }

    fn take_data(
        &mut self,
        (there, here): (NodeId, NodeId),
        from: SocketId,
        to: SocketId,
        bytes: &[u8],
    ) {
        match self.network.connection_mut(to) {
            Some(connection) if !connection.is_dead => {
                connection.arrived.extend(bytes);
                self.wake_receiver(to);
            }
            _ => self.send_packet((here, there), to, Body::Reset { to: from }),
        }
    }

    fn take_room(&mut self, to: SocketId, byte_count: usize) {
        let Some(connection) = self.network.connection_mut(to) else { return };
        connection.room_bytes += byte_count;
        let sending = connection.sending;
        sending.into_iter().for_each(|waiter| self.attempt(waiter));
    }

    fn wake_receiver(&mut self, socket: SocketId) {
        let connection = self.network.connection_mut(socket);
        let receiving = connection.and_then(|connection| connection.receiving.take());
        receiving.into_iter().for_each(|waiter| self.attempt(waiter));
    }

    /// A connection comes to a bad end: whoever waits on it learns why.
    pub(super) fn fail(&mut self, socket: SocketId, errno: i32) {
        let forgets = self.network.random.chance(1, 2);
        let Some(connection) = self.network.connection_mut(socket) else { return };
        connection.is_dead = true;
        connection.peer = None;
        connection.error = Some(errno);
        // Some systems throw away what the program has not read yet.
        if forgets {
            connection.arrived.clear();
        }
        if connection.listener.is_some() {
            // Nobody knows of it yet.
            self.network.sockets.remove(&socket);
            return;
        }
        let sending = connection.sending.take();
        if let Some(waiter) = connection.connecting.take() {
            self.network.sockets.remove(&socket);
            self.connected(waiter, Err(errno));
            return;
        }
        self.wake_receiver(socket);
        sending.into_iter().for_each(|waiter| self.attempt(waiter));
    }
}
