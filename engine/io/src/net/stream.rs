//! A TCP connection.

use super::{ReceiveHalf, SendHalf, Socket, error, filled};
use crate::buffer::{Buffer, Slice};
use crate::error::Result;
use crate::op::Op;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

/// A TCP connection, without Nagle's delay; closed on drop. [`Stream::split`] gives its two
/// directions to different tasks.
pub struct Stream {
    receive: ReceiveHalf,
    send: SendHalf,
}

impl Stream {
    pub(super) fn new(socket: Socket) -> Self {
        let socket = Rc::new(socket);
        Self { receive: ReceiveHalf::new(Rc::clone(&socket)), send: SendHalf::new(socket) }
    }

    /// As [`ReceiveHalf::receive`].
    ///
    /// # Errors
    /// As there.
    pub async fn receive(&mut self, buffer: Buffer) -> (Result<usize>, Buffer) {
        self.receive.receive(buffer).await
    }

    /// As [`ReceiveHalf::receive_provided`].
    ///
    /// # Errors
    /// As there.
    pub async fn receive_provided(&mut self) -> Result<Option<Slice>> {
        self.receive.receive_provided().await
    }

    /// As [`SendHalf::send`].
    ///
    /// # Errors
    /// As there.
    pub async fn send(&mut self, slices: Vec<Slice>) -> Result<()> {
        self.send.send(slices).await
    }

    /// As [`SendHalf::shutdown`].
    ///
    /// # Errors
    /// As there.
    pub async fn shutdown(&mut self) -> Result<()> {
        self.send.shutdown().await
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// [`crate::IoError::Os`] with ENOTCONN if the connection is gone already.
    pub async fn peer_address(&self) -> Result<SocketAddr> {
        let Socket { io, handle } = self.send.socket();
        let (result, op) = io.submit(Op::PeerAddress { handle: *handle, address: None }).await;
        let Op::PeerAddress { address, .. } = op else { unreachable!("an answer keeps its kind") };
        filled("getpeername", result, address)
    }

    /// The address of this side.
    ///
    /// # Errors
    /// [`crate::IoError::Os`].
    pub async fn local_address(&self) -> Result<SocketAddr> {
        let Socket { io, handle } = self.send.socket();
        let (result, op) = io.submit(Op::LocalAddress { handle: *handle, address: None }).await;
        let Op::LocalAddress { address, .. } = op else { unreachable!("an answer keeps its kind") };
        filled("getsockname", result, address)
    }

    /// The two directions, each for a task of its own. The connection closes when both are gone.
    #[must_use]
    pub fn split(self) -> (ReceiveHalf, SendHalf) {
        (self.receive, self.send)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stream").field(&self.send.socket().handle).finish()
    }
}

/// The error of an operation on a connection.
pub(super) fn result_of(
    operation: &'static str,
    result: std::result::Result<u64, i32>,
) -> Result<()> {
    result.map(|_| ()).map_err(|errno| error(operation, errno))
}
