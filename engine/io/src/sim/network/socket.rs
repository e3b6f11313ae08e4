//! Sockets: those that listen, and the two ends of a connection.

use crate::sim::agenda::Waiter;
use crate::sim::node::NodeId;
use millstream_base::Instant;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// How many bytes a connection holds that the receiving program has not taken.
const ROOM_BYTES: usize = 128 << 10;

/// A socket's name in the world, never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct SocketId(pub(super) u64);

pub(super) enum Socket {
    Listening(Listening),
    Connection(Connection),
}

/// A socket that others connect to.
pub(super) struct Listening {
    pub(super) node: NodeId,
    pub(super) address: SocketAddr,
    pub(super) reuse_port: bool,
    pub(super) backlog_max: usize,
    /// Established connections that nobody has accepted yet.
    pub(super) backlog: VecDeque<SocketId>,
    pub(super) accepting: VecDeque<Waiter>,
}

/// One end of a connection.
pub(super) struct Connection {
    pub(super) node: NodeId,
    pub(super) local: SocketAddr,
    pub(super) peer_address: SocketAddr,
    pub(super) peer_node: NodeId,
    /// The other end, once it is known and until the connection is gone.
    pub(super) peer: Option<SocketId>,
    /// For a connection that was made by a peer: where it waits to be accepted.
    pub(super) listener: Option<SocketId>,
    pub(super) connecting: Option<Waiter>,
    pub(super) receiving: Option<Waiter>,
    pub(super) sending: Option<Waiter>,
    /// How many bytes of the send in flight are on their way.
    pub(super) taken_bytes: usize,
    /// How many more bytes may be on their way or unread at the peer.
    pub(super) room_bytes: usize,
    pub(super) arrived: VecDeque<u8>,
    /// The peer sends no more.
    pub(super) is_ended: bool,
    /// We send no more.
    pub(super) is_shut: bool,
    /// The connection is gone.
    pub(super) is_dead: bool,
    /// Why, until it was told once.
    pub(super) error: Option<i32>,
    /// What this end sent last arrives then; nothing overtakes it.
    pub(super) last_arrival: Instant,
    /// Since when something that it repeats finds no way.
    pub(super) stuck_since: Option<Instant>,
}

impl Connection {
    pub(super) fn new(
        (node, peer_node): (NodeId, NodeId),
        (local, peer_address): (SocketAddr, SocketAddr),
    ) -> Self {
        Self {
            node,
            local,
            peer_address,
            peer_node,
            peer: None,
            listener: None,
            connecting: None,
            receiving: None,
            sending: None,
            taken_bytes: 0,
            room_bytes: ROOM_BYTES,
            arrived: VecDeque::new(),
            is_ended: false,
            is_shut: false,
            is_dead: false,
            error: None,
            last_arrival: Instant::ZERO,
            stuck_since: None,
        }
    }
}
