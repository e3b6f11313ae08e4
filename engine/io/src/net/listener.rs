//! A socket that others connect to.

use super::{Socket, Stream, error};
use crate::error::Result;
use crate::op::{Handle, Op};
use crate::pending::Pending;
use std::fmt;
use std::net::SocketAddr;
use std::task::{Context, Poll};

/// A listening TCP socket; closed on drop, together with the connections that nobody has taken.
pub struct Listener {
    /// Stays in flight between calls, and keeps what came in meanwhile.
    accepting: Option<Pending>,
    socket: Socket,
    local_address: SocketAddr,
}

impl Listener {
    pub(super) fn new(socket: Socket, local_address: SocketAddr) -> Self {
        Self { accepting: None, socket, local_address }
    }

    /// The address that it listens on, with the port that was taken.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// The next connection, without Nagle's delay. A future dropped before it resolves loses none:
    /// the next call takes it.
    ///
    /// # Errors
    /// [`crate::IoError::Os`]. Where no descriptor is left (EMFILE, ENFILE), the connection waits
    /// in the kernel; wait a little before the next call, which tries again.
    pub async fn accept(&mut self) -> Result<Stream> {
        std::future::poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Result<Stream>> {
        let Socket { io, handle } = &self.socket;
        loop {
            let op = Op::Accept { handle: *handle };
            let accepting = self.accepting.get_or_insert_with(|| io.submit(op));
            let Poll::Ready(next) = accepting.poll_next(context) else { return Poll::Pending };
            if next.is_last {
                self.accepting = None;
            }
            match next.result {
                Ok(handle) => {
                    let handle = Handle::from_result(handle);
                    return Poll::Ready(Ok(Stream::new(Socket { io: io.clone(), handle })));
                }
                // Too many waited, see `EARLY_COUNT_MAX`, and all of them have been taken now.
                Err(libc::ECANCELED) => {}
                Err(errno) => return Poll::Ready(Err(error("accept", errno))),
            }
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.local_address).finish()
    }
}
