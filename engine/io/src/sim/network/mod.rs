//! TCP between nodes: what is in the sockets, and what is on its way.

mod arrive;
mod attempt;
mod close;
mod link;
mod packet;
mod setup;
mod socket;
mod stream;
mod view;

pub use link::LinkOptions;

pub(super) use packet::Packet;
pub(super) use socket::SocketId;

use super::node::NodeId;
use link::Link;
use millstream_base::random::Random;
use packet::Body;
use socket::{Connection, Listening, Socket};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// All sockets and links of a world.
pub(super) struct Network {
    sockets: BTreeMap<SocketId, Socket>,
    /// By sender and receiver; those that nobody has touched are absent.
    links: BTreeMap<(NodeId, NodeId), Link>,
    socket_count: u64,
    random: Random,
}

impl Network {
    pub(super) fn new(random: Random) -> Self {
        Self { sockets: BTreeMap::new(), links: BTreeMap::new(), socket_count: 0, random }
    }

    fn add(&mut self, socket: Socket) -> SocketId {
        self.socket_count += 1;
        let id = SocketId(self.socket_count);
        self.sockets.insert(id, socket);
        id
    }

    fn connection(&self, id: SocketId) -> Option<&Connection> {
        match self.sockets.get(&id) {
            Some(Socket::Connection(connection)) => Some(connection),
            _ => None,
        }
    }

    fn connection_mut(&mut self, id: SocketId) -> Option<&mut Connection> {
        match self.sockets.get_mut(&id) {
            Some(Socket::Connection(connection)) => Some(connection),
            _ => None,
        }
    }

    fn listening_mut(&mut self, id: SocketId) -> Option<&mut Listening> {
        match self.sockets.get_mut(&id) {
            Some(Socket::Listening(listening)) => Some(listening),
            _ => None,
        }
    }

    fn link(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        self.links.entry((from, to)).or_insert_with(|| Link::new(from == to))
    }
}

/// The address of a node, which its number says: 10.0.0.1, 10.0.0.2, …
fn address_of(node: NodeId) -> IpAddr {
    let number = u32::try_from(node.0 + 1).expect("fewer nodes than addresses");
    IpAddr::V4(Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + number))
}

/// The node that an address leads to, seen from `here`.
fn node_at(address: IpAddr, here: NodeId, node_count: usize) -> Option<NodeId> {
    if address.is_loopback() || address.is_unspecified() {
        return Some(here);
    }
    (0..node_count).map(NodeId).find(|node| address_of(*node) == address)
}
