//! The sending direction of a connection.

use super::stream::result_of;
use super::{Socket, error};
use crate::buffer::Slice;
use crate::error::Result;
use crate::op::Op;
use std::fmt;
use std::rc::Rc;

/// The sending direction of a [`super::Stream`].
pub struct SendHalf {
    socket: Rc<Socket>,
    /// A send failed or was given up half-way, so the peer may have seen any part of it.
    broken: bool,
}

impl SendHalf {
    pub(super) fn new(socket: Rc<Socket>) -> Self {
        Self { socket, broken: false }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Sends all slices, one behind the other, without copying them in user space. Resolves when
    /// the kernel has taken all bytes; the slices are held until the network has let go of them.
    ///
    /// A future that is dropped before it resolves may have sent any part of the bytes, and so may
    /// one that fails: the direction then refuses further sends.
    ///
    /// # Errors
    /// [`crate::IoError::Os`]: the peer has reset or closed the connection (ECONNRESET, EPIPE), or
    /// an earlier send was given up (EPIPE).
    pub async fn send(&mut self, slices: Vec<Slice>) -> Result<()> {
        if self.broken {
            return Err(error("send", libc::EPIPE));
        }
        // Before the await: a dropped future never comes back here, and bytes that follow half a
        // frame would be taken for the rest of it.
        self.broken = true;
        let op = Op::Send { handle: self.socket.handle, slices };
        let (result, _) = self.socket.io.submit(op).await;
        self.broken = result.is_err();
        result_of("send", result)
    }

    /// Ends this direction: the peer receives what was sent, and then the end of the stream.
    ///
    /// # Errors
    /// [`crate::IoError::Os`] with ENOTCONN if the peer is gone already.
    pub async fn shutdown(&mut self) -> Result<()> {
        self.broken = true;
        let (result, _) = self.socket.io.submit(Op::Shutdown { handle: self.socket.handle }).await;
        result_of("shutdown", result)
    }
}

impl fmt::Debug for SendHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendHalf").field(&self.socket.handle).finish()
    }
}
