//! Sockets of a shard: listeners, and streams with their two halves.

mod listener;
mod receive;
mod send;
mod stream;

pub use listener::Listener;
pub use receive::ReceiveHalf;
pub use send::SendHalf;
pub use stream::Stream;

use crate::error::{IoError, Result};
use crate::io::Io;
use crate::op::{Handle, Op};
use std::net::SocketAddr;
use std::time::Duration;

/// How a listening socket is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// Several sockets may listen on one address, and the kernel spreads connections over them
    /// (`SO_REUSEPORT`): one listener per shard.
    pub reuse_port: bool,
    /// How many connections may wait to be accepted; the kernel's own limit binds too.
    pub backlog_max: u32,
    /// The congestion control of accepted connections (`TCP_CONGESTION`), such as `cubic`. The
    /// machine's default where it is `None`.
    pub congestion_control: Option<String>,
    /// A peer that for so long answers nothing of what the kernel sends or asks, or takes nothing
    /// of what waits to be sent, is given up, with ETIMEDOUT or EPIPE (`TCP_USER_TIMEOUT`,
    /// `SO_KEEPALIVE`). The kernel's own, far longer times where it is `None`.
    pub silence_max: Option<Duration>,
    /// The kernel's buffer for what goes out on an accepted connection; its own choice if `None`.
    pub send_buffer_bytes: Option<u32>,
    /// The kernel's buffer for what comes in on an accepted connection; its own choice if `None`.
    pub receive_buffer_bytes: Option<u32>,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            reuse_port: false,
            backlog_max: 1024,
            congestion_control: None,
            silence_max: None,
            send_buffer_bytes: None,
            receive_buffer_bytes: None,
        }
    }
}

/// How a connection is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// As [`ListenOptions::congestion_control`].
    pub congestion_control: Option<String>,
}

/// A descriptor that closes when its last holder goes. What is in flight on it was submitted
/// before, and holds its own reference to the kernel's socket.
struct Socket {
    io: Io,
    handle: Handle,
}

impl Drop for Socket {
    fn drop(&mut self) {
        drop(self.io.submit(Op::Close { handle: self.handle }));
    }
}

impl Io {
    /// Listens for TCP connections. Port 0 takes a free one, see [`Listener::local_address`].
    ///
    /// # Errors
    /// [`IoError::Os`]: the address is in use or not ours, the congestion control is unknown, no
    /// descriptor is left.
    pub async fn listen(&self, address: SocketAddr, options: ListenOptions) -> Result<Listener> {
        let (result, _) = self.submit(Op::Listen { address, options }).await;
        let socket = self.socket("listen", result)?;
        let (result, op) =
            self.submit(Op::LocalAddress { handle: socket.handle, address: None }).await;
        let Op::LocalAddress { address, .. } = op else { unreachable!("an answer keeps its kind") };
        let address = filled("getsockname", result, address)?;
        Ok(Listener::new(socket, address))
    }

    /// Connects over TCP, without Nagle's delay.
    ///
    /// # Errors
    /// [`IoError::Os`]: refused, unreachable, timed out, no descriptor is left.
    pub async fn connect(&self, address: SocketAddr, options: ConnectOptions) -> Result<Stream> {
        let (result, _) = self.submit(Op::Connect { address, options }).await;
        Ok(Stream::new(self.socket("connect", result)?))
    }

    fn socket(
        &self,
        operation: &'static str,
        result: std::result::Result<u64, i32>,
    ) -> Result<Socket> {
        let handle = result.map_err(|errno| error(operation, errno))?;
        Ok(Socket { io: self.clone(), handle: Handle::from_result(handle) })
    }
}

fn filled(
    operation: &'static str,
    result: std::result::Result<u64, i32>,
    address: Option<SocketAddr>,
) -> Result<SocketAddr> {
    result.map_err(|errno| error(operation, errno))?;
    Ok(address.expect("a good answer fills the address"))
}

fn error(operation: &'static str, errno: i32) -> IoError {
    IoError::Os { operation, path: None, errno }
}
