//! What travels between sockets.

use super::socket::SocketId;
use crate::sim::node::NodeId;
use std::net::SocketAddr;

/// Something on its way from one node to another. What one socket sends arrives in its order.
#[derive(Debug)]
pub(in crate::sim) struct Packet {
    pub(super) link: (NodeId, NodeId),
    pub(super) from: SocketId,
    pub(super) body: Body,
}

/// What a packet says. `to` is the socket that it is for.
#[derive(Debug)]
pub(super) enum Body {
    /// Is anybody listening there?
    Connect { address: SocketAddr, local: SocketAddr },
    /// Yes: `from` is the other end.
    Accepted { to: SocketId },
    /// The connection stands on both sides.
    Established { to: SocketId },
    /// Nobody is listening.
    Refused { to: SocketId },
    /// Bytes of the stream.
    Data { to: SocketId, bytes: Vec<u8> },
    /// So many bytes were taken by the program; there is room again.
    Room { to: SocketId, byte_count: usize },
    /// The end of the stream.
    End { to: SocketId },
    /// The connection is gone.
    Reset { to: SocketId },
}

impl Packet {
    /// What tells one packet from another.
    pub(super) fn fingerprint(&self) -> [u64; 4] {
        let (kind, to, count) = match &self.body {
            Body::Connect { address, .. } => (0, 0, usize::from(address.port())),
            Body::Accepted { to } => (1, to.0, 0),
            Body::Established { to } => (2, to.0, 0),
            Body::Refused { to } => (3, to.0, 0),
            Body::Data { to, bytes } => (4, to.0, bytes.len()),
            Body::Room { to, byte_count } => (5, to.0, *byte_count),
            Body::End { to } => (6, to.0, 0),
            Body::Reset { to } => (7, to.0, 0),
        };
        [self.from.0, to, count as u64, kind]
    }

    /// Whether its sender repeats it until it is answered, and gives up at last.
    pub(super) fn is_repeated(&self) -> bool {
        matches!(
            self.body,
            Body::Connect { .. } | Body::Accepted { .. } | Body::Data { .. } | Body::End { .. }
        )
    }
}
