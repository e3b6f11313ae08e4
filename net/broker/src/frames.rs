//! Requests out of the bytes of a connection.

use crate::budget::{Account, Lease};
use bytes::Bytes;
use millstream_base::Instant;
use millstream_io::{Io, ReceiveHalf, Slice};
use millstream_wire::frame::{LENGTH_BYTES, frame_bytes};
use std::rc::Rc;
use std::task::{Context, Poll};

/// Memory that is taken for a frame before its bytes are there.
const FIRST_CAPACITY_MAX: usize = 64 << 10;

/// Cuts what comes in into frames. Its future may be dropped at any point: nothing is lost.
pub(crate) struct Frames {
    io: Io,
    half: ReceiveHalf,
    account: Rc<Account>,
    chunk: Option<Slice>,
    frame_bytes_max: usize,
    length: [u8; LENGTH_BYTES],
    length_count: usize,
    /// When the first byte of the frame that has begun was there.
    first_byte: Instant,
    begun: Option<Begun>,
    progress: Progress,
}

/// A frame that is not there wholly.
struct Begun {
    bytes: Vec<u8>,
    /// How long it will be.
    bytes_whole: usize,
    /// For what is there.
    lease: Lease,
}

/// A request as it came, without its length.
pub(crate) struct Frame {
    pub(crate) bytes: Bytes,
    /// The memory that it takes.
    pub(crate) lease: Lease,
    /// When its first byte was there.
    pub(crate) first_byte: Instant,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Whole frames so far.
    pub(crate) frame_count: u64,
    /// Bytes of frames so far.
    pub(crate) received_bytes: u64,
    /// Whether a frame has begun.
    pub(crate) is_partial: bool,
    /// Whether its rest is not read for want of memory.
    pub(crate) is_held_up: bool,
}

/// Why no more frames come.
pub(crate) enum FrameFault {
    /// The peer has ended the connection, between two frames.
    End,
    /// It has ended it in the middle of one, or it broke.
    Broken,
    /// A length that nothing can follow.
    Length,
    /// All receive buffers of the shard are held: try again.
    NoBuffers,
}

impl Frames {
    pub(crate) fn new(
        io: &Io,
        half: ReceiveHalf,
        account: Rc<Account>,
        frame_bytes_max: usize,
    ) -> Self {
        Self {
            io: io.clone(),
            half,
            account,
            chunk: None,
            frame_bytes_max,
            length: [0; LENGTH_BYTES],
            length_count: 0,
            first_byte: Instant::default(),
            begun: None,
            progress: Progress::default(),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress
    }

    /// Reads nothing until the next call of [`Frames::next`], and holds none of the shard's receive
    /// buffers meanwhile.
    pub(crate) async fn pause(&mut self) {
        if let Some(chunk) = &mut self.chunk {
            *chunk = Slice::from(&**chunk);
        }
        self.half.pause().await;
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Result<Frame, FrameFault> {
        loop {
            if let Some(frame) = self.next_whole()? {
                return Ok(frame);
            }
            self.room_to_grow().await;
            self.chunk = match self.half.receive_provided().await {
                Ok(Some(chunk)) => Some(chunk),
                Ok(None) if self.length_count == 0 && self.begun.is_none() => {
                    return Err(FrameFault::End);
                }
                Err(error) if error.are_buffers_spent() => return Err(FrameFault::NoBuffers),
                Ok(None) | Err(_) => return Err(FrameFault::Broken),
            };
        }
    }

    /// Resolves when there is memory for more of the frame that has begun.
    async fn room_to_grow(&mut self) {
        self.progress.is_held_up = false;
        let Some(begun) = &mut self.begun else { return };
        let mut growth = |context: &mut Context<'_>| begun.lease.poll_growth(context);
        let is_room = std::future::poll_fn(|context| Poll::Ready(growth(context).is_ready()));
        if is_room.await {
            return;
        }
        self.progress.is_held_up = true;
        self.half.pause().await;
        std::future::poll_fn(growth).await;
        self.progress.is_held_up = false;
    }

    /// The next frame, if it has come wholly already.
    pub(crate) fn next_whole(&mut self) -> Result<Option<Frame>, FrameFault> {
        while let Some(chunk) = self.chunk.take() {
            let used = match &mut self.begun {
                None => self.take_length(&chunk)?,
                Some(begun) => {
                    let count = chunk.len().min(begun.bytes_whole - begun.bytes.len());
                    begun.bytes.extend_from_slice(&chunk[..count]);
                    begun.lease.add(count);
                    self.progress.received_bytes += count as u64;
                    count
                }
            };
            if used < chunk.len() {
                self.chunk = Some(chunk.slice(used..chunk.len()));
            }
            let whole = self.begun.take_if(|begun| begun.bytes.len() == begun.bytes_whole);
            self.progress.is_partial = self.begun.is_some() || self.length_count > 0;
            if let Some(begun) = whole {
                self.progress.frame_count += 1;
                let Begun { bytes, lease, .. } = begun;
                let (bytes, first_byte) = (Bytes::from(bytes), self.first_byte);
                return Ok(Some(Frame { bytes, lease, first_byte }));
            }
        }
        Ok(None)
    }

    fn take_length(&mut self, chunk: &Slice) -> Result<usize, FrameFault> {
        if self.length_count == 0 {
            self.first_byte = self.io.tick_time();
        }
        let count = chunk.len().min(LENGTH_BYTES - self.length_count);
        let end = self.length_count + count;
        self.length[self.length_count..end].copy_from_slice(&chunk[..count]);
        self.length_count = end;
        if end == LENGTH_BYTES {
            self.length_count = 0;
            let bytes_whole =
                frame_bytes(self.length, self.frame_bytes_max).map_err(|_| FrameFault::Length)?;
            self.begun = Some(Begun {
                bytes: Vec::with_capacity(bytes_whole.min(FIRST_CAPACITY_MAX)),
                bytes_whole,
                lease: self.account.lease(0),
            });
        }
        Ok(count)
    }
}
