//! The way from one node to another.

use super::Body;
use super::packet::Packet;
use super::socket::{Connection, Socket, SocketId};
use crate::sim::agenda::Event;
use crate::sim::node::NodeId;
use crate::sim::state::{State, draw_latency};
use millstream_base::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// How a link treats what goes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// The shortest time on the way.
    pub delay_min: Duration,
    /// The longest usual time on the way; one packet in 64 takes up to 16 times as long.
    pub delay_max: Duration,
    /// The longest piece that a stream is cut into and that one receive gives, at least 1.
    pub segment_bytes_max: usize,
}

impl Default for LinkOptions {
    /// A quick local network.
    fn default() -> Self {
        Self {
            delay_min: Duration::from_micros(20),
            delay_max: Duration::from_micros(200),
            segment_bytes_max: 16 << 10,
        }
    }
}

pub(super) struct Link {
    pub(super) options: LinkOptions,
    /// Nothing comes through; it waits.
    pub(super) is_clogged: bool,
    held: VecDeque<Packet>,
}

impl Link {
    pub(super) fn new(within_node: bool) -> Self {
        let micro = Duration::from_micros(1);
        let mut options = LinkOptions::default();
        if within_node {
            (options.delay_min, options.delay_max) = (micro, micro * 10);
        }
        Self { options, is_clogged: false, held: VecDeque::new() }
    }
}

/// How long a socket repeats what nobody answers, as Linux does with its usual settings.
const GIVE_UP: Duration = Duration::from_secs(924);
const GIVE_UP_CONNECTING: Duration = Duration::from_secs(127);

impl Connection {
    fn patience(&self) -> Duration {
        if self.connecting.is_some() { GIVE_UP_CONNECTING } else { GIVE_UP }
    }
}

impl State {
    /// Puts a packet on its way.
    pub(super) fn send_packet(&mut self, link: (NodeId, NodeId), from: SocketId, body: Body) {
        let LinkOptions { delay_min, delay_max, .. } = self.network.link(link.0, link.1).options;
        let delay = draw_latency(&mut self.network.random, delay_min, delay_max);
        let mut arrival = self.now + delay;
        if let Some(connection) = self.network.connection_mut(from) {
            arrival = arrival.max(connection.last_arrival);
            connection.last_arrival = arrival;
        }
        self.agenda.add(arrival, Event::Arrive(Packet { link, from, body }));
    }

    /// Puts the last packet of a socket that is gone on its way, behind those that it sent before.
    pub(super) fn send_last(
        &mut self,
        link: (NodeId, NodeId),
        (from, last_arrival): (SocketId, Instant),
        body: Body,
    ) {
        let LinkOptions { delay_min, delay_max, .. } = self.network.link(link.0, link.1).options;
        let delay = draw_latency(&mut self.network.random, delay_min, delay_max);
        let arrival = last_arrival.max(self.now + delay);
        self.agenda.add(arrival, Event::Arrive(Packet { link, from, body }));
    }

    /// A packet has come to the end of its way, if that is open.
    pub(in crate::sim) fn arrive(&mut self, packet: Packet) {
        let (from, to) = packet.link;
        // Nobody is left to repeat what the network may have lost.
        if self.nodes[from.0].is_off && self.nodes[from.0].loses_packets {
            return;
        }
        let is_off = self.nodes[to.0].is_off;
        let link = self.network.link(from, to);
        // What was sent before must not be overtaken by what is sent after the way opened.
        if link.is_clogged || is_off || !link.held.is_empty() {
            if packet.is_repeated() {
                self.begin_to_wait(packet.from);
            }
            self.network.link(from, to).held.push_back(packet);
            return;
        }
        self.trace.fold("packet", &packet.fingerprint());
        self.receive_packet(packet);
    }

    fn begin_to_wait(&mut self, socket: SocketId) {
        let Some(connection) = self.network.connection_mut(socket) else { return };
        if connection.stuck_since.is_some() {
            return;
        }
        connection.stuck_since = Some(self.now);
        let patience = connection.patience();
        self.agenda.add(self.now + patience, Event::GiveUp(socket));
    }

    /// A socket that has waited all the time believes its peer dead.
    pub(in crate::sim) fn give_up(&mut self, socket: SocketId) {
        let now = self.now;
        let is_spent = self.network.connection(socket).is_some_and(|connection| {
            connection.stuck_since.is_some_and(|since| now - since >= connection.patience())
        });
        if is_spent {
            for link in self.network.links.values_mut() {
                link.held.retain(|packet| packet.from != socket);
            }
            self.fail(socket, libc::ETIMEDOUT);
        }
    }

    /// Lets everything through that has waited for this link.
    pub(super) fn unclog(&mut self, from: NodeId, to: NodeId) {
        let link = self.network.link(from, to);
        link.is_clogged = false;
        let held = std::mem::take(&mut link.held);
        for packet in held {
            if let Some(connection) = self.network.connection_mut(packet.from) {
                connection.stuck_since = None;
            }
            self.arrive(packet);
        }
    }

    /// A node has power again: what was sent to it meanwhile finds nobody.
    pub(in crate::sim) fn power_on(&mut self, node: NodeId) {
        if !std::mem::take(&mut self.nodes[node.0].is_off) {
            return;
        }
        let links: Vec<_> =
            self.network.links.iter().map(|(ends, link)| (*ends, link.is_clogged)).collect();
        for ((from, to), is_clogged) in links {
            if !is_clogged && (from == node || to == node) {
                self.unclog(from, to);
            }
        }
    }

    /// A node has lost its power.
    pub(in crate::sim) fn power_off(&mut self, node: NodeId) {
        let loses_packets = self.network.random.chance(1, 2);
        let target = &mut self.nodes[node.0];
        (target.is_off, target.loses_packets) = (true, loses_packets);
        for ((from, _), link) in &mut self.network.links {
            if *from == node {
                link.held.clear();
            }
        }
    }

    /// The sockets of a node that lost its power are nowhere any more.
    pub(in crate::sim) fn vanish(&mut self, socket: SocketId) {
        let Some(Socket::Listening(listening)) = self.network.sockets.remove(&socket) else {
            return;
        };
        for waiting in listening.backlog {
            self.network.sockets.remove(&waiting);
        }
    }
}
