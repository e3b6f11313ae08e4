//! The ends of sockets.

use super::packet::Body;
use super::socket::{Connection, Listening, Socket, SocketId};
use crate::sim::state::State;

impl State {
    /// A program closes a socket, or dies with it open.
    pub(in crate::sim) fn close_socket(&mut self, socket: SocketId) {
        match self.network.sockets.remove(&socket) {
            Some(Socket::Connection(connection)) => self.close_connection(socket, &connection),
            Some(Socket::Listening(listening)) => self.close_listening(listening),
            None => {}
        }
    }

    /// What was received and not read makes the kernel say that the rest is lost, too.
    fn close_connection(&mut self, socket: SocketId, connection: &Connection) {
        let Some(to) = connection.peer else { return };
        let link = (connection.node, connection.peer_node);
        // What is on its way goes first.
        let is_unread = !connection.arrived.is_empty();
        let body = if is_unread { Body::Reset { to } } else { Body::End { to } };
        if is_unread || !connection.is_shut {
            self.send_last(link, (socket, connection.last_arrival), body);
        }
    }

    fn close_listening(&mut self, listening: Listening) {
        for waiting in listening.backlog {
            let Some(Socket::Connection(connection)) = self.network.sockets.remove(&waiting) else {
                continue;
            };
            let link = (connection.node, connection.peer_node);
            if let Some(to) = connection.peer {
                self.send_last(link, (waiting, connection.last_arrival), Body::Reset { to });
            }
        }
    }

    /// Takes a connection down from both sides at once, as a machine between them could.
    pub(super) fn reset_both(&mut self, socket: SocketId) {
        let peer = self.network.connection(socket).and_then(|connection| connection.peer);
        for end in [Some(socket), peer].into_iter().flatten() {
            self.fail(end, libc::ECONNRESET);
        }
    }
}
