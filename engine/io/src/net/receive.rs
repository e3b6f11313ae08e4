//! The receiving direction of a connection.

use super::{Socket, error};
use crate::buffer::{Buffer, Slice};
use crate::error::Result;
use crate::op::Op;
use crate::pending::Pending;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// The receiving direction of a [`super::Stream`].
///
/// Bytes that arrive for a future that was dropped, or before anybody asks, are kept for the next
/// call, of either kind.
pub struct ReceiveHalf {
    /// Stays in flight between calls. Before `socket`, so that it is cancelled before the close.
    in_flight: Option<InFlight>,
    /// Received and not yet taken.
    left: VecDeque<Slice>,
    socket: Rc<Socket>,
}

enum InFlight {
    /// Into a buffer of the caller's.
    One(Pending),
    /// Into buffers of the driver's, again and again.
    Many(Pending),
}

impl ReceiveHalf {
    pub(super) fn new(socket: Rc<Socket>) -> Self {
        Self { in_flight: None, left: VecDeque::new(), socket }
    }

    /// Receives some bytes into the front of `buffer`, which comes back with their number: 0 at
    /// the end of the stream, at least 1 before it.
    ///
    /// A dropped future keeps its buffer in flight; its bytes go to the next call.
    ///
    /// # Errors
    /// [`crate::IoError::Os`] (ECONNRESET, ETIMEDOUT, …).
    pub async fn receive(&mut self, mut buffer: Buffer) -> (Result<usize>, Buffer) {
        if buffer.is_empty() {
            return (Ok(0), buffer);
        }
        if self.left.is_empty() && self.in_flight.is_none() {
            let op = Op::Receive { handle: self.socket.handle, buffer };
            self.in_flight = Some(InFlight::One(self.socket.io.submit(op)));
            let (result, filled) = std::future::poll_fn(|context| self.poll_one(context)).await;
            let count = result.map(|count| usize::try_from(count).expect("fits its buffer"));
            return (count.map_err(|errno| error("recv", errno)), filled);
        }
        let result = match self.receive_provided().await {
            Ok(Some(chunk)) => {
                let count = chunk.len().min(buffer.len());
                buffer[..count].copy_from_slice(&chunk[..count]);
                if count < chunk.len() {
                    self.left.push_front(chunk.slice(count..chunk.len()));
                }
                Ok(count)
            }
            Ok(None) => Ok(0),
            Err(error) => Err(error),
        };
        (result, buffer)
    }

    /// The next bytes, at least one, in memory of the shard's receive buffers; `None` at the end
    /// of the stream. Nothing is pinned for a connection that is silent, and with a kernel of our
    /// time one submission serves many calls.
    ///
    /// A slice keeps a buffer of 16 KiB from others: copy what must stay long.
    ///
    /// # Errors
    /// [`crate::IoError::Os`] (ECONNRESET, ETIMEDOUT, …), or ENOBUFS if all receive buffers are
    /// held ([`crate::IoError::are_buffers_spent`]): no byte is lost, so try again when some slices
    /// have been dropped.
    pub async fn receive_provided(&mut self) -> Result<Option<Slice>> {
        std::future::poll_fn(|context| self.poll_provided(context)).await
    }

    /// Receives nothing more until the next call: what comes stays with the kernel, and in the end
    /// with the peer. What has come already is kept in memory of its own, so that a connection
    /// which is not read holds none of the shard's receive buffers. An error that was on its way is
    /// met by the next call, as an error or as the end of the stream.
    ///
    /// A future dropped before it resolves loses no byte.
    pub async fn pause(&mut self) {
        if let Some(InFlight::Many(pending)) = &mut self.in_flight {
            pending.cancel();
        }
        std::future::poll_fn(|context| self.poll_pause(context)).await;
    }

    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(InFlight::Many(pending)) = &mut self.in_flight {
            let next = ready!(pending.poll_next(context));
            if next.is_last {
                self.in_flight = None;
            }
            self.left.extend(next.chunk);
        }
        self.shelter();
        Poll::Ready(())
    }

    /// Copies what is left into memory of its own.
    fn shelter(&mut self) {
        let left_bytes: usize = self.left.iter().map(|chunk| chunk.len()).sum();
        if left_bytes == 0 {
            return;
        }
        let mut own = Vec::with_capacity(left_bytes);
        self.left.drain(..).for_each(|chunk| own.extend_from_slice(&chunk));
        self.left.push_back(Slice::from(own.as_slice()));
    }

    fn poll_one(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<(std::result::Result<u64, i32>, Buffer)> {
        let Some(InFlight::One(pending)) = &mut self.in_flight else {
            unreachable!("submitted by the only caller");
        };
        let (result, op) = ready!(Pin::new(pending).poll(context));
        self.in_flight = None;
        let Op::Receive { buffer, .. } = op else { unreachable!("an answer keeps its kind") };
        Poll::Ready((result, buffer))
    }

    fn poll_provided(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Slice>>> {
        if let Some(chunk) = self.left.pop_front() {
            return Poll::Ready(Ok(Some(chunk)));
        }
        loop {
            if let Some(InFlight::One(_)) = self.in_flight {
                let (result, mut buffer) = ready!(self.poll_one(context));
                buffer.truncate(result.map_or(0, |count| usize::try_from(count).unwrap_or(0)));
                return Poll::Ready(received(result, Some(buffer.freeze())));
            }
            let op = Op::ReceiveMany { handle: self.socket.handle };
            let io = &self.socket.io;
            let submit = || InFlight::Many(io.submit(op));
            let InFlight::Many(pending) = self.in_flight.get_or_insert_with(submit) else {
                unreachable!("the other kind was awaited above");
            };
            let next = ready!(pending.poll_next(context));
            if next.is_last {
                self.in_flight = None;
            }
            // Cancelled because too much waited, see `EARLY_COUNT_MAX`; all of it is taken now.
            if next.result != Err(libc::ECANCELED) {
                return Poll::Ready(received(next.result, next.chunk));
            }
        }
    }
}

fn received(result: std::result::Result<u64, i32>, chunk: Option<Slice>) -> Result<Option<Slice>> {
    match result {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(chunk.expect("bytes come in a chunk"))),
        Err(errno) => Err(error("recv", errno)),
    }
}

impl fmt::Debug for ReceiveHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReceiveHalf").field(&self.socket.handle).finish()
    }
}
