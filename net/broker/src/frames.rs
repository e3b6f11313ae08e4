//! Requests out of the bytes of a connection.

use crate::budget::{Account, Lease};
use bytes::Bytes;
use millstream_base::Instant;
use millstream_io::{Io, ReceiveHalf, Slice};
use millstream_wire::frame::{LENGTH_BYTES, frame_bytes};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Memory that is taken for a frame before its bytes are there.
const FIRST_CAPACITY_MAX: usize = 64 << 10;

/// From this size on, a frame that has come in one piece stays where the kernel has put it. A
/// smaller one is copied, so that it does not keep a whole receive buffer.
const REFERENCE_BYTES_MIN: usize = 4 << 10;
/// Frames of a shard that may keep receive buffers at once. They do so for a moment, but where the
/// log takes nothing in, and then there must be buffers for everybody else.
const REFERENCES_MAX: usize = 64;

/// The frames of a shard that lie where the kernel has put them.
#[derive(Clone, Default)]
pub(crate) struct References(Arc<()>);

/// Bytes in a receive buffer, for as long as anybody uses them.
struct Referenced {
    bytes: Slice,
    _counted: Arc<()>,
}

impl References {
    /// The bytes without a copy, if not too many are kept by now.
    fn take(&self, bytes: Slice) -> Option<Bytes> {
        let is_room = Arc::strong_count(&self.0) <= REFERENCES_MAX;
        let referenced = || Referenced { bytes, _counted: Arc::clone(&self.0) };
        is_room.then(|| Bytes::from_owner(referenced()))
    }
}

impl AsRef<[u8]> for Referenced {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Cuts what comes in into frames. Its future may be dropped at any point: nothing is lost.
pub(crate) struct Frames {
    io: Io,
    half: ReceiveHalf,
    account: Rc<Account>,
    references: References,
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
    /// All of them, where they came in one piece.
    referenced: Option<Bytes>,
    /// How long it will be.
    bytes_whole: usize,
    /// For what is there.
    lease: Lease,
}

impl Begun {
    /// Takes the next bytes, and says how many are its own.
    fn take(&mut self, chunk: &Slice, references: &References) -> usize {
        let count = chunk.len().min(self.bytes_whole - self.bytes.len());
        self.lease.add(count);
        if count == self.bytes_whole && count >= REFERENCE_BYTES_MIN {
            self.referenced = references.take(chunk.slice(0..count));
        }
        if self.referenced.is_none() {
            if self.bytes.is_empty() {
                self.bytes.reserve_exact(self.bytes_whole.min(FIRST_CAPACITY_MAX));
            }
            self.bytes.extend_from_slice(&chunk[..count]);
        }
        count
    }

    fn is_whole(&self) -> bool {
        self.referenced.is_some() || self.bytes.len() == self.bytes_whole
    }
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
        references: References,
        frame_bytes_max: usize,
    ) -> Self {
        Self {
            io: io.clone(),
            half,
            account,
            references,
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
                    let count = begun.take(&chunk, &self.references);
                    self.progress.received_bytes += count as u64;
                    count
                }
            };
            if used < chunk.len() {
                self.chunk = Some(chunk.slice(used..chunk.len()));
            }
            let whole = self.begun.take_if(|begun| begun.is_whole());
            self.progress.is_partial = self.begun.is_some() || self.length_count > 0;
            if let Some(begun) = whole {
                self.progress.frame_count += 1;
                let Begun { bytes, referenced, lease, .. } = begun;
                let bytes = referenced.unwrap_or_else(|| Bytes::from(bytes));
                let first_byte = self.first_byte;
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
                bytes: Vec::new(),
                referenced: None,
                bytes_whole,
                lease: self.account.lease(0),
            });
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{REFERENCE_BYTES_MIN, REFERENCES_MAX, References, Slice};

    #[test]
    fn so_many_frames_stay_where_they_are_and_no_more() {
        let references = References::default();
        let chunk = Slice::from(vec![7; REFERENCE_BYTES_MIN]);
        let take = || references.take(chunk.clone());
        let mut kept: Vec<_> =
            (0..REFERENCES_MAX).map(|_| take().expect("there is room")).collect();
        assert!(kept.iter().all(|bytes| bytes.as_ptr() == chunk.as_ptr()), "none is a copy");
        assert!(take().is_none(), "this one is to be copied");
        let shared = kept[0].slice(1..3);
        kept.remove(0);
        assert!(take().is_none(), "a part of the first is still used");
        assert_eq!(&*shared, [7, 7]);
        drop(shared);
        assert!(take().is_some());
    }
}
