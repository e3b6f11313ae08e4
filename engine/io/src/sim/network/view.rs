//! What a test can do to the network.

use super::link::LinkOptions;
use super::{Socket, address_of};
use crate::sim::node::NodeId;
use crate::sim::world::World;
use std::net::IpAddr;

impl World {
    /// The address of a node for the others.
    #[must_use]
    pub fn address(&self, node: NodeId) -> IpAddr {
        address_of(node)
    }

    /// Sets how a link treats what goes from one node to another, or from a node to itself.
    ///
    /// # Panics
    /// If segments would be empty, or the shortest delay above the longest.
    pub fn set_link(&mut self, from: NodeId, to: NodeId, options: LinkOptions) {
        assert!(options.segment_bytes_max > 0, "a segment has a byte");
        assert!(options.delay_min <= options.delay_max, "the shortest delay comes first");
        self.state.borrow_mut().network.link(from, to).options = options;
    }

    /// From now on nothing comes from one node to another; what is sent waits, and is given up
    /// after minutes, as TCP does. The other direction is not touched.
    pub fn clog(&mut self, from: NodeId, to: NodeId) {
        self.state.borrow_mut().network.link(from, to).is_clogged = true;
    }

    /// Lets through what has waited, and what comes.
    pub fn unclog(&mut self, from: NodeId, to: NodeId) {
        self.state.borrow_mut().unclog(from, to);
    }

    /// Clogs both directions between two nodes.
    pub fn partition(&mut self, left: NodeId, right: NodeId) {
        self.clog(left, right);
        self.clog(right, left);
    }

    /// Opens all links.
    pub fn heal_network(&mut self) {
        let links: Vec<_> = self.state.borrow().network.links.keys().copied().collect();
        for (from, to) in links {
            self.unclog(from, to);
        }
    }

    /// Resets all connections between two nodes, or within one, on both sides.
    pub fn reset_connections(&mut self, left: NodeId, right: NodeId) {
        let mut state = self.state.borrow_mut();
        let ends = [(left, right), (right, left)];
        let sockets = state.network.sockets.iter().filter_map(|(id, socket)| match socket {
            Socket::Connection(it) if ends.contains(&(it.node, it.peer_node)) => Some(*id),
            _ => None,
        });
        for socket in sockets.collect::<Vec<_>>() {
            state.fail(socket, libc::ECONNRESET);
        }
    }

    /// Sets how many descriptors each shard of a node may have; beyond, opening, listening,
    /// connecting and accepting fail with EMFILE.
    pub fn set_descriptor_count_max(&mut self, node: NodeId, count_max: usize) {
        self.state.borrow_mut().nodes[node.0].descriptor_count_max = count_max;
    }
}
