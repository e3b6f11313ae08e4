//! Requests out of the bytes of a connection.

use bytes::Bytes;
use millstream_io::{ReceiveHalf, Slice};
use millstream_wire::frame::{LENGTH_BYTES, frame_bytes};

/// Memory that is taken for a frame before its bytes are there.
const FIRST_CAPACITY_MAX: usize = 64 << 10;

/// Cuts what comes in into frames. Its future may be dropped at any point: nothing is lost.
pub(crate) struct Frames {
    half: ReceiveHalf,
    chunk: Option<Slice>,
    frame_bytes_max: usize,
    length: [u8; LENGTH_BYTES],
    length_count: usize,
    /// The frame that has begun, and how long it will be.
    begun: Option<(Vec<u8>, usize)>,
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
    pub(crate) fn new(half: ReceiveHalf, frame_bytes_max: usize) -> Self {
        Self {
            half,
            chunk: None,
            frame_bytes_max,
            length: [0; LENGTH_BYTES],
            length_count: 0,
            begun: None,
        }
    }

    /// The next frame, without its length.
    pub(crate) async fn next(&mut self) -> Result<Bytes, FrameFault> {
        loop {
            if let Some(frame) = self.take()? {
                return Ok(frame);
            }
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

    /// A frame out of what is there; `None` if it is not there wholly.
    fn take(&mut self) -> Result<Option<Bytes>, FrameFault> {
        while let Some(chunk) = self.chunk.take() {
            let used = match &mut self.begun {
                None => self.take_length(&chunk)?,
                Some((frame, bytes)) => {
                    let count = chunk.len().min(*bytes - frame.len());
                    frame.extend_from_slice(&chunk[..count]);
                    count
                }
            };
            if used < chunk.len() {
                self.chunk = Some(chunk.slice(used..chunk.len()));
            }
            if let Some((frame, _)) = self.begun.take_if(|(frame, bytes)| frame.len() == *bytes) {
                return Ok(Some(Bytes::from(frame)));
            }
        }
        Ok(None)
    }

    fn take_length(&mut self, chunk: &Slice) -> Result<usize, FrameFault> {
        let count = chunk.len().min(LENGTH_BYTES - self.length_count);
        let end = self.length_count + count;
        self.length[self.length_count..end].copy_from_slice(&chunk[..count]);
        self.length_count = end;
        if end == LENGTH_BYTES {
            self.length_count = 0;
            let bytes =
                frame_bytes(self.length, self.frame_bytes_max).map_err(|_| FrameFault::Length)?;
            self.begun = Some((Vec::with_capacity(bytes.min(FIRST_CAPACITY_MAX)), bytes));
        }
        Ok(count)
    }
}
